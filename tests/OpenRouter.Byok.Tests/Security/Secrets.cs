using System.Collections;
using System.Reflection;
using System.Security;
using System.Security.Cryptography;
using System.Text;

namespace OpenRouter.Byok.Tests.Security;

/// <summary>Secrets for tests, and the search for them.</summary>
internal static class Secrets
{
    /// <summary>A secret counts as shown if this many consecutive characters of it are found.</summary>
    private const int Piece = 8;

    private const string Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>A key of which no part is found anywhere by chance.</summary>
    internal static string NewKey(int length = 51) => "sk-" + RandomNumberGenerator.GetString(Characters, length - 3);

    internal static SecureString Secure(string text) => SandboxAccount.Secure(text);

    /// <summary>Fails if a secret, or a part of it, is in one of the texts.</summary>
    internal static void AssertAbsent(IEnumerable<string> texts, params IReadOnlyList<string> secrets)
    {
        string all = string.Join("\n", texts);
        foreach (string secret in secrets)
        {
            // The common prefix of all management keys is not secret.
            for (int at = secret.StartsWith("sk-or-v1-", StringComparison.Ordinal) ? 9 : 0; at + Piece <= secret.Length; at++)
            {
                string piece = secret.Substring(at, Piece);
                Assert.False(all.Contains(piece, StringComparison.Ordinal), $"'{piece}' is shown in: {all}");
            }
        }
    }

    /// <summary>Every text in an object, in public and private fields, at any depth.</summary>
    internal static IReadOnlyList<string> TextsIn(params IReadOnlyList<object?> roots)
    {
        var texts = new List<string>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var waiting = new Stack<object?>(roots);
        while (waiting.TryPop(out object? next))
        {
            switch (next)
            {
                case null or Pointer or MemberInfo or Assembly or Module or Delegate or Thread or SecureString:
                case var simple when simple.GetType().IsPrimitive || simple.GetType().IsPointer:
                    break;
                case string text:
                    texts.Add(text);
                    break;
                case byte[] bytes:
                    texts.Add(Encoding.UTF8.GetString(bytes));
                    break;
                case char[] characters:
                    texts.Add(new string(characters));
                    break;
                default:
                    if (!next.GetType().IsValueType && !seen.Add(next))
                    {
                        break;
                    }

                    texts.Add(next.ToString() ?? string.Empty);
                    if (next is IEnumerable items and not IDictionary)
                    {
                        foreach (object? item in items)
                        {
                            waiting.Push(item);
                        }
                    }

                    for (Type? type = next.GetType(); type is not null && type != typeof(object); type = type.BaseType)
                    {
                        foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                        {
                            if (!field.FieldType.IsPointer && !field.FieldType.IsByRefLike)
                            {
                                waiting.Push(field.GetValue(next));
                            }
                        }
                    }

                    break;
            }
        }

        return texts;
    }
}

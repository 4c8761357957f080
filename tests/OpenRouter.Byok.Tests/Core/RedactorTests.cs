using OpenRouter.Byok.Client;

namespace OpenRouter.Byok.Tests.Core;

/// <summary>Which parts of an error's text are redacted, and how much work that takes.</summary>
public sealed class RedactorTests
{
    private const string Key = "sk-proj-Wm4Zt9QeLx72RbVc";

    [Theory]
    [InlineData("no echo at all", "no echo at all")]
    [InlineData($"the key {Key} is wrong", "the key sk-proj-[redacted] is wrong")]
    [InlineData("Wm4Zt9QeLx72RbV", "[redacted]")]
    [InlineData("starts with Wm4Zt9Qe.", "starts with [redacted].")]
    [InlineData("Wm4Zt9Q is too short", "Wm4Zt9Q is too short")]
    [InlineData("Wm4Zt9QeWm4Zt9Qe, Lx72RbVc", "[redacted], [redacted]")]
    [InlineData("sk-proj- begins every key", "sk-proj- begins every key")]
    [InlineData("a\u001b[2Jb", "a␛[2Jb")]
    [InlineData("", "")]
    [InlineData(null, null)]
    public void Echoes_are_replaced_and_nothing_else(string? text, string? shown)
    {
        using var secret = new UnmanagedSecret(SandboxAccount.Secure(Key));
        Assert.Equal(shown, new Redactor(secret).Redact(text));
    }

    [Theory]
    [InlineData("k", "a key", "a [redacted]ey")]
    [InlineData("kéy€1", "kéy€ kéy€1 kéy€1", "kéy€ [redacted] [redacted]")]
    [InlineData("1234567", "12345678", "[redacted]8")]
    public void A_secret_shorter_than_an_echo_is_replaced_whole(string key, string text, string shown)
    {
        using var secret = new UnmanagedSecret(SandboxAccount.Secure(key));
        Assert.Equal(shown, new Redactor(secret).Redact(text));
    }

    [Fact]
    public void The_work_is_proportional_to_text_and_key()
    {
        // Texts in which nearly every window is nearly an echo of the largest key.
        string zeros = new('0', 65_536);
        string pairs = string.Concat(Enumerable.Repeat("01", 32_768));
        foreach (string key in new[] { zeros, pairs, zeros[..65_535] + "1" })
        {
            foreach (string text in new[] { string.Concat(Enumerable.Repeat("0000001", 130_000)), string.Concat(Enumerable.Repeat("01010100", 112_500)), new string('0', 900_000) })
            {
                using var secret = new UnmanagedSecret(SandboxAccount.Secure(key));
                var redactor = new Redactor(secret);
                redactor.Redact(text);
                Assert.InRange(redactor.WindowsRead, 1, (2 * text.Length) + key.Length);
            }
        }
    }
}

using System.Security.Cryptography;
using System.Text;

namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>Everything that a user can see of a script's output and its objects, and the search for secrets in it.</summary>
internal static class Shown
{
    /// <summary>A secret counts as shown if this many consecutive characters of it are found.</summary>
    private const int Piece = 8;

    private const string Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>Every way to look at an object.</summary>
    private const string Script = """
        foreach ($one in $shown) {
            "$one"
            $one | Out-String -Width 1000
            $one | Format-List * -Force | Out-String -Width 1000
            [Management.Automation.PSSerializer]::Serialize($one, 2)
            $cause = $one -is [Management.Automation.ErrorRecord] ? $one.Exception : $one
            if ($cause -isnot [Exception]) {
                $one | ConvertTo-Json -Depth 4 -WarningAction Ignore
                $one | Format-Custom -Depth 4 | Out-String -Width 1000
                continue
            }

            Get-Error -InputObject $one | Out-String -Width 1000
            foreach ($part in $one.InvocationInfo, $one.CategoryInfo, $one.ErrorDetails, $one.TargetObject) {
                $part | Format-List * -Force | Out-String -Width 1000
            }

            for (; $cause; $cause = $cause.InnerException) {
                $cause.ToString()
                $cause | Format-List * -Force | Out-String -Width 1000
            }
        }
        """;

    /// <summary>A raw key of which no part is found anywhere by chance.</summary>
    internal static string NewKey() => "sk-" + RandomNumberGenerator.GetString(Characters, 48);

    /// <summary>Every stream of a result, and <c>$Error</c>, in every form in which they can be shown.</summary>
    internal static async Task<string> OfAsync(HostedPowerShell shell, CommandResult result)
    {
        // Copied, because errors while the objects are shown would be added to the list.
        object[] errors = [.. ((System.Collections.ArrayList)shell.GetVariable("Error")!).Cast<object>()];
        object[] all = [.. result.Objects, .. result.AllErrors, .. errors, .. result.Information, .. result.Progress];
        CommandResult shown = (await shell.InvokeAsync(Script, ("shown", all))).Succeeded();
        return string.Join('\n', [.. shown.Texts, .. TextsOf(result)]);
    }

    /// <summary>The streams that hold text.</summary>
    internal static IEnumerable<string> TextsOf(CommandResult result) =>
        [.. result.Warnings, .. result.Verbose, .. result.Debug, .. result.HostLines, .. result.Prompts.Select(prompt => prompt.Text), .. result.Progress.Select(record => record.ToString())];

    /// <summary>The parts of an error that the module sets; the engine also stores the command line.</summary>
    internal static string OwnPartOf(System.Management.Automation.ErrorRecord error) =>
        string.Join('\n', error, error.Exception, error.TargetObject, error.CategoryInfo, error.ErrorDetails, error.ErrorDetails?.RecommendedAction);

    /// <summary>Fails if a secret, or a part of it, is in the text.</summary>
    internal static void AssertNothingOf(string text, params string[] secrets)
    {
        foreach (string secret in secrets)
        {
            // The common prefix of all management keys is not secret.
            for (int at = secret.StartsWith("sk-or-v1-", StringComparison.Ordinal) ? 9 : 0; at + Piece <= secret.Length; at++)
            {
                string piece = secret.Substring(at, Piece);
                Absent(text, piece);

                // On systems other than Windows, an exported SecureString is only hexadecimal digits.
                Absent(text, Convert.ToHexStringLower(Encoding.Unicode.GetBytes(piece)));
            }
        }
    }

    private static void Absent(string text, string piece)
    {
        int at = text.IndexOf(piece, StringComparison.Ordinal);
        Assert.True(at < 0, at < 0 ? null : $"'{piece}' is shown: ...{text[Math.Max(0, at - 300)..Math.Min(text.Length, at + 300)]}...");
    }
}

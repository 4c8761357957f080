using System.Security.Cryptography;
using System.Text;

namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>All that a user can see of what a script wrote and left behind, and the search for secrets in it.</summary>
internal static class Shown
{
    /// <summary>So much of a secret in one piece counts as shown.</summary>
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

    /// <summary>A raw key of which no piece stands anywhere by chance.</summary>
    internal static string NewKey() => "sk-" + RandomNumberGenerator.GetString(Characters, 48);

    /// <summary>Every stream of a result, and <c>$Error</c>, in every way to look at them.</summary>
    internal static async Task<string> OfAsync(HostedPowerShell shell, CommandResult result)
    {
        // Copied: looking adds nothing to the list itself, but what goes wrong there would.
        object[] errors = [.. ((System.Collections.ArrayList)shell.GetVariable("Error")!).Cast<object>()];
        object[] all = [.. result.Objects, .. result.AllErrors, .. errors, .. result.Information, .. result.Progress];
        CommandResult shown = (await shell.InvokeAsync(Script, ("shown", all))).Succeeded();
        return string.Join('\n', [.. shown.Texts, .. TextsOf(result)]);
    }

    /// <summary>The streams that hold text.</summary>
    internal static IEnumerable<string> TextsOf(CommandResult result) =>
        [.. result.Warnings, .. result.Verbose, .. result.Debug, .. result.HostLines, .. result.Prompts.Select(prompt => prompt.Text), .. result.Progress.Select(record => record.ToString())];

    /// <summary>What the module itself put into an error; the engine keeps the command line beside it.</summary>
    internal static string OwnPartOf(System.Management.Automation.ErrorRecord error) =>
        string.Join('\n', error, error.Exception, error.TargetObject, error.CategoryInfo, error.ErrorDetails, error.ErrorDetails?.RecommendedAction);

    /// <summary>Fails where a secret, or a piece of it, stands in the text.</summary>
    internal static void AssertNothingOf(string text, params string[] secrets)
    {
        foreach (string secret in secrets)
        {
            // What all management keys begin with is no secret.
            for (int at = secret.StartsWith("sk-or-v1-", StringComparison.Ordinal) ? 9 : 0; at + Piece <= secret.Length; at++)
            {
                string piece = secret.Substring(at, Piece);
                Absent(text, piece);

                // Off Windows a SecureString that is exported is nothing but hexadecimal digits.
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

using System.Management.Automation;

namespace OpenRouter.Byok.Binding;

/// <summary>Converts PowerShell paths to paths of the file system.</summary>
internal static class FilePath
{
    /// <summary>The path of the file system; <see langword="null"/> if it is of another provider. Wildcards are not expanded.</summary>
    /// <param name="session">The session, whose location relative paths start from.</param>
    /// <param name="path">The PowerShell path.</param>
    internal static string? Resolve(SessionState session, string path)
    {
        try
        {
            string resolved = session.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
            return provider.Name == "FileSystem" ? resolved : null;
        }
        catch (Exception wrong) when (wrong is System.Management.Automation.DriveNotFoundException or ProviderNotFoundException or ItemNotFoundException or NotSupportedException or PSArgumentException)
        {
            // The engine's message would quote the path, which may be a key given by mistake.
            return null;
        }
    }
}

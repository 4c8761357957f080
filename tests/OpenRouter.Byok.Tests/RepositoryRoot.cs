namespace OpenRouter.Byok.Tests;

/// <summary>Where the repository is: found upward from the test program, so that no test depends on the current directory.</summary>
internal static class RepositoryRoot
{
    private static readonly Lazy<string> s_path = new(Find);

    internal static string Path => s_path.Value;

    /// <summary>The full path of something in the repository.</summary>
    internal static string Combine(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "OpenRouter.Byok.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"There is no OpenRouter.Byok.slnx above {AppContext.BaseDirectory}.");
    }
}

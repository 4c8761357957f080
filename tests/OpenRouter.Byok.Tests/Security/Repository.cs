namespace OpenRouter.Byok.Tests.Security;

/// <summary>Where the tests stand.</summary>
internal static class Repository
{
    private static readonly string Root = Find(new DirectoryInfo(AppContext.BaseDirectory));

    /// <summary>A path in the repository.</summary>
    internal static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    private static string Find(DirectoryInfo? folder) => folder is null
        ? throw new InvalidOperationException("The tests do not run in their repository.")
        : File.Exists(System.IO.Path.Combine(folder.FullName, "OpenRouter.Byok.slnx")) ? folder.FullName : Find(folder.Parent);
}

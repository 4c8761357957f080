namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>A folder that is deleted with all that is in it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("byok-").FullName;

    /// <summary>The path of a file in it.</summary>
    internal string File(string name) => Path.Combine(_path, name);

    /// <summary>Writes a file and returns its path.</summary>
    internal string Write(string name, string text)
    {
        string path = File(name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}

using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Demo;

/// <summary>The folder that the session works in: made-up keys in files, and the CSV file that assigns them. Deleted when disposed.</summary>
internal sealed class DemoFolder : IDisposable
{
    internal const int Rotations = 50;

    internal string Path { get; } = Directory.CreateTempSubdirectory("byok-demo-").FullName;

    internal string NewKeyFile => System.IO.Path.Combine(Path, "batch.key");

    internal string RotationFile => System.IO.Path.Combine(Path, "rotation.csv");

    public void Dispose() => Directory.Delete(Path, recursive: true);

    internal void Write(SandboxServer server)
    {
        File.WriteAllText(NewKeyFile, MakeUpKey("openai", 0));
        Directory.CreateDirectory(System.IO.Path.Combine(Path, "keys"));
        var rows = new List<string> { "Id,KeyPath" };
        int number = 0;
        foreach (SandboxKey key in server.Store.Keys.Take(Rotations))
        {
            string file = $"keys/{++number:D2}.key";
            File.WriteAllText(System.IO.Path.Combine(Path, file), MakeUpKey(key.Provider, number));
            rows.Add($"{key.Id},./{file}");
        }

        File.WriteAllLines(RotationFile, rows);
    }

    private static string MakeUpKey(string provider, int number) => $"sk-{provider}-{Guid.NewGuid():N}-N{number:D3}";
}

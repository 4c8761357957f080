using System.Diagnostics;
using System.Security;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Demo;

/// <summary>The same job without PowerShell: through the client that the cmdlets use. It shows results, not a prompt.</summary>
internal static class LibrarySession
{
    private const int Parallel = 8;

    internal static async Task<int> PlayAsync(SandboxServer server, DemoFolder folder, CancellationToken stop)
    {
        Console.WriteLine("""

            There is no PowerShell 7.4 or later on the PATH. The module needs one; to get it:

                dotnet tool install --global PowerShell     or     https://aka.ms/powershell

            Until then, the same job through the library under the cmdlets (ByokClient), without a prompt:
            """);
        using var managementKey = ToSecureString(server.ManagementKey);
        using var client = new ByokClient(new ByokConnection { BaseUri = server.BaseUri, ApiKey = managementKey });

        Step("Look: the first five of the list.");
        await foreach (ByokKey key in client.ListKeysAsync(new ListByokKeysRequest { First = 5 }, cancellationToken: stop))
        {
            Show(key);
        }

        Step("Filter: one provider, on the server; and who has how many.");
        await foreach (ByokKey key in client.ListKeysAsync(new ListByokKeysRequest { Provider = "anthropic", First = 3 }, cancellationToken: stop))
        {
            Show(key);
        }

        await foreach (IGrouping<string?, ByokKey> provider in client.ListKeysAsync(cancellationToken: stop).GroupBy(key => key.Provider).OrderBy(group => group.Key))
        {
            Console.WriteLine($"  {provider.Count(),5} {provider.Key}");
        }

        Step("Create: the raw key comes from a file.");
        using SecureString newKey = CredentialFile.Read(folder.NewKeyFile, "openai");
        ByokKey created = await client.CreateKeyAsync(
            new CreateByokKeyRequest
            {
                Provider = "openai",
                Key = newKey,
                Settings = new ByokKeySettings().Set(KeyFields.Name, "batch").Set(KeyFields.AllowedModels, new AllowList(["openai/gpt-5-mini"])),
            },
            cancellationToken: stop);
        Show(created);

        Step($"Rotate {DemoFolder.Rotations} keys from a CSV file, {Parallel} at a time.");
        var clock = Stopwatch.StartNew();
        string[][] rows = [.. (await File.ReadAllLinesAsync(folder.RotationFile, stop)).Skip(1).Select(row => row.Split(','))];
        await System.Threading.Tasks.Parallel.ForEachAsync(
            rows,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = stop },
            async (row, token) =>
            {
                using SecureString key = CredentialFile.Read(Path.Combine(folder.Path, row[1]), provider: null);
                await client.UpdateKeyAsync(row[0], new UpdateByokKeyRequest { Key = key }, cancellationToken: token);
            });
        Console.WriteLine($"  {rows.Length} rotated in {clock.Elapsed.TotalSeconds:0.0} s");
        await foreach (ByokKey key in client.ListKeysAsync(new ListByokKeysRequest { First = 3 }, cancellationToken: stop))
        {
            Show(key);
        }

        Step("Delete what was created.");
        await client.DeleteKeyAsync(created.Id, cancellationToken: stop);
        Console.WriteLine($"  {created.Id} is gone");

        Step("One error: getting it again.");
        try
        {
            await client.GetKeyAsync(created.Id, cancellationToken: stop);
            return 1;
        }
        catch (ByokApiException error)
        {
            Console.WriteLine($"  {error.Kind}: {error.Message}");
            return 0;
        }
    }

    private static void Step(string what) => Console.WriteLine($"\n# {what}");

    private static void Show(ByokKey key) => Console.WriteLine($"  {key.Provider,-14} {key.Label,-10} {(key.Disabled ? "off" : "on"),-4} {key.Id} {key.Name}");

    private static SecureString ToSecureString(string text)
    {
        var secure = new SecureString();
        foreach (char character in text)
        {
            secure.AppendChar(character);
        }

        return secure;
    }
}

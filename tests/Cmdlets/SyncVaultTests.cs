using System.Security;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Raw keys of a list from a vault: a simulated SecretManagement module counts the secrets that are read.</summary>
public sealed class SyncVaultTests
{
    /// <summary>A vault with a secret for each name in <c>$secrets</c>; it records the secrets that it returned.</summary>
    private const string Vault = """
        function Get-Secret {
            [CmdletBinding()]
            param([string] $Name, [string] $Vault)

            $global:asked.Add("$Vault/$Name")
            $global:open.Add(@($global:given | Where-Object { -not (Test-Released $_) }).Count)
            if ($Name -eq 'slow') { $global:waiting.Set(); Start-Sleep -Seconds 600 }
            if (-not $global:secrets.ContainsKey($Name)) { Write-Error "The secret $Name was not found."; return }
            $copy = $global:secrets[$Name].Copy()
            $global:given.Add($copy)
            $copy
        }

        function Test-Released($Secret) {
            try { $Secret.Copy().Dispose(); $false } catch [System.ObjectDisposedException] { $true }
        }
        """;

    private static readonly SeedOptions s_oneProvider = new() { Providers = ["mistral"] };

    [Fact]
    public async Task A_rotation_from_a_vault_that_runs_twice_sends_nothing_the_second_time()
    {
        using var folder = new TemporaryFolder();
        await using HostedPowerShell shell = await StartAsync(folder, seed: 20);
        string[] names = shell.Names;
        await FillAsync(shell, names.Select((name, at) => (name, $"sk-from-the-vault-{at:0000}")));
        const string Rows = "$names | ForEach-Object { [pscustomobject]@{ Provider = 'mistral'; Name = $_; Secret = $_; Vault = 'Team' } } | Sync-ByokKey";

        CommandResult first = (await shell.InvokeAsync(Rows, ("names", names))).Succeeded();
        Assert.Equal(Enumerable.Repeat(ByokSyncAction.Rotated, 20), Actions(first));
        Assert.Equal(Enumerable.Range(0, 20).Select(at => $"sk-from-the-vault-{at:0000}"), shell.Store.Keys.Select(key => key.RawKey));
        Assert.Equal(names.Select(name => $"Team/{name}"), Asked(shell));

        shell.Server.Requests.Clear();
        CommandResult second = (await shell.InvokeAsync(Rows)).Succeeded();
        Assert.Equal(Enumerable.Repeat(ByokSyncAction.Unchanged, 20), Actions(second));
        Assert.All(shell.Server.Requests, request => Assert.Equal(ApiOperation.List, request.Operation));
        Assert.Equal(40, Asked(shell).Length);

        shell.Server.Requests.Clear();
        (await shell.InvokeAsync(Rows + " -Force")).Succeeded();
        Assert.Equal(20, shell.Server.Requests.Of(ApiOperation.Update).Count);
        Assert.All(Given(shell), secret => Assert.Throws<ObjectDisposedException>(() => secret.Length));
    }

    [Fact]
    public async Task Secrets_are_read_one_by_one_and_each_is_released_before_many_others_are_read()
    {
        using var folder = new TemporaryFolder();
        await using HostedPowerShell shell = await StartAsync(folder, seed: 60);
        string[] names = shell.Names;
        await FillAsync(shell, names.Select((name, at) => (name, $"sk-from-the-vault-{at:0000}")));

        (await shell.InvokeAsync("$names | ForEach-Object { [pscustomobject]@{ Provider = 'mistral'; Name = $_; Secret = $_ } } | Sync-ByokKey -ThrottleLimit 2", ("names", names))).Succeeded();

        Assert.Equal(names.Select(name => "/" + name), Asked(shell));
        Assert.InRange(Open(shell).Max(), 0, 16);
        Assert.All(Given(shell), secret => Assert.Throws<ObjectDisposedException>(() => secret.Length));
    }

    [Fact]
    public async Task A_raw_key_that_is_already_stored_is_released_at_once()
    {
        using var folder = new TemporaryFolder();
        await using HostedPowerShell shell = await StartAsync(folder, seed: 10);
        await FillAsync(shell, shell.Store.Keys.Select(key => (key.Name!, key.RawKey!)));

        CommandResult synced = (await shell.InvokeAsync("$names | ForEach-Object { [pscustomobject]@{ Provider = 'mistral'; Name = $_; Secret = $_ } } | Sync-ByokKey", ("names", shell.Names))).Succeeded();

        Assert.Equal(Enumerable.Repeat(ByokSyncAction.Unchanged, 10), Actions(synced));
        Assert.Equal(Enumerable.Repeat(0, 10), Open(shell));
    }

    [Fact]
    public async Task A_vault_is_asked_for_no_row_that_fails_anyway()
    {
        using var folder = new TemporaryFolder();
        await using HostedPowerShell shell = await StartAsync(folder, seed: 3);
        await FillAsync(shell, [("one", "sk-from-the-vault-0001")]);
        shell.Store.Add("mistral", "sk-abcdefghijkl-1", "twin");
        shell.Store.Add("mistral", "sk-abcdefghijkl-2", "twin");

        CommandResult synced = await shell.InvokeAsync("""
            [pscustomobject]@{ Id = $ids[0]; Provider = ''; Name = ''; Disabled = 'perhaps'; Secret = 'one' },
            [pscustomobject]@{ Id = [guid]::NewGuid(); Provider = ''; Name = ''; Disabled = ''; Secret = 'one' },
            [pscustomobject]@{ Id = ''; Provider = 'mistral'; Name = 'twin'; Disabled = ''; Secret = 'one' },
            [pscustomobject]@{ Id = $ids[1]; Provider = ''; Name = ''; Disabled = ''; Secret = 'one' },
            [pscustomobject]@{ Id = $ids[1]; Provider = ''; Name = ''; Disabled = ''; Secret = 'one' },
            [pscustomobject]@{ Id = $ids[2]; Provider = 'openai'; Name = ''; Disabled = ''; Secret = 'one' },
            [pscustomobject]@{ Id = $ids[0]; Provider = ''; Name = ''; Disabled = ''; Secret = '' } | Sync-ByokKey
            """, ("ids", shell.Ids));

        Assert.Equal([.. Enumerable.Repeat(ByokSyncAction.Failed, 6), ByokSyncAction.Unchanged], Actions(synced));
        Assert.Empty(Asked(shell));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" -Force")]
    [InlineData(" -WhatIf")]
    public async Task A_secret_that_cannot_be_used_fails_its_row_alone(string switches)
    {
        using var folder = new TemporaryFolder();
        await using HostedPowerShell shell = await StartAsync(folder, seed: 1);
        await FillAsync(shell, [("good", "sk-from-the-vault-0001"), ("blank", "  "), ("quoted", "'sk-from-the-vault-0002'")]);

        CommandResult synced = await shell.InvokeAsync("""
            $rows = @([pscustomobject]@{ Id = $ids[0]; Provider = ''; Name = ''; Secret = 'missing' })
            $rows += 'missing', 'blank', 'quoted', 'good' | ForEach-Object { [pscustomobject]@{ Id = ''; Provider = 'mistral'; Name = "new $_"; Secret = $_ } }
            $rows | Sync-ByokKey
            """ + switches, ("ids", shell.Ids));

        Assert.Null(synced.TerminatingError);
        ByokSyncAction last = switches == " -WhatIf" ? ByokSyncAction.Planned : ByokSyncAction.Created;
        Assert.Equal([.. Enumerable.Repeat(ByokSyncAction.Failed, 4), last], Actions(synced));
        Assert.Equal(4, synced.Errors.Count);
        Assert.All(synced.Errors, error => Assert.StartsWith("ByokBadRequest,", error.FullyQualifiedErrorId, StringComparison.Ordinal));
        Assert.Contains("Row 1, column Secret: the secret 'missing' cannot be read: The secret missing was not found.", synced.Errors[0].Exception.Message, StringComparison.Ordinal);
        Assert.All(synced.Errors.Skip(2), error => Assert.Contains("column Secret: the raw key ", error.Exception.Message, StringComparison.Ordinal));
        Assert.Equal(last == ByokSyncAction.Created ? 2 : 1, shell.Store.Count);
        Assert.All(Given(shell), secret => Assert.Throws<ObjectDisposedException>(() => secret.Length));
    }

    [Fact]
    public async Task A_stop_while_the_vault_is_read_ends_the_command()
    {
        using var folder = new TemporaryFolder();
        await using HostedPowerShell shell = await StartAsync(folder, seed: 2);
        await FillAsync(shell, [("good", "sk-from-the-vault-0001")]);
        using var waiting = new ManualResetEventSlim();
        RunningCommand running = shell.Begin("""
            [pscustomobject]@{ Id = $ids[0]; Secret = 'slow' }, [pscustomobject]@{ Id = $ids[1]; Secret = 'good' } | Sync-ByokKey
            """, ("ids", shell.Ids), ("waiting", waiting));
        await Wait.UntilAsync(() => waiting.IsSet);

        await running.StopAsync().WaitAsync(Wait.Limit, TestContext.Current.CancellationToken);

        CommandResult stopped = await running.EndAsync();
        Assert.True(stopped.WasStopped);
        Assert.Empty(stopped.AllErrors);
        Assert.Equal(["/slow"], Asked(shell));
        Assert.Empty(shell.Server.Requests.Of(ApiOperation.Update));
    }

    [Fact]
    public async Task Without_the_module_a_row_fails_with_what_to_install()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);

        // No module can be found, whatever is installed on the machine of the tests.
        CommandResult synced = await shell.InvokeAsync(
            "$PSModuleAutoLoadingPreference = 'None'; [pscustomobject]@{ Id = $ids[0]; Secret = 'one' } | Sync-ByokKey", ("ids", shell.Ids));

        Assert.Contains("Microsoft.PowerShell.SecretManagement", synced.FailedOnceWith("ByokBadRequest").Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_stream_and_no_result_shows_a_raw_key()
    {
        string[] keys = [Shown.NewKey(), Shown.NewKey(), Shown.NewKey()];
        using var folder = new TemporaryFolder();
        await using HostedPowerShell shell = await StartAsync(folder, seed: 2);
        await FillAsync(shell, [("one", keys[0]), ("two", keys[1])]);

        CommandResult synced = await shell.InvokeAsync(
            """
            $VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
            $rows = [pscustomobject]@{ Id = $ids[0]; Secret = 'one'; Provider = ''; Name = ''; KeyPath = '' },
                [pscustomobject]@{ Id = $ids[1]; Secret = 'missing'; Provider = ''; Name = ''; KeyPath = '' },
                [pscustomobject]@{ Id = ''; Secret = 'two'; Provider = 'mistral'; Name = 'second'; KeyPath = '' },
                [pscustomobject]@{ Id = ''; Secret = ''; Provider = 'mistral'; Name = 'third'; KeyPath = $path }
            $rows | Sync-ByokKey -WhatIf
            $results = $rows | Sync-ByokKey
            $results
            $results | Export-Csv $audit
            """,
            ("ids", shell.Ids), ("path", folder.Write("key.txt", keys[2] + "\n")), ("audit", folder.File("audit.csv")));

        Assert.Equal(keys.Order(StringComparer.Ordinal), shell.Store.Keys.Select(key => key.RawKey!).Where(keys.Contains).Order(StringComparer.Ordinal));
        string audit = await File.ReadAllTextAsync(folder.File("audit.csv"), TestContext.Current.CancellationToken);
        Assert.StartsWith("\"Row\",\"Action\",\"Name\",\"Provider\",\"Changes\",\"Error\",\"Id\",\"WorkspaceId\"", audit, StringComparison.Ordinal);
        Assert.Equal(5, audit.TrimEnd().Split('\n').Length);
        Shown.AssertNothingOf(audit + await Shown.OfAsync(shell, synced), [.. keys, shell.Server.ManagementKey]);
    }

    private static async Task<HostedPowerShell> StartAsync(TemporaryFolder folder, int seed)
    {
        HostedPowerShell shell = await HostedPowerShell.StartAsync(seed, keys: s_oneProvider);
        (await shell.InvokeAsync(
            """
            Import-Module $vault -ErrorAction Stop
            $global:asked = [Collections.Generic.List[string]]::new()
            $global:given = [Collections.Generic.List[securestring]]::new()
            $global:open = [Collections.Generic.List[int]]::new()
            """,
            ("vault", folder.Write("Microsoft.PowerShell.SecretManagement.psm1", Vault)))).Succeeded();
        return shell;
    }

    private static async Task FillAsync(HostedPowerShell shell, IEnumerable<(string Name, string RawKey)> secrets) =>
        (await shell.InvokeAsync("$global:secrets = $filled", ("filled", new System.Collections.Hashtable(secrets.ToDictionary(secret => secret.Name, secret => HostedPowerShell.Secure(secret.RawKey)))))).Succeeded();

    private static string[] Asked(HostedPowerShell shell) => [.. (IEnumerable<string>)shell.GetVariable("asked")!];

    /// <summary>The number of unreleased secrets, each time another one was read.</summary>
    private static int[] Open(HostedPowerShell shell) => [.. (IEnumerable<int>)shell.GetVariable("open")!];

    private static SecureString[] Given(HostedPowerShell shell) => [.. (IEnumerable<SecureString>)shell.GetVariable("given")!];

    private static IReadOnlyList<ByokSyncAction> Actions(CommandResult synced) =>
        [.. synced.Objects.Select(result => Assert.IsType<ByokSyncResult>(result.BaseObject).Action)];
}

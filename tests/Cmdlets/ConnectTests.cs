using System.Collections.Concurrent;
using System.Management.Automation;
using System.Runtime.ExceptionServices;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>
/// Connect-Byok, and the environment variables instead of it. The environment belongs to the process, so these tests
/// run alone.
/// </summary>
[Collection(nameof(WholeSession))]
public sealed class ConnectTests : IDisposable
{
    public void Dispose() => ClearEnvironment();

    [Fact]
    public async Task Connecting_sends_one_request_and_later_commands_use_the_account()
    {
        await using HostedPowerShell shell = await StartAsync(seed: 5);
        CommandResult connected = (await shell.InvokeAsync("Connect-Byok $secret -BaseUri $address")).Succeeded();
        Assert.Empty(connected.Objects);
        Assert.Equal("GET", Assert.Single(shell.Server.Requests).Method);
        Assert.Equal(5, (await shell.InvokeAsync("Get-ByokKey")).Succeeded().Keys.Count);
        Assert.Equal([shell.Server.BaseUri.ToString()], (await shell.InvokeAsync("(Get-ByokConnection).BaseUri")).Succeeded().Texts);
    }

    [Theory]
    [InlineData("Connect-Byok ([pscredential]::new('openrouter', $secret)) -BaseUri $address")]
    [InlineData("Connect-Byok $secret -BaseUri $address; $secret.Dispose()")]
    [InlineData("$env:OPENROUTER_BASE_URL = $address; Connect-Byok $secret")]
    [InlineData("$made = Connect-Byok $secret -BaseUri $address -PassThru; Disconnect-Byok; $made | Connect-Byok")]
    public async Task Every_way_to_connect_works(string command)
    {
        await using HostedPowerShell shell = await StartAsync(seed: 5);
        Assert.Equal(5, (await shell.InvokeAsync($"{command}; Get-ByokKey")).Succeeded().Keys.Count);
    }

    [Theory]
    [InlineData("$ids | Set-ByokKey -IsRequired $true")]
    [InlineData("$ids | Disable-ByokKey")]
    [InlineData("$ids | Remove-ByokKey -Confirm:$false")]
    [InlineData("$keys | Set-ByokKey -IsRequired $true")]
    [InlineData("$keys | Enable-ByokKey")]
    [InlineData("$keys | Remove-ByokKey -Confirm:$false")]
    [InlineData("$rows | Set-ByokKey")]
    [InlineData("$rows | Remove-ByokKey -Confirm:$false")]
    [InlineData("$rows | Sync-ByokKey")]
    [InlineData("$rows | Select-Object Name | New-ByokKey openai $secret")]
    public async Task The_engine_does_not_try_to_make_a_connection_of_each_record(string command)
    {
        await using HostedPowerShell shell = await StartAsync(seed: 3);
        (await shell.InvokeAsync("""
            Connect-Byok $secret -BaseUri $address
            $keys = Get-ByokKey
            $rows = $keys | Select-Object Id, Name, @{ n = 'IsRequired'; e = { 'true' } }
            """)).Succeeded();
        var thrown = new ConcurrentQueue<Exception>();
        AppDomain.CurrentDomain.FirstChanceException += Watch;
        try
        {
            (await shell.InvokeAsync(command, ("ids", shell.Ids))).Succeeded();
        }
        finally
        {
            AppDomain.CurrentDomain.FirstChanceException -= Watch;
        }

        Assert.DoesNotContain(thrown, error => error is RuntimeException or InvalidCastException);

        void Watch(object? sender, FirstChanceExceptionEventArgs first) => thrown.Enqueue(first.Exception);
    }

    [Fact]
    public async Task Settings_of_a_connection_are_used_and_shown()
    {
        await using HostedPowerShell shell = await StartAsync(seed: 1);
        string team = shell.Store.AddWorkspace("Team").Id.ToString();
        CommandResult connected = (await shell.InvokeAsync(
            "Connect-Byok $secret -BaseUri $address -WorkspaceId $team -TimeoutSec 7 -MaximumRetryCount 2 -RetryIntervalSec 0.25 -Headers @{ 'X-Trace' = 'abc123' }"
            + " -HttpReferer https://localhost/app -AppTitle Rotation -AppCategory admin, cli -PassThru; $null = Get-ByokKey",
            ("team", team))).Succeeded();
        var connection = Assert.IsType<ByokConnection>(Assert.Single(connected.Objects).BaseObject);
        Assert.Equal((team, 7, 2, 0.25), (connection.WorkspaceId, connection.TimeoutSec, connection.MaximumRetryCount, connection.RetryIntervalSec));
        Assert.Equal(["X-Trace"], connection.Headers);
        ReceivedRequest request = shell.Server.Requests[^1];
        Assert.Equal(team, request.QueryValue("workspace_id"));
        Assert.Equal(
            ("abc123", "https://localhost/app", "Rotation", "admin,cli"),
            (request.Header("X-Trace"), request.Header("HTTP-Referer"), request.Header("X-OpenRouter-Title"), request.Header("X-OpenRouter-Categories")));
    }

    [Fact]
    public async Task Every_retry_setting_can_be_given()
    {
        await using HostedPowerShell shell = await StartAsync(seed: 1);
        CommandResult connected = (await shell.InvokeAsync(
            "Connect-Byok $secret -BaseUri $address -MaximumRetryIntervalSec 9.5 -RetryBackoffExponent 3 -MaximumRetryTimeSec 60 -NoConnectionRetry"
            + " -RetryIntervalSec 0.01 -RetryStatusCode 500, 599 -UserAgent 'runbook/7' -PassThru")).Succeeded();
        var connection = Assert.IsType<ByokConnection>(Assert.Single(connected.Objects).BaseObject);
        Assert.Equal((9.5, 3, 60, false), (connection.MaximumRetryIntervalSec, connection.RetryBackoffExponent, connection.MaximumRetryTimeSec, connection.RetryConnectionErrors));
        Assert.EndsWith(" runbook/7", shell.Server.Requests[^1].Header("User-Agent"), StringComparison.Ordinal);

        shell.Server.Faults.Add("List:Status(599)x1");
        Assert.Single((await shell.InvokeAsync("Get-ByokKey")).Succeeded().Keys);
        shell.Server.Faults.Add("List:Status(503)x1");
        (await shell.InvokeAsync("Get-ByokKey")).FailedOnceWith("ByokServerError");
        shell.Server.Faults.Add("List:ResetBeforeCommit()x1");
        (await shell.InvokeAsync("Get-ByokKey")).FailedOnceWith("ByokConnectionFailed");
    }

    [Fact]
    public async Task A_server_that_fails_for_a_moment_is_asked_again()
    {
        await using HostedPowerShell shell = await StartAsync(seed: 1);
        shell.Server.Faults.Add("List:Status(503)x2");
        (await shell.InvokeAsync("Connect-Byok $secret -BaseUri $address -RetryIntervalSec 0.01")).Succeeded();
        Assert.Equal(3, shell.Server.Requests.Count);
    }

    [Fact]
    public async Task A_workspace_can_be_given_by_its_name()
    {
        await using HostedPowerShell shell = await StartAsync(seed: 1);
        string team = shell.Store.AddWorkspace("Blue Team").Id.ToString();
        Assert.Equal([team], (await shell.InvokeAsync("(Connect-Byok $secret -BaseUri $address -WorkspaceId 'blue team' -PassThru).WorkspaceId")).Succeeded().Texts);
        ErrorRecord error = Assert.Single((await shell.InvokeAsync("Connect-Byok $secret -BaseUri $address -WorkspaceId 'red team'")).AllErrors);
        Assert.StartsWith("ByokNotFound,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_is_asked_for_the_management_key_and_again_after_it_was_refused()
    {
        await using HostedPowerShell shell = await StartAsync(seed: 3);
        using var folder = new TemporaryFolder();
        string path = folder.File("key.txt");
        await File.WriteAllTextAsync(path, shell.Server.ManagementKey, TestContext.Current.CancellationToken);
        await shell.InvokeAsync(
            "Connect-Byok -BaseUri $address -ApiKeyScript ([scriptblock]::Create(\"Add-Content '$path.asked' x; Get-Content '$path' | ConvertTo-SecureString -AsPlainText -Force\"))",
            ("path", path));

        // The connection keeps the values that it has.
        Assert.Equal(3, (await shell.InvokeAsync("Get-ByokKey")).Succeeded().Keys.Count);
        Assert.Single(await File.ReadAllLinesAsync(path + ".asked", TestContext.Current.CancellationToken));

        await File.WriteAllTextAsync(path, "sk-or-v1-of-another-account", TestContext.Current.CancellationToken);
        shell.Server.Faults.Add("List:Status(401)x1");
        (await shell.InvokeAsync("Get-ByokKey")).EndedWith("ByokUnauthorized");
        Assert.Equal("Bearer sk-or-v1-of-another-account", shell.Server.Requests[^1].Header("Authorization"));

        await File.WriteAllTextAsync(path, shell.Server.ManagementKey, TestContext.Current.CancellationToken);
        Assert.Equal(3, (await shell.InvokeAsync("Get-ByokKey")).Succeeded().Keys.Count);
        Assert.Equal(3, (await File.ReadAllLinesAsync(path + ".asked", TestContext.Current.CancellationToken)).Length);
    }

    [Theory]
    [InlineData("{ }", "returned 0 objects")]
    [InlineData("{ 'sk-or-v1-in-plain-text' }", "plain text")]
    [InlineData("{ throw 'the vault is locked' }", "the vault is locked")]
    [InlineData("{ Get-Item / }", "DirectoryInfo")]
    [InlineData("{ $null }", "$null")]
    public async Task A_script_that_returns_no_management_key_ends_the_command(string script, string said)
    {
        await using HostedPowerShell shell = await StartAsync();
        ErrorRecord error = (await shell.InvokeAsync($"Connect-Byok -BaseUri $address -ApiKeyScript {script}")).EndedWith("ByokNotConnected");
        Assert.Contains(said, error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("sk-or-v1", $"{error.Exception}", StringComparison.Ordinal);
        Assert.Empty(shell.Server.Requests);
    }

    [Fact]
    public async Task Debug_reports_each_attempt_without_body_and_secret()
    {
        await using HostedPowerShell shell = await StartAsync(seed: 1);
        shell.Server.Faults.Add("Update:Status(503)x1");
        CommandResult changed = (await shell.InvokeAsync(
            "$DebugPreference = 'Continue'; Connect-Byok $secret -BaseUri $address -RetryIntervalSec 0.01; Get-ByokKey | Set-ByokKey -Key $key -Name 'a-new-name'",
            ("key", HostedPowerShell.Secure("sk-rotated-0123456789")))).Succeeded();
        string[] attempts = [.. changed.Debug.Where(line => line.Contains("PATCH", StringComparison.Ordinal))];
        Assert.Equal(2, attempts.Length);
        Assert.Matches($"^PATCH {shell.Server.BaseUri}/byok/{shell.Ids[0]}, attempt 1: 503 over HTTP/1.1 in [0-9]+ ms, ", attempts[0]);
        Assert.Matches(", attempt 2: 200 over HTTP/1.1 in [0-9]+ ms, .* Content-Type: application/json", attempts[1]);
        Shown.AssertNothingOf(string.Join('\n', changed.Debug), "a-new-name", "sk-rotated-0123456789", shell.Server.ManagementKey);
    }

    [Theory]
    [InlineData("Connect-Byok $ordinary -BaseUri $address", "ByokUnauthorized", ErrorCategory.AuthenticationError)]
    [InlineData("Connect-Byok $secret -BaseUri $address -WorkspaceId 11111111-2222-3333-4444-555555555555", "ByokBadRequest", ErrorCategory.InvalidArgument)]
    [InlineData("Connect-Byok $secret -BaseUri http://127.0.0.1:1/api/v1 -MaximumRetryCount 0", "ByokConnectionFailed", ErrorCategory.ConnectionError)]
    [InlineData("Connect-Byok $secret -BaseUri http://192.0.2.1/api/v1", "ByokInsecureAddress", ErrorCategory.SecurityError)]
    [InlineData("Connect-Byok $secret -BaseUri $address -Headers @{ Authorization = 'Bearer x' }", "ByokBadRequest", ErrorCategory.InvalidArgument)]
    public async Task A_connection_that_cannot_work_is_refused_and_the_session_stays_as_it_was(string command, string errorId, ErrorCategory category)
    {
        await using HostedPowerShell shell = await StartAsync(seed: 1);
        CommandResult refused = await shell.InvokeAsync(command, ("ordinary", HostedPowerShell.Secure("sk-or-v1-ordinary-api-key")));
        ErrorRecord error = Assert.Single(refused.AllErrors);
        Assert.StartsWith(errorId + ",", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(category, error.CategoryInfo.Category);
        Assert.InRange(shell.Server.Requests.Count, 0, 1);
        Assert.Empty((await shell.InvokeAsync("Get-ByokConnection")).Succeeded().Objects);
    }

    [Theory]
    [InlineData("Get-ByokKey")]
    [InlineData("Get-ByokWorkspace")]
    [InlineData("$ids | Set-ByokKey -Disabled:$true")]
    [InlineData("$ids | Remove-ByokKey -Confirm:$false")]
    [InlineData("New-ByokKey openai $secret")]
    public async Task Without_a_connection_a_command_ends_with_one_error_that_says_how_to_connect(string command)
    {
        await using HostedPowerShell shell = await StartAsync(seed: 3);
        ErrorRecord error = (await shell.InvokeAsync(command, ("ids", shell.Ids))).EndedWith("ByokNotConnected");
        Assert.Equal(ErrorCategory.AuthenticationError, error.CategoryInfo.Category);
        Assert.Contains("Connect-Byok", error.ErrorDetails?.RecommendedAction ?? error.ToString(), StringComparison.Ordinal);
        Assert.Contains("OPENROUTER_MANAGEMENT_KEY", error.ErrorDetails?.RecommendedAction ?? error.ToString(), StringComparison.Ordinal);
        Assert.Empty(shell.Server.Requests);
    }

    [Theory]
    [InlineData("OPENROUTER_MANAGEMENT_KEY")]
    [InlineData("OPENROUTER_API_KEY")]
    public async Task The_environment_gives_the_connection_where_nobody_connected(string variable)
    {
        await using HostedPowerShell shell = await StartAsync(seed: 3);
        Environment.SetEnvironmentVariable(variable, shell.Server.ManagementKey);
        Environment.SetEnvironmentVariable("OPENROUTER_BASE_URL", shell.Server.BaseUri.ToString());
        CommandResult listed = (await shell.InvokeAsync("Get-ByokKey; \"$((Get-ByokConnection).Source)\"")).Succeeded();
        Assert.Equal(shell.Ids, listed.Objects.Take(3).Select(value => ((ByokKey)value.BaseObject).Id));
        Assert.Equal("Environment", listed.Texts[^1]);
    }

    [Theory]
    [InlineData("http://openrouter.invalid/api/v1")]
    [InlineData("nonsense")]
    public async Task An_address_of_the_environment_that_is_unsafe_or_malformed_is_refused(string address)
    {
        await using HostedPowerShell shell = await StartAsync(seed: 1);
        Environment.SetEnvironmentVariable("OPENROUTER_MANAGEMENT_KEY", shell.Server.ManagementKey);
        Environment.SetEnvironmentVariable("OPENROUTER_BASE_URL", address);
        Assert.Equal(ErrorCategory.SecurityError, (await shell.InvokeAsync("Get-ByokKey")).EndedWith("ByokInsecureAddress").CategoryInfo.Category);

        // With -Connection, the environment is not needed.
        Assert.Single((await shell.InvokeAsync("Get-ByokKey -Connection $connection")).Succeeded().Keys);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("sk-or-v1-management-key", "http://127.0.0.1:1/api/v1")]
    [InlineData("sk-or-v1-management-key", "not an address")]
    public async Task Without_a_usable_connection_Tab_offers_no_keys_and_reports_nothing(string managementKey, string address)
    {
        await using HostedPowerShell shell = await StartAsync(seed: 1);
        Environment.SetEnvironmentVariable("OPENROUTER_MANAGEMENT_KEY", managementKey);
        Environment.SetEnvironmentVariable("OPENROUTER_BASE_URL", address);
        CommandResult completed = (await shell.InvokeAsync("""
            $line = 'Get-ByokKey -Id '
            [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches | Where-Object ResultType -EQ ParameterValue
            "$($Error.Count)"
            """)).Succeeded();
        Assert.Equal(["0"], completed.Texts);
    }

    [Fact]
    public async Task The_source_of_the_connection_is_shown()
    {
        await using HostedPowerShell shell = await StartAsync();
        await using HostedPowerShell second = await StartAsync();
        const string source = "\"$((Get-ByokConnection).Source)\"";
        Assert.Equal([""], (await second.InvokeAsync(source)).Succeeded().Texts);
        Assert.Equal(["Session"], (await shell.InvokeAsync($"Connect-Byok $secret -BaseUri $address; {source}")).Succeeded().Texts);
        Assert.Equal(["Session"], (await second.InvokeAsync(source)).Succeeded().Texts);
        Assert.Equal(["Runspace"], (await second.InvokeAsync($"Connect-Byok $secret -BaseUri $address; {source}")).Succeeded().Texts);
        Assert.Equal(["Session"], (await second.InvokeAsync($"Disconnect-Byok; {source}")).Succeeded().Texts);
    }

    [Fact]
    public async Task A_proxy_gets_the_credential_that_it_asks_for_and_it_is_shown_nowhere()
    {
        await using HostedPowerShell shell = await StartAsync(seed: 5);
        using var proxy = new AskingProxy("proxy-user:proxy-password");
        CommandResult listed = (await shell.InvokeAsync(
            "$made = Connect-Byok $secret -BaseUri $address -Proxy $proxy -ProxyCredential ([pscredential]::new('proxy-user', $password)) -PassThru; $made; (Get-ByokKey).Count",
            ("proxy", proxy.Address), ("password", HostedPowerShell.Secure("proxy-password")))).Succeeded();
        Assert.Equal("5", listed.Texts[^1]);
        Assert.InRange(proxy.Refused, 1, int.MaxValue);
        Assert.Equal(2, proxy.Heads.Count);
        Assert.All(proxy.Heads, head => Assert.StartsWith($"GET {shell.Server.BaseUri}/byok", head, StringComparison.Ordinal));
        Shown.AssertNothingOf(await Shown.OfAsync(shell, listed), "proxy-password");

        CommandResult refused = await shell.InvokeAsync(
            "Connect-Byok $secret -BaseUri $address -Proxy $proxy -MaximumRetryCount 0 -ProxyCredential ([pscredential]::new('proxy-user', $password))",
            ("password", HostedPowerShell.Secure("another-password")));
        Assert.IsType<ByokApiException>(Assert.Single(refused.AllErrors).Exception);
        Shown.AssertNothingOf(Shown.OwnPartOf(refused.AllErrors[0]), "another-password");
        Assert.Equal(2, proxy.Heads.Count);
    }

    /// <summary>A session without a connection; variables hold what Connect-Byok needs.</summary>
    private static async Task<HostedPowerShell> StartAsync(int seed = 0)
    {
        ClearEnvironment();
        HostedPowerShell shell = await HostedPowerShell.StartAsync(seed, isConnected: false);
        shell.SetVariable("secret", HostedPowerShell.Secure(shell.Server.ManagementKey).Copy());
        shell.SetVariable("address", shell.Server.BaseUri);
        return shell;
    }

    private static void ClearEnvironment()
    {
        foreach (string variable in new[] { "OPENROUTER_MANAGEMENT_KEY", "OPENROUTER_API_KEY", "OPENROUTER_BASE_URL" })
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }
}

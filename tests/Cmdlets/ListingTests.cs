using System.Management.Automation;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Get-ByokKey lists: which keys, which part of them, and when they are returned.</summary>
public sealed class ListingTests
{
    private static readonly SeedOptions s_someNameless = new() { NamelessEvery = 10 };

    [Fact]
    public async Task Without_parameters_every_key_comes_out_in_the_order_of_the_server()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 120);
        CommandResult listed = (await shell.InvokeAsync("Get-ByokKey")).Succeeded();
        Assert.Equal(shell.Ids, listed.Keys.Select(key => key.Id));
        Assert.Empty(listed.Warnings);
    }

    [Fact]
    public async Task The_promised_output_type_is_a_key()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        Assert.Equal(["OpenRouter.Byok.ByokKey"], (await shell.InvokeAsync("(Get-Command Get-ByokKey).OutputType.Name")).Texts);
    }

    [Fact]
    public async Task The_first_keys_come_out_before_the_second_page_is_answered()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 300);
        var later = new Gate(shell.Server, request => request.QueryValue("offset") is not (null or "0"));
        RunningCommand listing = shell.Begin("Get-ByokKey");
        await Wait.UntilAsync(() => listing.OutputCount > 0);
        later.Open();
        Assert.Equal(shell.Ids, (await listing.EndAsync()).Succeeded().Keys.Select(key => key.Id));
    }

    [Fact]
    public async Task Each_provider_is_filtered_by_the_server_one_after_the_other()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 16);
        CommandResult listed = (await shell.InvokeAsync("Get-ByokKey -Provider openai, azure")).Succeeded();
        Assert.Equal(["openai", "openai", "azure", "azure"], listed.Keys.Select(key => key.Provider));
        Assert.Equal(["openai", "azure"], shell.Server.Requests.Of(ApiOperation.List).Select(request => request.QueryValue("provider")));
    }

    [Theory]
    [InlineData("OPENAI key 0000*", 2)]
    [InlineData("*key 0001?", 9)]
    [InlineData("*[13]", 24)]
    [InlineData("nobody*", 0)]
    [InlineData("", 12)]
    [InlineData("*", 120)]
    [InlineData("groq key 00007", 1)]
    public async Task Names_are_matched_with_wildcards_whatever_their_case(string pattern, int count)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 120, keys: s_someNameless);
        string[] expected =
        [
            .. shell.Store.Keys.Where(key => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(key.Name ?? string.Empty)).Select(key => key.Id.ToString()),
        ];
        Assert.Equal(count, expected.Length);
        foreach (string command in new[] { "Get-ByokKey -Name $pattern", "Get-ByokKey $pattern" })
        {
            Assert.Equal(expected, (await shell.InvokeAsync(command, ("pattern", pattern))).Succeeded().Keys.Select(key => key.Id));
        }
    }

    [Fact]
    public async Task First_and_skip_are_the_paging_of_the_server_and_the_total_is_exact()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 300);
        CommandResult listed = (await shell.InvokeAsync("Get-ByokKey -First 3 -Skip 250 -IncludeTotalCount")).Succeeded();
        Assert.Equal((300UL, 1.0), Total(listed.Objects[0]));
        Assert.Equal(shell.Ids[250..253], listed.Objects.Skip(1).Select(key => ((ByokKey)key.BaseObject).Id));
        ReceivedRequest request = shell.Sent(ApiOperation.List);
        Assert.Equal(("250", "3"), (request.QueryValue("offset"), request.QueryValue("limit")));
    }

    [Fact]
    public async Task Of_several_providers_no_total_is_claimed()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 300);
        CommandResult listed = (await shell.InvokeAsync("Get-ByokKey -Provider openai, azure -IncludeTotalCount")).Succeeded();
        Assert.Equal(0.0, Total(listed.Objects[0]).Accuracy);
        Assert.Equal(77, listed.Objects.Count);
    }

    [Fact]
    public async Task First_and_skip_count_the_keys_that_match_the_name()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 120);
        CommandResult listed = (await shell.InvokeAsync("Get-ByokKey -Name groq* -Skip 2 -First 2")).Succeeded();
        Assert.Equal(
            shell.Store.Keys.Where(key => key.Provider == "groq").Skip(2).Take(2).Select(key => key.Id.ToString()),
            listed.Keys.Select(key => key.Id));
    }

    [Fact]
    public async Task First_0_sends_nothing()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        Assert.Empty((await shell.InvokeAsync("Get-ByokKey -First 0")).Succeeded().Objects);
        Assert.Empty(shell.Server.Requests);
    }

    [Fact]
    public async Task First_requests_no_more_pages_than_it_takes()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 2000);
        Assert.Equal(150, (await shell.InvokeAsync("Get-ByokKey -First 150")).Succeeded().Keys.Count);
        Assert.Equal(2, shell.Server.Requests.Count);
    }

    [Fact]
    public async Task Select_object_does_not_wait_for_pages_that_never_come()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 300, options: new SandboxOptions { Faults = ["/offset=[1-9]/:Hang"] });
        Assert.Equal(shell.Ids[..3], (await shell.InvokeAsync("Get-ByokKey | Select-Object -First 3")).Succeeded().Keys.Select(key => key.Id));
        await Wait.UntilAsync(() => shell.Server.Concurrent == 0);
    }

    [Fact]
    public async Task Select_object_ends_the_reading_ahead()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 5000);
        Assert.Equal(3, (await shell.InvokeAsync("Get-ByokKey | Select-Object -First 3")).Succeeded().Keys.Count);

        // Requests in flight may still arrive, but never all 51 pages.
        await Task.Delay(100, TestContext.Current.CancellationToken);
        await Wait.UntilAsync(() => shell.Server.Concurrent == 0);
        Assert.InRange(shell.Server.Requests.Count, 1, 12);
    }

    [Fact]
    public async Task A_workspace_has_the_keys_of_its_own_and_the_global_ones()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        Guid team = shell.Store.AddWorkspace("Team").Id;
        Guid empty = shell.Store.AddWorkspace("Empty").Id;
        shell.Store.Seed(20, new SeedOptions { WorkspaceIds = [team, shell.Store.DefaultWorkspaceId] });
        CommandResult listed = (await shell.InvokeAsync("Get-ByokKey -WorkspaceId $team -First 7; Get-ByokKey -WorkspaceId $empty", ("team", team), ("empty", empty))).Succeeded();
        Assert.Equal(shell.Store.Keys.Where(key => key.WorkspaceId == team).Take(7).Select(key => key.Id.ToString()), listed.Keys.Select(key => key.Id));
    }

    [Fact]
    public async Task A_field_that_the_API_gained_since_is_kept()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(
            seed: 1, options: new SandboxOptions { Shape = new ResponseShape { ExtraFields = new Dictionary<string, string> { ["brand_new"] = """[1,"two"]""" } } });
        Assert.Equal(["1 two"], (await shell.InvokeAsync("\"$((Get-ByokKey).AdditionalProperties['brand_new'])\"")).Succeeded().Texts);
    }

    [Fact]
    public async Task Piped_workspaces_are_listed_and_a_global_key_comes_out_once()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        Guid team = shell.Store.AddWorkspace("Team").Id;
        shell.Store.Seed(20, new SeedOptions { WorkspaceIds = [team, shell.Store.DefaultWorkspaceId], GlobalEvery = 5 });
        CommandResult listed = (await shell.InvokeAsync("Get-ByokWorkspace | Get-ByokKey")).Succeeded();
        Assert.Equal(shell.Ids.Order(), listed.Keys.Select(key => key.Id).Order());
    }

    [Theory]
    [InlineData("Get-ByokWorkspace | Get-ByokKey -First 5", 5)]
    [InlineData("Get-ByokWorkspace | Get-ByokKey -Skip 18", 2)]
    [InlineData("Get-ByokWorkspace | Get-ByokKey -Provider openai", 3)]
    [InlineData("Get-ByokWorkspace | Get-ByokKey -Name 'openai*'", 3)]
    [InlineData("Get-ByokKey -Workspace (Get-ByokWorkspace)[0]", 12)]
    public async Task Of_piped_workspaces_a_part_can_be_listed(string command, int count)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        Guid team = shell.Store.AddWorkspace("Team").Id;
        shell.Store.Seed(20, new SeedOptions { WorkspaceIds = [shell.Store.DefaultWorkspaceId, team], GlobalEvery = 5 });
        Assert.Equal(count, (await shell.InvokeAsync(command)).Succeeded().Keys.Count);
    }

    [Theory]
    [InlineData("Get-ByokKey $null | Remove-ByokKey -Confirm:$false")]
    [InlineData("Get-ByokKey -Name 'openai*', $null")]
    [InlineData("Get-ByokKey -Provider $null | Remove-ByokKey -Confirm:$false")]
    [InlineData("Get-ByokKey -Provider '' | Remove-ByokKey -Confirm:$false")]
    [InlineData("Get-ByokKey -Provider openai, ''")]
    [InlineData("Get-ByokKey -Provider @()")]
    [InlineData("Get-ByokKey -WorkspaceId $null")]
    [InlineData("Get-ByokKey -WorkspaceId ''")]
    [InlineData("Get-ByokWorkspace -Name $null")]
    [InlineData("Get-ByokWorkspace ''")]
    public async Task A_blank_filter_as_of_an_unset_variable_does_not_stand_for_every_key(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        (await shell.InvokeAsync(command)).EndedWith("ParameterArgumentValidationError");
        Assert.Empty(shell.Server.Requests);
    }

    private static (ulong Count, double Accuracy) Total(PSObject value) =>
        (Assert.IsType<ulong>(value.BaseObject), (double)value.Properties["Accuracy"].Value);
}

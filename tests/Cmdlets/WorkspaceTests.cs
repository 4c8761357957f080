using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Get-ByokWorkspace, and workspaces by name or slug for a parameter that takes an id.</summary>
public sealed class WorkspaceTests
{
    [Fact]
    public async Task Workspaces_are_listed_and_matched_by_name()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        shell.Store.AddWorkspace("Team");
        CommandResult listed = (await shell.InvokeAsync("Get-ByokWorkspace; (Get-ByokWorkspace te*).Name; (Get-ByokWorkspace Team).Name")).Succeeded();
        Assert.Equal(
            shell.Store.Workspaces.Select(workspace => workspace.Id.ToString()),
            listed.Objects.Select(value => value.BaseObject).OfType<ByokWorkspace>().Select(workspace => workspace.Id));
        Assert.Equal(["Team", "Team"], listed.Texts.Skip(2));
    }

    [Fact]
    public async Task A_literal_name_that_no_workspace_has_is_an_error_and_a_pattern_is_not()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        Assert.Equal("Tema", (await shell.InvokeAsync("Get-ByokWorkspace Tema")).FailedOnceWith("ByokNotFound").TargetObject);
        Assert.Empty((await shell.InvokeAsync("Get-ByokWorkspace Tema*")).Succeeded().Objects);
    }

    [Theory]
    [InlineData("$team.Id")]
    [InlineData("'Blue Team'")]
    [InlineData("'blue team'")]
    [InlineData("$team.Slug")]
    public async Task A_workspace_is_found_by_id_name_or_slug(string workspace)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 2);
        string team = shell.Store.AddWorkspace("Blue Team").Id.ToString();
        CommandResult created = (await shell.InvokeAsync(
            $"$team = Get-ByokWorkspace 'Blue*'; New-ByokKey openai $key -Name mine -WorkspaceId {workspace}; Get-ByokKey -WorkspaceId {workspace}",
            ("key", HostedPowerShell.Secure("sk-abcdefghijkl")))).Succeeded();
        Assert.Equal([team, team], created.Keys.Select(key => key.WorkspaceId));
        Assert.Equal(["mine", "mine"], created.Keys.Select(key => key.Name));
    }

    [Fact]
    public async Task An_unknown_or_ambiguous_workspace_is_refused()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        shell.Store.AddWorkspace("Twin");
        shell.Store.AddWorkspace("Twin");
        foreach ((string name, string id) in new[] { ("nowhere", "ByokNotFound"), ("Twin", "ByokBadRequest") })
        {
            foreach (string command in new[] { "Get-ByokKey -WorkspaceId $name", "New-ByokKey openai $key -WorkspaceId $name" })
            {
                CommandResult refused = await shell.InvokeAsync(command, ("name", name), ("key", HostedPowerShell.Secure("sk-abcdefghijkl")));
                Assert.StartsWith(id + ",", Assert.Single(refused.AllErrors).FullyQualifiedErrorId, StringComparison.Ordinal);
            }
        }

        Assert.Empty(shell.Server.Requests.Of(ApiOperation.Create));
        Assert.Empty(shell.Server.Requests.Of(ApiOperation.List));
    }
}

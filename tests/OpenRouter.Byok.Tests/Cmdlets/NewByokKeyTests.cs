using OpenRouter.Byok.Cmdlets;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Cmdlets;

public sealed class NewByokKeyTests
{
    [Fact]
    public async Task It_sends_only_what_was_given_and_gives_what_was_created()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        using var key = SandboxAccount.Secure("sk-abcdefghijkl");
        RecordingPipeline said = new RecordingPipeline().Run<NewByokKeyCommand>(
            account.Connection, new Dictionary<string, object?> { ["Provider"] = "openai", ["Key"] = key, ["Name"] = "new", ["IsRequired"] = true });
        Assert.Equal("""{"provider":"openai","name":"new","is_required":true,"key":"sk-abcdefghijkl"}""", account.Sent(ApiOperation.Create).Body);
        ByokKey created = Assert.IsType<ByokKey>(Assert.Single(said.Objects));
        Assert.Equal(("openai", "new", true), (created.Provider, created.Name, created.IsRequired));
        Assert.Equal(["Create credential: new (openai)"], said.Questions);
    }

    [Fact]
    public async Task A_no_creates_nothing()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        using var key = SandboxAccount.Secure("sk-abcdefghijkl");
        RecordingPipeline said = new RecordingPipeline { Answer = static _ => false }.Run<NewByokKeyCommand>(
            account.Connection, new Dictionary<string, object?> { ["Provider"] = "openai", ["Key"] = key });
        Assert.Single(said.Questions);
        Assert.Empty(account.Server.Requests);
    }

    [Fact]
    public async Task Rows_create_a_key_each_in_order()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        using var key = SandboxAccount.Secure("sk-abcdefghijkl");
        RecordingPipeline said = new RecordingPipeline().Run<NewByokKeyCommand>(
            account.Connection,
            new Dictionary<string, object?> { ["Key"] = key },
            CmdletBinding.Row(("Provider", "openai"), ("Name", "one"), ("Disabled", "true"), ("AllowedModels", "a/b; c/d")),
            CmdletBinding.Row(("Provider", "azure"), ("Name", ""), ("Disabled", "false")),
            CmdletBinding.Row(("Provider", ""), ("Name", "three"), ("Disabled", "")),
            CmdletBinding.Row(("Provider", "groq"), ("Name", "four"), ("Disabled", "maybe")));
        Assert.Equal(["openai", "azure"], said.Objects.Cast<ByokKey>().Select(created => created.Provider));
        Assert.Equal(
            ["""{"provider":"openai","name":"one","disabled":true,"allowed_models":["a/b","c/d"],"key":"sk-abcdefghijkl"}""", """{"provider":"azure","disabled":false,"key":"sk-abcdefghijkl"}"""],
            account.Server.Requests.Of(ApiOperation.Create).Select(request => request.Body).Order(StringComparer.Ordinal).Reverse());
        Assert.Equal(2, said.Errors.Count);
        Assert.StartsWith("Row 3, column Provider:", said.Errors[0].Cause.Message, StringComparison.Ordinal);
        Assert.StartsWith("Row 4, column Disabled: 'maybe' is neither true nor false.", said.Errors[1].Cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_text_key_is_refused_and_not_repeated()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        RecordingPipeline said = new RecordingPipeline().Run<NewByokKeyCommand>(
            account.Connection, new Dictionary<string, object?> { ["Provider"] = "openai", ["Key"] = "sk-plain-and-simple" });
        Assert.Equal("ByokBadRequest", said.TerminatingError?.Id);
        Assert.Contains("Read-Host -AsSecureString", said.TerminatingError!.Cause.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-plain", said.TerminatingError.Cause.ToString(), StringComparison.Ordinal);
        Assert.Empty(account.Server.Requests);
    }

    [Fact]
    public async Task A_key_can_come_from_a_file()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "\uFEFFsk-from-a-file\r\n", TestContext.Current.CancellationToken);
            RecordingPipeline said = new RecordingPipeline().Run<NewByokKeyCommand>(
                account.Connection, new Dictionary<string, object?> { ["Provider"] = "openai", ["KeyPath"] = path });
            ByokKey created = Assert.IsType<ByokKey>(Assert.Single(said.Objects));
            Assert.Equal("sk-from-a-file", account.Server.Store.RawKey(Guid.Parse(created.Id)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_said_once_and_quotes_no_key()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        string path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString());
        RecordingPipeline said = new RecordingPipeline().Run<NewByokKeyCommand>(
            account.Connection,
            new Dictionary<string, object?> { ["KeyPath"] = path },
            CmdletBinding.Row(("Provider", "openai")),
            CmdletBinding.Row(("Provider", "azure")));
        Assert.Equal("ByokBadRequest", said.TerminatingError?.Id);
        Assert.Contains("does not exist", said.TerminatingError!.Cause.Message, StringComparison.Ordinal);
        Assert.Empty(account.Server.Requests);
    }

    [Fact]
    public async Task The_connections_workspace_is_used_where_none_is_given()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        string team = account.Server.Store.AddWorkspace("Team").Id.ToString();
        using var key = SandboxAccount.Secure("sk-abcdefghijkl");
        var connection = new ByokConnection { BaseUri = account.Server.BaseUri, ApiKey = account.Connection.ApiKey, WorkspaceId = team };
        RecordingPipeline said = new RecordingPipeline().Run<NewByokKeyCommand>(
            connection, new Dictionary<string, object?> { ["Provider"] = "openai", ["Key"] = key });
        Assert.Equal(team, Assert.IsType<ByokKey>(Assert.Single(said.Objects)).WorkspaceId);
    }
}

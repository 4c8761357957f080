using OpenRouter.Byok.Cmdlets;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Cmdlets;

public sealed class SetByokKeyTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_piped_key_gives_its_id_and_nothing_else()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        SandboxKey stored = account.Server.Store.Add("openai", "sk-abcdefghijkl", "name", key => key with { IsRequired = true, DeclaredZdr = true, AllowedModels = ["m"] });
        ByokKey key = await account.Client.GetKeyAsync(stored.Id.ToString(), cancellationToken: Stop);
        RecordingPipeline said = new RecordingPipeline().Run<SetByokKeyCommand>(
            account.Connection, new Dictionary<string, object?> { ["Disabled"] = true }, CmdletBinding.Piped(key));
        Assert.Equal("""{"disabled":true}""", account.Sent(ApiOperation.Update).Body);
        Assert.Empty(said.Objects);
    }

    [Fact]
    public async Task Off_is_sent_too()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        SandboxKey stored = account.Server.Store.Add("openai", "sk-abcdefghijkl", "name", key => key with { Disabled = true });
        new RecordingPipeline().Run<SetByokKeyCommand>(
            account.Connection, new Dictionary<string, object?> { ["Disabled"] = false }, CmdletBinding.Piped(stored.Id.ToString()));
        Assert.Equal("""{"disabled":false}""", account.Sent(ApiOperation.Update).Body);
        Assert.False(account.Server.Store.Find(stored.Id)!.Disabled);
    }

    [Fact]
    public async Task A_rotation_sends_the_key_alone_and_the_server_holds_it()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(3);
        Guid id = account.Server.Store.Keys[1].Id;
        using var key = SandboxAccount.Secure("sk-rotated-0001");
        RecordingPipeline said = new RecordingPipeline().Run<SetByokKeyCommand>(
            account.Connection, new Dictionary<string, object?> { ["Key"] = key, ["PassThru"] = true }, CmdletBinding.Piped(id.ToString()));
        Assert.Equal("""{"key":"sk-rotated-0001"}""", account.Sent(ApiOperation.Update).Body);
        Assert.Equal("sk-rotated-0001", account.Server.Store.RawKey(id));
        Assert.Equal(KeyLabel.Mask("sk-rotated-0001"), Assert.IsType<ByokKey>(Assert.Single(said.Objects)).Label);
    }

    [Fact]
    public async Task Null_clears_and_a_blank_cell_counts_as_left_out()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(2);
        string[] ids = [.. account.Server.Store.Keys.Select(key => key.Id.ToString())];
        RecordingPipeline said = new RecordingPipeline().Run<SetByokKeyCommand>(
            account.Connection,
            new Dictionary<string, object?>(),
            CmdletBinding.Row(("Id", ids[0]), ("Name", null), ("DeclaredZdr", null), ("AllowedModels", null)),
            CmdletBinding.Row(("Id", ids[1]), ("Name", ""), ("DeclaredZdr", ""), ("AllowedModels", ""), ("IsRequired", "true")));
        Assert.Equal(
            ["""{"is_required":true}""", """{"name":null,"declared_zdr":null,"allowed_models":null}"""],
            account.Server.Requests.Select(request => request.Body).Order(StringComparer.Ordinal));
        Assert.Contains("Row 2, column Name is blank and counts as left out.", said.Verbose);
        Assert.Contains("Row 2, column AllowedModels is blank and counts as left out.", said.Verbose);
        Assert.Empty(said.Errors);
    }

    [Fact]
    public async Task An_empty_list_is_an_error_before_anything_is_sent()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        RecordingPipeline said = new RecordingPipeline().Run<SetByokKeyCommand>(
            account.Connection,
            new Dictionary<string, object?> { ["AllowedUserIds"] = Array.Empty<string>() },
            CmdletBinding.Piped(account.Server.Store.Keys[0].Id.ToString()));
        Assert.Equal("ByokBadRequest", said.TerminatingError?.Id);
        Assert.Empty(account.Server.Requests);
    }

    [Fact]
    public async Task Nothing_to_change_sends_nothing_and_says_so()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        string id = account.Server.Store.Keys[0].Id.ToString();
        RecordingPipeline said = new RecordingPipeline().Run<SetByokKeyCommand>(account.Connection, new Dictionary<string, object?>(), CmdletBinding.Piped(id));
        Assert.Contains("Nothing to change", Assert.Single(said.Warnings), StringComparison.Ordinal);
        Assert.Empty(said.Questions);
        Assert.Empty(account.Server.Requests);
    }

    [Fact]
    public async Task A_column_that_is_no_parameter_is_not_passed_over()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        RecordingPipeline said = new RecordingPipeline().Run<SetByokKeyCommand>(
            account.Connection,
            new Dictionary<string, object?>(),
            CmdletBinding.Row(("Id", account.Server.Store.Keys[0].Id.ToString()), ("Dissabled", "true")));
        Assert.Contains("Dissabled: no such parameter", Assert.Single(said.Errors).Cause.Message, StringComparison.Ordinal);
        Assert.Empty(account.Server.Requests);
    }

    [Fact]
    public async Task A_wrong_cell_paints_no_terminal()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        RecordingPipeline said = new RecordingPipeline().Run<SetByokKeyCommand>(
            account.Connection,
            new Dictionary<string, object?>(),
            CmdletBinding.Row(("Id", account.Server.Store.Keys[0].Id.ToString()), ("Disabled", "\u001b[2J")));
        Assert.Contains("'\u241b[2J' is neither true nor false", Assert.Single(said.Errors).Cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_would_be_done_is_told_from_what_to_what()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        SandboxKey stored = account.Server.Store.Keys[0];
        RecordingPipeline said = new RecordingPipeline { ShowsWhatWouldBeDone = true, Answer = static _ => false }.Run<SetByokKeyCommand>(
            account.Connection,
            new Dictionary<string, object?> { ["Name"] = "new", ["Disabled"] = true, ["IsRequired"] = false },
            CmdletBinding.Piped(stored.Id.ToString()));
        string question = Assert.Single(said.Questions);
        Assert.Contains($"Name from '{stored.Name}' to 'new', Disabled from False to True", question, StringComparison.Ordinal);
        Assert.DoesNotContain("IsRequired", question, StringComparison.Ordinal);
        Assert.Empty(account.Server.Requests.Of(ApiOperation.Update));
    }

    [Fact]
    public async Task Records_overlap_and_come_out_in_order()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(24);
        var together = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var counting = new Lock();
        int underWay = 0;
        int most = 0;
        account.Server.OnRequest = _ =>
        {
            lock (counting)
            {
                most = Math.Max(most, ++underWay);
            }

            // None is answered before as many are there as may be.
            if (most == 8)
            {
                together.TrySetResult();
            }

            return together.Task.WaitAsync(TimeSpan.FromSeconds(20), Stop);
        };

        // Counted down before the answer leaves, which lets the next one come.
        account.Server.OnHandled = _ =>
        {
            lock (counting)
            {
                underWay--;
            }

            return Task.CompletedTask;
        };
        string[] ids = [.. account.Server.Store.Keys.Select(key => key.Id.ToString())];
        RecordingPipeline said = new RecordingPipeline().Run<SetByokKeyCommand>(
            account.Connection, new Dictionary<string, object?> { ["Disabled"] = true, ["PassThru"] = true }, [.. ids.Select(CmdletBinding.Piped)]);
        Assert.Equal(ids, said.Objects.Cast<ByokKey>().Select(key => key.Id));
        Assert.Equal(8, most);
    }
}

using System.Management.Automation;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Sync-ByokKey makes the account match a list, and sends only the differences.</summary>
public sealed class SyncTests
{
    private static readonly SeedOptions s_oneProvider = new() { Providers = ["openai"] };

    [Fact]
    public async Task An_inventory_changes_nothing_and_costs_one_listing()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 300, keys: new SeedOptions { NamelessEvery = 10, GlobalEvery = 7 });
        shell.Store.Update(Guid.Parse(shell.Ids[4]), key => key with { DeclaredZdr = false, DeclaredRegion = "europe", AllowedModels = ["a/b", "c;d"] });
        using var folder = new TemporaryFolder();
        (await shell.InvokeAsync("Get-ByokKey | Export-Csv $file", ("file", folder.File("keys.csv")))).Succeeded();
        string[] listing = Pages(shell);
        shell.Server.Requests.Clear();
        CommandResult synced = (await shell.InvokeAsync("Import-Csv $file | Sync-ByokKey")).Succeeded();
        Assert.Equal(Enumerable.Repeat(ByokSyncAction.Unchanged, 300), Actions(synced));
        Assert.Equal(shell.Ids, synced.Objects.Select(result => ((ByokSyncResult)result.BaseObject).Id));
        Assert.Equal(listing, Pages(shell));
        Assert.All(shell.Server.Requests, request => Assert.Equal(ApiOperation.List, request.Operation));
        Assert.Empty(synced.Warnings);
    }

    [Fact]
    public async Task Of_a_thousand_rows_only_the_ten_that_differ_are_sent_and_a_second_run_sends_none()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1000);
        (await shell.InvokeAsync("""
            $rows = Get-ByokKey | ConvertTo-Csv | ConvertFrom-Csv
            foreach ($at in 0..9) { $rows[$at * 100].Disabled = 'True' }
            """)).Succeeded();
        string[] listing = Pages(shell);
        shell.Server.Requests.Clear();
        CommandResult first = (await shell.InvokeAsync("$rows | Sync-ByokKey")).Succeeded();

        // Each key that differs is read again before it is changed; the others are only read by the listing.
        Assert.Equal(10, shell.Server.Requests.Of(ApiOperation.Get).Count);
        Assert.Equal(shell.Server.Requests.Of(ApiOperation.Update).Select(request => request.Id).Order(), shell.Server.Requests.Of(ApiOperation.Get).Select(request => request.Id).Order());
        Assert.Equal(listing, Pages(shell));
        Assert.Equal(Enumerable.Range(0, 10).Select(at => at * 100), Actions(first).Index().Where(result => result.Item == ByokSyncAction.Changed).Select(result => result.Index));
        Assert.Equal(1000, Actions(first).Count);
        shell.AssertSent(ApiOperation.Update, [.. Enumerable.Repeat("""{"disabled":true}""", 10)]);
        Assert.Equal(10, shell.Store.Keys.Count(key => key.Disabled));

        shell.Server.Requests.Clear();
        CommandResult second = (await shell.InvokeAsync("$rows | Sync-ByokKey")).Succeeded();
        Assert.Equal(Enumerable.Repeat(ByokSyncAction.Unchanged, 1000), Actions(second));
        Assert.All(shell.Server.Requests, request => Assert.Equal(ApiOperation.List, request.Operation));
    }

    [Fact]
    public async Task Rows_that_need_no_request_do_not_hold_up_changes_far_behind_them()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 400);
        (await shell.InvokeAsync("""
            $rows = Get-ByokKey | ConvertTo-Csv | ConvertFrom-Csv
            foreach ($at in 0..7) { $rows[$at * 50].Disabled = 'True' }
            """)).Succeeded();
        var gate = new Gate(shell.Server, request => request.Operation == ApiOperation.Get);
        RunningCommand running = shell.Begin("$rows | Sync-ByokKey");
        await gate.WaitForAsync(8);
        gate.Open();
        CommandResult synced = (await running.EndAsync()).Succeeded();
        Assert.Equal(shell.Ids, synced.Objects.Select(result => ((ByokSyncResult)result.BaseObject).Id));
        Assert.Equal(8, shell.Store.Keys.Count(key => key.Disabled));
    }

    [Fact]
    public async Task The_label_decides_whether_a_raw_key_is_sent()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3, keys: s_oneProvider);
        SandboxKey[] stored = [.. shell.Store.Keys];
        const string Rows = "0..2 | ForEach-Object { [pscustomobject]@{ Id = $ids[$_]; Key = $keys[$_] } } | Sync-ByokKey";
        object[] keys = [HostedPowerShell.Secure(stored[0].RawKey!), HostedPowerShell.Secure("sk-rotated-by-list-0001"), ""];
        CommandResult synced = (await shell.InvokeAsync(Rows, ("ids", shell.Ids), ("keys", keys))).Succeeded();
        Assert.Equal([ByokSyncAction.Unchanged, ByokSyncAction.Rotated, ByokSyncAction.Unchanged], Actions(synced));
        shell.AssertSent(ApiOperation.Update, """{"key":"sk-rotated-by-list-0001"}""");
        string changes = ((ByokSyncResult)synced.Objects[1].BaseObject).Changes!;
        Assert.Contains(stored[1].Label, changes, StringComparison.Ordinal);
        Assert.DoesNotContain("rotated-by-list", changes, StringComparison.Ordinal);

        shell.Server.Requests.Clear();
        Assert.DoesNotContain(ByokSyncAction.Rotated, Actions((await shell.InvokeAsync(Rows)).Succeeded()));
        Assert.Empty(shell.Server.Requests.Of(ApiOperation.Update));

        Assert.Equal([ByokSyncAction.Rotated, ByokSyncAction.Rotated, ByokSyncAction.Unchanged], Actions((await shell.InvokeAsync(Rows + " -Force")).Succeeded()));
        Assert.Equal(2, shell.Server.Requests.Of(ApiOperation.Update).Count);
    }

    [Fact]
    public async Task A_row_without_a_key_is_created_once_where_it_has_a_raw_key()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 2, keys: s_oneProvider);
        using var folder = new TemporaryFolder();
        const string Rows = """
            [pscustomobject]@{ Provider = 'groq'; Name = 'new'; Disabled = 'true'; KeyPath = $file },
            [pscustomobject]@{ Provider = 'groq'; Name = 'without a raw key'; Disabled = ''; KeyPath = '' } | Sync-ByokKey
            """;
        CommandResult first = await shell.InvokeAsync(Rows, ("file", folder.Write("key.txt", "sk-created-by-list-0001\n")));
        first.FailedOnceWith("ByokNotFound");
        Assert.Equal([ByokSyncAction.Created, ByokSyncAction.Failed], Actions(first));
        shell.AssertSent(ApiOperation.Create, """{"provider":"groq","name":"new","disabled":true,"key":"sk-created-by-list-0001"}""");

        CommandResult second = await shell.InvokeAsync(Rows);
        Assert.Equal([ByokSyncAction.Unchanged, ByokSyncAction.Failed], Actions(second));
        Assert.Equal(3, shell.Store.Count);
    }

    [Fact]
    public async Task A_row_finds_its_key_by_name_and_an_ambiguous_one_fails_alone()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        SandboxKey one = shell.Store.Add("openai", "sk-abcdefghijkl-1", "one");
        SandboxKey twin = shell.Store.Add("openai", "sk-abcdefghijkl-2", "twin");
        SandboxKey other = shell.Store.Add("openai", "sk-abcdefghijkl-3", "twin");
        shell.Store.Add("groq", "sk-abcdefghijkl-4", "one");
        CommandResult synced = await shell.InvokeAsync("""
            [pscustomobject]@{ Provider = 'openai'; Name = 'twin'; IsRequired = 'true' }, [pscustomobject]@{ Provider = 'OpenAI'; Name = 'one'; IsRequired = 'true' } | Sync-ByokKey
            """);
        string message = synced.FailedOnceWith("ByokBadRequest").Exception.Message;
        Assert.Contains("Row 1", message, StringComparison.Ordinal);
        Assert.Contains(twin.Id.ToString(), message, StringComparison.Ordinal);
        Assert.Contains(other.Id.ToString(), message, StringComparison.Ordinal);
        Assert.Equal([ByokSyncAction.Failed, ByokSyncAction.Changed], Actions(synced));
        Assert.Equal(one.Id.ToString(), shell.Sent(ApiOperation.Update).Id);
    }

    [Fact]
    public async Task A_blank_cell_is_left_alone_and_the_text_none_clears()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        SandboxKey key = shell.Store.Add("openai", "sk-abcdefghijkl-1", "name", stored => stored with { AllowedModels = ["m"], DeclaredZdr = true, AllowedUserIds = ["u"] });
        (await shell.InvokeAsync(
            "[pscustomobject]@{ Id = $id; Name = ' '; AllowedModels = '(none)'; DeclaredZdr = '(none)'; AllowedUserIds = '' } | Sync-ByokKey", ("id", key.Id.ToString()))).Succeeded();
        shell.AssertSent(ApiOperation.Update, """{"allowed_models":null,"declared_zdr":null}""");
    }

    [Fact]
    public async Task Prune_removes_within_the_workspaces_and_providers_of_the_list_alone()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        Guid main = shell.Store.DefaultWorkspaceId;
        Guid team = shell.Store.AddWorkspace("Team").Id;
        SandboxKey named = Add("openai", "named", main);
        SandboxKey extra = Add("openai", "extra", main);
        SandboxKey otherProvider = Add("groq", "extra", main);
        SandboxKey otherWorkspace = Add("openai", "extra", team);
        SandboxKey global = Add("openai", "global", null);
        const string Rows = "[pscustomobject]@{ Provider = 'openai'; Name = 'named' } | Sync-ByokKey";
        Assert.Equal([ByokSyncAction.Unchanged], Actions((await shell.InvokeAsync(Rows)).Succeeded()));

        CommandResult pruned = (await shell.InvokeAsync(Rows + " -Prune -Confirm:$false")).Succeeded();
        Assert.Equal([ByokSyncAction.Unchanged, ByokSyncAction.Removed], Actions(pruned));
        Assert.Equal(extra.Id.ToString(), shell.Sent(ApiOperation.Delete).Id);
        Assert.Equal(new[] { named, otherProvider, otherWorkspace, global }.Select(key => key.Id).Order(), shell.Store.Keys.Select(key => key.Id).Order());

        SandboxKey Add(string provider, string name, Guid? workspace) =>
            shell.Store.Add(provider, $"sk-{provider}-0123456789", name, key => key with { WorkspaceId = workspace });
    }

    [Fact]
    public async Task Prune_asks_before_each_removal()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3, keys: s_oneProvider);
        string[] names = shell.Names;
        var answers = new Queue<Answer>([Answer.No, Answer.Yes]);
        shell.Host.OnPrompt = _ => answers.Dequeue();
        CommandResult pruned = (await shell.InvokeAsync("[pscustomobject]@{ Provider = 'openai'; Name = $names[0] } | Sync-ByokKey -Prune", ("names", names))).Succeeded();
        Assert.Equal(2, pruned.Prompts.Count);
        Assert.Contains(names[1], pruned.Prompts[0].Text, StringComparison.Ordinal);
        Assert.Equal([names[0], names[1]], shell.Names);
    }

    [Theory]
    [InlineData("@() | Sync-ByokKey -Prune -Confirm:$false")]
    [InlineData("Import-Csv $file | Sync-ByokKey -Prune -Confirm:$false")]
    public async Task An_empty_list_is_refused(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        using var folder = new TemporaryFolder();
        (await shell.InvokeAsync(command, ("file", folder.Write("keys.csv", "Provider,Name\n")))).EndedWith("ByokBadRequest");
        Assert.Empty(shell.Server.Requests);
        Assert.Equal(3, shell.Store.Count);
    }

    [Fact]
    public async Task With_a_row_that_cannot_be_read_nothing_is_pruned()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3, keys: s_oneProvider);
        CommandResult pruned = await shell.InvokeAsync(
            "[pscustomobject]@{ Provider = 'openai'; Name = $names[0]; Disabled = '' }, [pscustomobject]@{ Provider = 'openai'; Name = $names[1]; Disabled = 'perhaps' } | Sync-ByokKey -Prune -Confirm:$false",
            ("names", shell.Names));
        pruned.FailedOnceWith("ByokBadRequest");
        Assert.Single(pruned.Warnings);
        Assert.Equal(3, shell.Store.Count);
    }

    [Theory]
    [InlineData("[pscustomobject]@{ Id = $id; Name = 'of the list' } | Sync-ByokKey")]
    [InlineData("[pscustomobject]@{ Id = $id; Key = $key } | Sync-ByokKey")]
    [InlineData("[pscustomobject]@{ Provider = 'openai'; Name = 'another'; Key = $key } | Sync-ByokKey -Prune -Confirm:$false")]
    public async Task A_key_that_changed_after_the_plan_fails_with_both_values_and_is_left_alone(string command)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        SandboxKey planned = shell.Store.Add("openai", "sk-abcdefghijkl-1", "as planned");
        shell.Server.OnRequest = request =>
        {
            if (request.Operation == ApiOperation.Get)
            {
                shell.Store.Update(planned.Id, key => key with { Name = "of somebody else" });
            }

            return Task.CompletedTask;
        };
        CommandResult synced = await shell.InvokeAsync(command, ("id", planned.Id.ToString()), ("key", HostedPowerShell.Secure("sk-rotated-by-list-0001")));
        string message = synced.FailedOnceWith("ByokConflict").Exception.Message;
        Assert.Contains("Name from 'as planned' to 'of somebody else'", message, StringComparison.Ordinal);
        Assert.Contains(ByokSyncAction.Failed, Actions(synced));
        Assert.DoesNotContain(shell.Server.Requests, request => request.Operation is ApiOperation.Update or ApiOperation.Delete);
    }

    [Fact]
    public async Task What_if_shows_from_what_to_what_and_sends_nothing()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 4, keys: s_oneProvider);
        string[] ids = shell.Ids;
        SandboxKey[] before = [.. shell.Store.Keys];
        CommandResult planned = (await shell.InvokeAsync("""
            [pscustomobject]@{ Id = $ids[0]; Name = 'renamed'; Disabled = 'true'; Key = '' },
            [pscustomobject]@{ Id = $ids[1]; Name = ''; Disabled = ''; Key = $key },
            [pscustomobject]@{ Id = $ids[2]; Name = ''; Disabled = 'false'; Key = '' },
            [pscustomobject]@{ Provider = 'openai'; Name = 'brandnew'; Key = $key } | Sync-ByokKey -Prune -WhatIf
            """, ("ids", ids), ("key", HostedPowerShell.Secure("sk-rotated-by-list-0001")))).Succeeded();
        Assert.Equal([ByokSyncAction.Planned, ByokSyncAction.Planned, ByokSyncAction.Unchanged, ByokSyncAction.Planned, ByokSyncAction.Planned], Actions(planned));
        Assert.Equal(4, planned.HostLines.Count);
        Assert.Matches($"{before[0].Name}.*Name from '{before[0].Name}' to 'renamed'.*Disabled from False to True|Disabled from False to True.*Name from '{before[0].Name}' to 'renamed'", planned.HostLines[0]);
        Assert.Contains($"{before[1].Name}", planned.HostLines[1], StringComparison.Ordinal);
        Assert.Contains($"Key from {before[1].Label}", planned.HostLines[1], StringComparison.Ordinal);
        Assert.Contains("brandnew", planned.HostLines[2], StringComparison.Ordinal);
        Assert.Contains(before[3].Name!, planned.HostLines[3], StringComparison.Ordinal);
        Assert.All(shell.Server.Requests, request => Assert.Equal(ApiOperation.List, request.Operation));
        Assert.Equal(before, shell.Store.Keys);
    }

    [Fact]
    public async Task What_if_has_the_words_of_Set()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1, keys: s_oneProvider);
        CommandResult shown = (await shell.InvokeAsync("""
            Set-ByokKey $ids[0] -Name new -Disabled $true -AllowedModels a/b, c/d -Key $key -WhatIf
            $null = [pscustomobject]@{ Id = $ids[0]; Name = 'new'; Disabled = 'true'; AllowedModels = 'a/b;c/d'; IsRequired = 'false'; Key = $key } | Sync-ByokKey -WhatIf
            """, ("ids", shell.Ids), ("key", HostedPowerShell.Secure("sk-rotated-by-list-0001")))).Succeeded();
        Assert.Equal(2, shown.HostLines.Count);
        Assert.Equal(shown.HostLines[0], shown.HostLines[1]);
    }

    [Fact]
    public async Task A_row_with_two_sources_of_a_raw_key_fails()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        CommandResult synced = await shell.InvokeAsync("[pscustomobject]@{ Id = $ids[0]; KeyPath = 'key.txt'; Secret = 'one' } | Sync-ByokKey", ("ids", shell.Ids));
        Assert.Contains("only one of the columns Key, KeyPath and Secret", synced.FailedOnceWith("ByokBadRequest").Exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Dissabled", "true", "Disabled")]
    [InlineData("Disabled", "perhaps", "Disabled")]
    [InlineData("Key", "sk-plain-secret-0123456789", "Key")]
    [InlineData("Id", "key-2", "Id")]
    public async Task A_row_that_cannot_be_read_fails_alone(string column, string value, string named)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        CommandResult synced = await shell.InvokeAsync("""
            $rows = $ids | ForEach-Object { [pscustomobject]@{ Id = $_; IsRequired = 'true' } }
            $rows[1] | Add-Member -NotePropertyName $column -NotePropertyValue $value -Force
            $rows | Sync-ByokKey
            """, ("ids", shell.Ids), ("column", column), ("value", value));
        ErrorRecord error = synced.FailedOnceWith("ByokBadRequest");
        Assert.Equal("Row 2", error.TargetObject);
        Assert.Contains("Row 2", error.Exception.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("plain-secret", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal([ByokSyncAction.Changed, ByokSyncAction.Failed, ByokSyncAction.Changed], Actions(synced));
        Assert.Equal(error.Exception.Message, ((ByokSyncResult)synced.Objects[1].BaseObject).Error);
        Assert.Equal([true, false, true], shell.Store.Keys.Select(key => key.IsRequired));
    }

    [Fact]
    public async Task Of_two_rows_for_one_key_neither_is_applied()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1, keys: s_oneProvider);
        CommandResult synced = await shell.InvokeAsync(
            "[pscustomobject]@{ Id = $ids[0]; Name = 'one' }, [pscustomobject]@{ Id = $ids[0].ToUpperInvariant(); Name = 'two' } | Sync-ByokKey", ("ids", shell.Ids));
        Assert.Equal(2, synced.Errors.Count);
        Assert.Equal([ByokSyncAction.Failed, ByokSyncAction.Failed], Actions(synced));
        Assert.Empty(shell.Server.Requests.Of(ApiOperation.Update));
    }

    [Fact]
    public async Task Keys_and_rows_of_JSON_are_a_list_too_and_null_clears()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        SandboxKey key = shell.Store.Add("groq", "sk-abcdefghijkl-1", "name", stored => stored with { AllowedModels = ["m"], DeclaredZdr = true, AllowedUserIds = ["u"] });
        Assert.Equal(Enumerable.Repeat(ByokSyncAction.Unchanged, 4), Actions((await shell.InvokeAsync("Get-ByokKey | Sync-ByokKey")).Succeeded()));

        const string Json = """[{"Provider":"groq","Name":"name","AllowedModels":null,"DeclaredZdr":null,"AllowedUserIds":["u","v"],"Disabled":true}]""";
        (await shell.InvokeAsync("$json | ConvertFrom-Json | Sync-ByokKey", ("json", Json))).Succeeded();
        Assert.Equal(key.Id.ToString(), shell.Sent(ApiOperation.Update).Id);
        shell.AssertSent(ApiOperation.Update, """{"disabled":true,"declared_zdr":null,"allowed_models":null,"allowed_user_ids":["u","v"]}""");
    }

    [Fact]
    public async Task Each_workspace_of_the_list_is_listed_once_and_a_name_means_a_key_of_its_workspace()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        SandboxWorkspace team = shell.Store.AddWorkspace("Team");
        shell.Store.AddWorkspace("Unconcerned");
        SandboxKey mine = Add("one", shell.Store.DefaultWorkspaceId);
        SandboxKey theirs = Add("one", team.Id);
        SandboxKey onlyTheirs = Add("two", team.Id);
        CommandResult synced = await shell.InvokeAsync("""
            [pscustomobject]@{ Provider = 'openai'; Name = 'one'; WorkspaceId = ''; IsRequired = 'true' },
            [pscustomobject]@{ Provider = 'openai'; Name = 'one'; WorkspaceId = 'Team'; Disabled = 'true' },
            [pscustomobject]@{ Provider = 'openai'; Name = 'two'; WorkspaceId = ''; Disabled = 'true' },
            [pscustomobject]@{ Provider = 'openai'; Name = 'two'; WorkspaceId = 'Team'; Disabled = 'false' } | Sync-ByokKey
            """);
        Assert.Contains("Row 3", synced.FailedOnceWith("ByokNotFound").Exception.Message, StringComparison.Ordinal);
        Assert.Equal([ByokSyncAction.Changed, ByokSyncAction.Changed, ByokSyncAction.Failed, ByokSyncAction.Unchanged], Actions(synced));
        Assert.Equal(new[] { mine.Id.ToString(), theirs.Id.ToString() }.Order(StringComparer.Ordinal), shell.Server.Requests.Of(ApiOperation.Update).Select(request => request.Id!).Order(StringComparer.Ordinal));
        Assert.Equal(["", team.Id.ToString()], shell.Server.Requests.Of(ApiOperation.List).Select(request => request.QueryValue("workspace_id") ?? "").Distinct().Order(StringComparer.Ordinal));
        Assert.False(shell.Store.Find(onlyTheirs.Id)!.Disabled);

        SandboxKey Add(string name, Guid workspace) => shell.Store.Add("openai", $"sk-{name}-0123456789", name, key => key with { WorkspaceId = workspace });
    }

    [Fact]
    public async Task Confirm_asks_before_each_change_and_what_is_declined_is_not_sent()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3, keys: s_oneProvider);
        string[] names = shell.Names;
        var answers = new Queue<Answer>([Answer.No, Answer.Yes, Answer.No]);
        shell.Host.OnPrompt = _ => answers.Dequeue();
        CommandResult synced = (await shell.InvokeAsync("""
            [pscustomobject]@{ Id = $ids[0]; Provider = ''; Name = ''; Disabled = 'true'; Key = '' },
            [pscustomobject]@{ Id = $ids[1]; Provider = ''; Name = 'renamed'; Disabled = 'true'; Key = '' },
            [pscustomobject]@{ Id = $ids[2]; Provider = ''; Name = ''; Disabled = 'false'; Key = '' },
            [pscustomobject]@{ Id = ''; Provider = 'openai'; Name = 'new'; Disabled = ''; Key = $key } | Sync-ByokKey -Confirm
            """, ("ids", shell.Ids), ("key", HostedPowerShell.Secure("sk-created-by-list-0001")))).Succeeded();
        Assert.Equal([ByokSyncAction.Planned, ByokSyncAction.Changed, ByokSyncAction.Unchanged, ByokSyncAction.Planned], Actions(synced));
        Assert.Equal(["Disabled from False to True", $"Name from '{names[1]}' to 'renamed'; Disabled from False to True", null, "Create key"], Results(synced).Select(result => result.Changes));
        Assert.Contains($"Change Name from '{names[1]}' to 'renamed', Disabled from False to True?", synced.Prompts[1].Text, StringComparison.Ordinal);
        Assert.Equal(3, synced.Prompts.Count);
        Assert.Equal(shell.Ids[1], shell.Sent(ApiOperation.Update).Id);
        Assert.Empty(shell.Server.Requests.Of(ApiOperation.Create));
    }

    [Fact]
    public async Task A_key_that_vanished_after_the_plan_and_one_that_the_server_refuses_stop_no_other_row()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 6, keys: s_oneProvider);
        string[] ids = shell.Ids;
        shell.Server.Faults.Add("Update:Status(400)x1");
        shell.Server.OnRequest = request =>
        {
            if (request.Operation == ApiOperation.Get && request.Id == ids[4])
            {
                shell.Store.Remove(Guid.Parse(ids[4]));
            }

            return Task.CompletedTask;
        };
        CommandResult synced = await shell.InvokeAsync("$ids | ForEach-Object { [pscustomobject]@{ Id = $_; Disabled = 'true' } } | Sync-ByokKey -ThrottleLimit 1", ("ids", ids));
        Assert.Equal(
            [ByokSyncAction.Failed, ByokSyncAction.Changed, ByokSyncAction.Changed, ByokSyncAction.Changed, ByokSyncAction.Failed, ByokSyncAction.Changed],
            Actions(synced));
        Assert.Equal(["ByokBadRequest", "ByokNotFound"], synced.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Equal(["Row 1", "Row 5"], synced.Errors.Select(error => error.TargetObject));
        Assert.All(Results(synced), result => Assert.Equal(result.Action == ByokSyncAction.Failed, result.Error is not null));
        Assert.Equal(ids, Results(synced).Select(result => result.Id));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Changes_overlap_as_far_as_allowed_and_results_keep_the_order_of_the_list(int throttle)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 60, keys: s_oneProvider);
        shell.Server.LatencyJitter = TimeSpan.FromMilliseconds(4);
        string[] ids = [.. shell.Ids.Reverse()];
        CommandResult synced = (await shell.InvokeAsync(
            "$ids | ForEach-Object { [pscustomobject]@{ Id = $_; Disabled = 'true' } } | Sync-ByokKey -ThrottleLimit $throttle", ("ids", ids), ("throttle", throttle))).Succeeded();
        Assert.Equal(ids, Results(synced).Select(result => result.Id));
        Assert.Equal(Enumerable.Range(1, 60).Select(row => (long?)row), Results(synced).Select(result => result.Row));
        Assert.All(shell.Store.Keys, key => Assert.True(key.Disabled));
        if (throttle == 1)
        {
            Assert.Equal(1, shell.Server.MaxConcurrent);
        }
    }

    [Fact]
    public async Task A_create_whose_response_is_lost_and_a_change_that_must_be_repeated_happen_once()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1, keys: s_oneProvider);
        shell.Server.Faults.Add("Create:StatusAfterCommit(502)x1");
        shell.Server.Faults.Add("Update:Status(503)x2");
        CommandResult synced = (await shell.InvokeAsync("""
            [pscustomobject]@{ Id = $ids[0]; Provider = ''; Name = ''; Disabled = 'true'; Key = '' },
            [pscustomobject]@{ Id = ''; Provider = 'openai'; Name = 'new'; Disabled = ''; Key = $key } | Sync-ByokKey
            """, ("ids", shell.Ids), ("key", HostedPowerShell.Secure("sk-created-by-list-0001")))).Succeeded();
        Assert.Equal([ByokSyncAction.Changed, ByokSyncAction.Created], Actions(synced));
        Assert.Equal(2, shell.Store.Count);
        Assert.Single(shell.Server.Requests.Of(ApiOperation.Create));
    }

    [Theory]
    [InlineData("List:Status(401)")]
    [InlineData("Update:Status(401)")]
    public async Task A_management_key_that_is_refused_ends_the_command_with_one_error(string fault)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 20, keys: s_oneProvider);
        shell.Server.Faults.Add(fault);
        (await shell.InvokeAsync("$ids | ForEach-Object { [pscustomobject]@{ Id = $_; Disabled = 'true' } } | Sync-ByokKey | Out-Null", ("ids", shell.Ids))).EndedWith("ByokUnauthorized");
        Assert.All(shell.Store.Keys, key => Assert.False(key.Disabled));
    }

    [Theory]
    [InlineData("List:Status(500)", "ByokServerError")]
    [InlineData("List:BrokenJson", "ByokBadResponse")]
    public async Task Without_a_complete_listing_there_is_no_plan_and_the_command_ends(string fault, string errorId)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3, retries: 1, keys: s_oneProvider);
        shell.Server.Faults.Add(fault);
        CommandResult synced = await shell.InvokeAsync("[pscustomobject]@{ Id = $ids[0]; Disabled = 'true' } | Sync-ByokKey -Prune -Confirm:$false", ("ids", shell.Ids));
        synced.EndedWith(errorId);
        Assert.Empty(synced.Objects);
        Assert.All(shell.Server.Requests, request => Assert.Equal(ApiOperation.List, request.Operation));
    }

    [Fact]
    public async Task A_listing_that_may_lack_keys_is_no_ground_for_a_plan()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 20, keys: s_oneProvider);
        shell.Server.Faults.Add("List:PageOf(5)");
        shell.Server.OnRequest = request =>
        {
            // Faster than it can be read: with every request one page of keys is deleted and another one is created.
            foreach (SandboxKey key in shell.Store.Keys.Take(5).ToList())
            {
                shell.Store.Remove(key.Id);
                shell.Store.Add("openai", key.RawKey!, key.Name);
            }

            return Task.CompletedTask;
        };
        CommandResult synced = await shell.InvokeAsync("[pscustomobject]@{ Provider = 'openai'; Name = 'kept'; Key = $key } | Sync-ByokKey -Prune -Confirm:$false", ("key", HostedPowerShell.Secure("sk-created-by-list-0001")));
        Assert.Contains("may be incomplete", synced.EndedWith("ByokBadResponse").Exception.Message, StringComparison.Ordinal);
        Assert.All(shell.Server.Requests, request => Assert.Equal(ApiOperation.List, request.Operation));
    }

    [Fact]
    public async Task A_region_that_a_rotation_would_clear_is_kept_as_the_row_says()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        SandboxKey key = shell.Store.Add("openai", "sk-abcdefghijkl-1", "name", stored => stored with { DeclaredRegion = "global" });
        const string Row = "[pscustomobject]@{ Provider = 'openai'; Name = 'name'; DeclaredRegion = 'global'; Key = $key } | Sync-ByokKey";
        Assert.Equal([ByokSyncAction.Rotated], Actions((await shell.InvokeAsync(Row, ("key", HostedPowerShell.Secure("sk-rotated-by-list-0001")))).Succeeded()));
        shell.AssertSent(ApiOperation.Update, """{"key":"sk-rotated-by-list-0001","declared_region":"global"}""");
        Assert.Equal([ByokSyncAction.Unchanged], Actions((await shell.InvokeAsync(Row)).Succeeded()));
        Assert.Equal("global", shell.Store.Find(key.Id)!.DeclaredRegion);
    }

    [Fact]
    public async Task A_name_that_an_inventory_cannot_show_as_it_is_finds_its_key_and_is_never_sent()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        SandboxKey key = shell.Store.Add("openai", "sk-abcdefghijkl-1", "two\nlines");
        (await shell.InvokeAsync("$rows = Get-ByokKey | ConvertTo-Csv | ConvertFrom-Csv")).Succeeded();
        CommandResult same = (await shell.InvokeAsync("$rows | Sync-ByokKey; $rows | Select-Object Provider, Name, @{ n = 'Disabled'; e = { 'true' } } | Sync-ByokKey")).Succeeded();
        Assert.Equal([ByokSyncAction.Unchanged, ByokSyncAction.Changed], Actions(same));
        Assert.Empty(same.Warnings);
        shell.AssertSent(ApiOperation.Update, """{"disabled":true}""");

        CommandResult renamed = (await shell.InvokeAsync("$rows[0].Name = 'other' + $rows[0].Name; $rows[0].Disabled = 'true'; $rows | Sync-ByokKey")).Succeeded();
        Assert.Equal([ByokSyncAction.Unchanged], Actions(renamed));
        Assert.Contains("Row 1, column Name:", Assert.Single(renamed.Warnings), StringComparison.Ordinal);
        Assert.EndsWith("Set-ByokKey -Name.", renamed.Warnings[0], StringComparison.Ordinal);
        Assert.Equal("two\nlines", shell.Store.Find(key.Id)!.Name);

        CommandResult created = await shell.InvokeAsync("$rows | Select-Object Provider, Name, @{ n = 'Key'; e = { $key } } | Sync-ByokKey", ("key", HostedPowerShell.Secure("sk-created-by-list-0001")));
        created.FailedOnceWith("ByokBadRequest");
        Assert.Equal(1, shell.Store.Count);
    }

    [Fact]
    public async Task Results_are_shown_as_a_table_with_the_error_where_a_row_failed()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1, keys: s_oneProvider);
        CommandResult shown = await shell.InvokeAsync(
            "[pscustomobject]@{ Id = $ids[0]; Disabled = 'true' }, [pscustomobject]@{ Id = 'none'; Disabled = 'true' } | Sync-ByokKey | Out-String -Width 120", ("ids", shell.Ids));
        Assert.Matches(@"(?s)Row +Action +Name +Provider +Changes.*1 +Changed +openai key 00001 +openai +Disabled from False to True.*2 +Failed .*Row 2, column Id: 'none' is not the", Assert.Single(shown.Texts));
    }

    [Fact]
    public async Task Rows_are_counted_and_the_listing_is_not()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 4, keys: s_oneProvider);
        string last = shell.Ids[3];
        var gate = new Gate(shell.Server, request => request.Operation == ApiOperation.Get && request.Id == last);
        RunningCommand running = shell.Begin("$ids | ForEach-Object { [pscustomobject]@{ Id = $_; Disabled = 'true' } } | Sync-ByokKey", ("ids", shell.Ids));
        await Wait.UntilAsync(() => running.ProgressCount > 0);
        gate.Open();
        CommandResult synced = (await running.EndAsync()).Succeeded();
        Assert.StartsWith("3 of 4 done", synced.Progress[0].StatusDescription, StringComparison.Ordinal);

        CommandResult stopped = await shell.InvokeAsync("[pscustomobject]@{ Id = $ids[0]; Disabled = 'false' }, [pscustomobject]@{ Id = 'none' } | Sync-ByokKey -ErrorAction Stop");
        Assert.Equal("Stopped early: 1 succeeded, 1 failed, 0 not completed.", Assert.Single(stopped.Warnings));
    }

    private static ByokSyncResult[] Results(CommandResult synced) => [.. synced.Objects.Select(result => Assert.IsType<ByokSyncResult>(result.BaseObject))];

    private static string[] Pages(HostedPowerShell shell) =>
        [.. shell.Server.Requests.Of(ApiOperation.List).Select(request => $"from {request.QueryValue("offset")}, {request.QueryValue("limit")}").Order(StringComparer.Ordinal)];

    private static IReadOnlyList<ByokSyncAction> Actions(CommandResult synced) =>
        [.. synced.Objects.Select(result => Assert.IsType<ByokSyncResult>(result.BaseObject).Action)];
}

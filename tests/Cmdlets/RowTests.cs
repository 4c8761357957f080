using System.Management.Automation;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Rows from Import-Csv change keys by the names of their columns.</summary>
public sealed class RowTests
{
    private static readonly SeedOptions s_oneProvider = new() { Providers = ["openai"] };

    [Fact]
    public async Task Text_of_a_row_is_read_as_booleans_and_lists()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        (await shell.InvokeAsync(""""
            @"
            Id,Name,IsRequired,DeclaredZdr,AllowedModels,AllowedUserIds
            $id,by row,true,FALSE,a/b; c/d,"""u;1"";u2"
            "@ | ConvertFrom-Csv | Set-ByokKey
            """", ("id", shell.Ids[0]))).Succeeded();
        shell.AssertSent(
            ApiOperation.Update,
            """{"name":"by row","is_required":true,"declared_zdr":false,"allowed_models":["a/b","c/d"],"allowed_user_ids":["u;1","u2"]}""");
    }

    [Fact]
    public async Task Null_clears_and_a_blank_cell_counts_as_left_out()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 2);
        (await shell.InvokeAsync("""
            [pscustomobject]@{ Id = $ids[0]; Name = $null; DeclaredZdr = $null; AllowedModels = $null },
            [pscustomobject]@{ Id = $ids[1]; Name = ''; DeclaredZdr = ' '; AllowedModels = ''; Disabled = ''; IsRequired = 'true' } | Set-ByokKey
            """, ("ids", shell.Ids))).Succeeded();
        shell.AssertSent(ApiOperation.Update, """{"is_required":true}""", """{"name":null,"declared_zdr":null,"allowed_models":null}""");
    }

    [Fact]
    public async Task A_row_keeps_nothing_for_the_next_one()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3);
        (await shell.InvokeAsync("""
            [pscustomobject]@{ Id = $ids[0]; Name = 'one'; Disabled = 'true'; AllowedModels = 'a/b' }, [pscustomobject]@{ Id = $ids[1]; IsRequired = $true },
            [pscustomobject]@{ Id = $ids[2]; Name = 'three' } | Set-ByokKey
            """, ("ids", shell.Ids))).Succeeded();
        shell.AssertSent(ApiOperation.Update, """{"name":"one","disabled":true,"allowed_models":["a/b"]}""", """{"is_required":true}""", """{"name":"three"}""");
    }

    [Theory]
    [InlineData("Dissabled", "true", "Disabled")]
    [InlineData("is_fallback", "true", "IsFallback")]
    [InlineData("Alowed Models", "a/b", "AllowedModels")]
    public async Task An_unknown_column_is_refused_with_its_row_and_the_nearest_name(string column, string value, string nearest)
    {
        string message = await FailSecondOfFour(column, value);
        Assert.Contains(column[..6], message, StringComparison.Ordinal);
        Assert.Contains(nearest, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Disabled", "perhaps")]
    [InlineData("DeclaredZdr", "2")]
    [InlineData("AllowedApiKeyHashes", "abc")]
    [InlineData("AllowedModels", "\"a;b")]
    [InlineData("Key", "sk-plain-secret-in-a-file")]
    public async Task A_wrong_cell_fails_its_row_alone_and_names_row_and_column(string column, string value) =>
        Assert.Contains(column, await FailSecondOfFour(column, value), StringComparison.Ordinal);

    [Fact]
    public async Task A_name_that_is_too_long_is_refused_with_the_limit()
    {
        string message = await FailSecondOfFour("Name", new string('x', 256));
        Assert.Contains("Name", message, StringComparison.Ordinal);
        Assert.Contains("255", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("key-2")]
    [InlineData("")]
    public async Task A_row_without_a_real_id_fails_alone(string id) => Assert.Contains("Id", await FailSecondOfFour("Id", id), StringComparison.OrdinalIgnoreCase);

    [Fact]
    public async Task A_wrong_cell_shows_no_control_characters()
    {
        string message = await FailSecondOfFour("Disabled", "\u001b[2J");
        Assert.DoesNotContain('\u001b', message);
        Assert.Contains("Disabled", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Raw_keys_of_a_vault_go_to_their_own_rows_and_a_missing_one_fails_alone()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 20);
        CommandResult changed = await shell.InvokeAsync("""
            function Get-VaultSecret($name) { if ($name -ne $ids[3]) { ConvertTo-SecureString "sk-vault-$name" -AsPlainText -Force } }
            $ids | ForEach-Object { [pscustomobject]@{ Id = $_ } } | Select-Object Id, @{ Name = 'Key'; Expression = { Get-VaultSecret $_.Id } } | Set-ByokKey
            """, ("ids", shell.Ids));
        Assert.Equal(shell.Ids[3], changed.FailedOnceWith("ByokBadRequest").TargetObject);
        Assert.Equal(19, shell.Server.Requests.Count);
        Assert.All(shell.Store.Keys.Where(key => key.Id.ToString() != shell.Ids[3]), key => Assert.Equal($"sk-vault-{key.Id}", key.RawKey));
    }

    [Theory]
    [InlineData("KeyPath", "'Q:/key.json'", "ByokBadRequest")]
    [InlineData("KeyPath", "'Env:PATH'", "ByokBadRequest")]
    [InlineData("KeyPath", "'{\"private_key\":\"plain-secret\"}'", "ByokBadRequest")]
    [InlineData("KeyPath", "'/nowhere/at/all'", "ByokNotFound")]
    [InlineData("Key", "$gone", "ByokBadRequest")]
    [InlineData("Key", "[datetime]::Now", "ByokBadRequest")]
    public async Task A_raw_key_that_cannot_be_read_fails_its_row_alone(string column, string value, string errorId)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 3, keys: s_oneProvider);
        foreach (string command in new[] { "New-ByokKey", "Set-ByokKey" })
        {
            shell.Server.Requests.Clear();
            CommandResult changed = await shell.InvokeAsync($$"""
                $gone = ConvertTo-SecureString sk-gone-0123456789 -AsPlainText -Force
                $gone.Dispose()
                [pscustomobject]@{ Id = $ids[0]; Provider = 'openai'; Key = $key; KeyPath = '' },
                [pscustomobject]@{ Id = $ids[1]; Provider = 'openai'; {{column}} = {{value}} },
                [pscustomobject]@{ Id = $ids[2]; Provider = 'openai'; Key = $key; KeyPath = '' } | {{command}} | Out-Null
                """, ("ids", shell.Ids), ("key", HostedPowerShell.Secure("sk-some-key-0123456789")));
            ErrorRecord error = changed.FailedOnceWith(errorId);
            Assert.DoesNotContain("plain-secret", string.Join('\n', error, error.Exception, error.TargetObject, error.ErrorDetails), StringComparison.Ordinal);
            Assert.Equal(2, shell.Server.Requests.Count);
        }
    }

    [Fact]
    public async Task The_target_of_an_error_is_the_id_or_the_number_of_the_row()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        CommandResult changed = await shell.InvokeAsync("""
            [pscustomobject]@{ Id = $id; Disabled = 'perhaps' }, [pscustomobject]@{ Id = ''; Disabled = 'true' } | Set-ByokKey
            """, ("id", shell.Ids[0]));
        Assert.Equal([shell.Ids[0], "Row 2"], changed.Errors.Select(error => error.TargetObject));
    }

    private static async Task<string> FailSecondOfFour(string column, string value)
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 4);
        CommandResult changed = await shell.InvokeAsync("""
            $rows = $ids | ForEach-Object { [pscustomobject]@{ Id = $_; IsRequired = 'true' } }
            $rows[1] | Add-Member -NotePropertyName $column -NotePropertyValue $value -Force
            $rows | Set-ByokKey
            """, ("ids", shell.Ids), ("column", column), ("value", value));
        ErrorRecord error = changed.FailedOnceWith("ByokBadRequest");
        Assert.Contains("ow 2", error.Exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("plain-secret", string.Join('\n', error, error.Exception, error.TargetObject, error.ErrorDetails), StringComparison.Ordinal);
        shell.AssertSent(ApiOperation.Update, [.. Enumerable.Repeat("""{"is_required":true}""", 3)]);
        return error.Exception.Message;
    }
}

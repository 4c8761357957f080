using System.Reflection;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Core;

/// <summary>What requests contain.</summary>
public sealed class RequestTests
{
    private static readonly string[] s_oddKeys =
    [
        "sk-plain-0123456789", "quote\" back\\slash / end", "line\r\nbreak\ttab\0nul\u001f end", "ünïcödé → 日本語", "emoji 😀🔑", "</script>", "{\"json\": [1]}", "{\"json\": [1]}\r\n", "{not json}",
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_request_has_a_user_agent_and_the_management_key()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        string id = account.Server.Store.Keys[0].Id.ToString();
        using var secret = SandboxAccount.Secure("sk-abcdefghijkl");
        await account.Client.ListKeysAsync(cancellationToken: Stop).ToListAsync(Stop);
        await account.Client.ListWorkspacesAsync(cancellationToken: Stop).ToListAsync(Stop);
        await account.Client.GetKeyAsync(id, cancellationToken: Stop);
        await account.Client.CreateKeyAsync(new CreateByokKeyRequest { Provider = "openai", Key = secret }, cancellationToken: Stop);
        await account.Client.UpdateKeyAsync(id, new UpdateByokKeyRequest { Settings = new ByokKeySettings().Set(KeyFields.Disabled, true) }, cancellationToken: Stop);
        await account.Client.DeleteKeyAsync(id, cancellationToken: Stop);
        string version = typeof(ByokClient).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
        Assert.Equal(6, account.Server.Requests.Count);
        Assert.All(account.Server.Requests, request =>
        {
            Assert.Equal($"OpenRouter.Byok/{version}", request.Header("User-Agent"));
            Assert.Equal($"Bearer {account.Server.ManagementKey}", request.Header("Authorization"));
            Assert.Equal("application/json", request.Header("Accept"));
        });
        Assert.Equal(
            ["GET /api/v1/byok", "GET /api/v1/workspaces", $"GET /api/v1/byok/{id}", "POST /api/v1/byok", $"PATCH /api/v1/byok/{id}", $"DELETE /api/v1/byok/{id}"],
            account.Server.Requests.Select(request => $"{request.Method} {request.Path}"));
    }

    [Fact]
    public void The_version_is_a_release() => Assert.Matches(
        @"^\d+\.\d+\.\d+$",
        typeof(ByokClient).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]);

    [Fact]
    public async Task Attribution_and_extra_headers_are_sent()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        using var client = new ByokClient(new ByokConnection
        {
            BaseUri = account.Server.BaseUri,
            ApiKey = account.Connection.ApiKey,
            HttpReferer = "https://localhost/app",
            AppTitle = "An app",
            AppCategory = "cli-agent",
            ExtraHeaders = new Dictionary<string, string> { ["X-Team"] = "blue" },
        });
        await client.ListKeysAsync(cancellationToken: Stop).ToListAsync(Stop);
        ReceivedRequest request = account.Sent(ApiOperation.List);
        Assert.Equal(
            ("https://localhost/app", "An app", "cli-agent", "blue"),
            (request.Header("HTTP-Referer"), request.Header("X-OpenRouter-Title"), request.Header("X-OpenRouter-Categories"), request.Header("X-Team")));
    }

    [Fact]
    public async Task A_create_sends_only_what_was_given()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        using var secret = SandboxAccount.Secure("sk-abcdefghijkl");
        ByokKey created = await account.Client.CreateKeyAsync(new CreateByokKeyRequest { Provider = "not-listed-yet", Key = secret }, cancellationToken: Stop);
        Assert.Equal("""{"provider":"not-listed-yet","key":"sk-abcdefghijkl"}""", account.Sent(ApiOperation.Create).Body);
        Assert.Equal("not-listed-yet", created.Provider);
        Assert.Equal("sk-abcdefghijkl", account.Server.Store.RawKey(Guid.Parse(created.Id)));
    }

    [Fact]
    public async Task A_create_can_send_everything()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        string team = account.Server.Store.AddWorkspace("Team").Id.ToString();
        string hash = account.Server.Store.AddApiKey();
        using var secret = SandboxAccount.Secure("sk-abcdefghijkl");
        ByokKey created = await account.Client.CreateKeyAsync(
            new CreateByokKeyRequest
            {
                Provider = "openai",
                Key = secret,
                WorkspaceId = team,
                Settings = new ByokKeySettings()
                    .Set(KeyFields.Name, "n")
                    .Set(KeyFields.Disabled, true)
                    .Set(KeyFields.IsFallback, false)
                    .Set(KeyFields.IsRequired, true)
                    .Set(KeyFields.IsByokOnly, true)
                    .Set(KeyFields.DeclaredZdr, true)
                    .Set(KeyFields.AllowedModels, new AllowList(["a/b"]))
                    .Set(KeyFields.AllowedApiKeyHashes, new AllowList([hash]))
                    .Set(KeyFields.AllowedUserIds, new AllowList(["u"])),
            },
            cancellationToken: Stop);
        using JsonDocument body = JsonDocument.Parse(account.Sent(ApiOperation.Create).Body);
        Assert.Equal(
            ["provider", "workspace_id", "name", "disabled", "is_fallback", "is_required", "is_byok_only", "declared_zdr", "allowed_models", "allowed_api_key_hashes", "allowed_user_ids", "key"],
            body.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal(
            (team, "n", true, false, true, true, true, "a/b", hash, "u"),
            (created.WorkspaceId, created.Name, created.Disabled, created.IsFallback, created.IsRequired, created.IsByokOnly, created.DeclaredZdr,
                created.AllowedModels?.ToString(), created.AllowedApiKeyHashes?.ToString(), created.AllowedUserIds?.ToString()));
    }

    [Fact]
    public async Task A_field_that_is_left_out_is_unchanged_and_null_clears()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        string hash = account.Server.Store.AddApiKey();
        SandboxKey stored = account.Server.Store.Add("openai", "sk-abcdefghijkl", "name", key => key with
        {
            DeclaredZdr = true, AllowedModels = ["m"], AllowedApiKeyHashes = [hash], AllowedUserIds = ["u"],
        });
        string id = stored.Id.ToString();

        await account.Client.UpdateKeyAsync(id, new UpdateByokKeyRequest { Settings = new ByokKeySettings().Set(KeyFields.IsRequired, false) }, cancellationToken: Stop);
        Assert.Equal("""{"is_required":false}""", account.Server.Requests[^1].Body);
        Assert.Equal(("name", true, "m"), (account.Server.Store.Find(stored.Id)!.Name, account.Server.Store.Find(stored.Id)!.DeclaredZdr, account.Server.Store.Find(stored.Id)!.AllowedModels![0]));

        ByokKey cleared = await account.Client.UpdateKeyAsync(
            id,
            new UpdateByokKeyRequest
            {
                Settings = new ByokKeySettings()
                    .Set(KeyFields.Name, null)
                    .Set(KeyFields.DeclaredZdr, null)
                    .Set(KeyFields.AllowedModels, null)
                    .Set(KeyFields.AllowedApiKeyHashes, null)
                    .Set(KeyFields.AllowedUserIds, null),
            },
            cancellationToken: Stop);
        Assert.Equal(
            """{"name":null,"declared_zdr":null,"allowed_models":null,"allowed_api_key_hashes":null,"allowed_user_ids":null}""",
            account.Server.Requests[^1].Body);
        Assert.Equal((null, null, null, null, null), (cleared.Name, cleared.DeclaredZdr, cleared.AllowedModels, cleared.AllowedApiKeyHashes, cleared.AllowedUserIds));
    }

    [Fact]
    public async Task An_empty_list_is_refused_before_anything_is_sent()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        string id = account.Server.Store.Keys[0].Id.ToString();
        var empty = new AllowList([]);
        foreach (ByokKeySettings settings in new[]
        {
            new ByokKeySettings().Set(KeyFields.AllowedModels, empty),
            new ByokKeySettings().Set(KeyFields.AllowedApiKeyHashes, empty),
            new ByokKeySettings().Set(KeyFields.AllowedUserIds, empty),
        })
        {
            ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(
                () => account.Client.UpdateKeyAsync(id, new UpdateByokKeyRequest { Settings = settings }, cancellationToken: Stop));
            Assert.Equal(ByokErrorKind.BadRequest, error.Kind);
        }

        Assert.Empty(account.Server.Requests);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    [InlineData("11111111-2222-3333-4444-55555555555")]
    [InlineData("{11111111-2222-3333-4444-555555555555}")]
    [InlineData("../workspaces")]
    [InlineData("11111111-2222-3333-4444-555555555555?x=1")]
    public async Task Text_that_is_not_an_id_is_never_sent(string id)
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        var change = new UpdateByokKeyRequest { Settings = new ByokKeySettings().Set(KeyFields.Disabled, true) };
        foreach (Func<Task> attempt in new Func<Task>[]
        {
            () => account.Client.GetKeyAsync(id, cancellationToken: Stop),
            () => account.Client.UpdateKeyAsync(id, change, cancellationToken: Stop),
            () => account.Client.DeleteKeyAsync(id, cancellationToken: Stop),
            async () => await account.Client.ListKeysAsync(new ListByokKeysRequest { WorkspaceId = id }, cancellationToken: Stop).ToListAsync(Stop),
        })
        {
            Assert.Equal(ByokErrorKind.BadRequest, (await Assert.ThrowsAsync<ByokApiException>(attempt)).Kind);
        }

        Assert.Empty(account.Server.Requests);
    }

    [Fact]
    public async Task Impossible_settings_are_refused_before_anything_is_sent()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        string id = account.Server.Store.Keys[0].Id.ToString();
        foreach (ByokKeySettings settings in new[]
        {
            new ByokKeySettings(),
            new ByokKeySettings().Set(KeyFields.Name, new string('n', 256)),
            new ByokKeySettings().Set(KeyFields.IsFallback, true).Set(KeyFields.IsByokOnly, true),
            new ByokKeySettings().Set(KeyFields.AllowedModels, new AllowList(Enumerable.Repeat("m", 101))),
            new ByokKeySettings().Set(KeyFields.AllowedApiKeyHashes, new AllowList(["ABC"])),
        })
        {
            ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(
                () => account.Client.UpdateKeyAsync(id, new UpdateByokKeyRequest { Settings = settings }, cancellationToken: Stop));
            Assert.Equal(ByokErrorKind.BadRequest, error.Kind);
        }

        using var empty = SandboxAccount.Secure(string.Empty);
        await Assert.ThrowsAsync<ByokApiException>(() => account.Client.CreateKeyAsync(new CreateByokKeyRequest { Provider = "openai", Key = empty }, cancellationToken: Stop));
        Assert.Empty(account.Server.Requests);
    }

    [Fact]
    public async Task A_raw_key_arrives_as_it_is()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        Array.ForEach(s_oddKeys, key => Assert.True(Arrives(account, key, key)));

        // A lone surrogate is not valid text, and white space at an end is refused.
        static string Text(string any) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(any));
        Prop.ForAll<NonEmptyString, string>((key, name) => Arrives(account, $"k{Text(key.Get)}k", name is null ? null : Text(name))).QuickCheckThrowOnFailure();
    }

    private static bool Arrives(SandboxAccount account, string key, string? name)
    {
        SandboxKey stored = account.Server.Store.Keys[0];
        using var secret = SandboxAccount.Secure(key);
        account.Client.UpdateKeyAsync(
            stored.Id.ToString(),
            new UpdateByokKeyRequest { Key = secret, Settings = new ByokKeySettings().Set(KeyFields.Name, name) },
            cancellationToken: Stop).GetAwaiter().GetResult();
        using JsonDocument body = JsonDocument.Parse(account.Server.Requests[^1].Body);
        return account.Server.Store.RawKey(stored.Id) == key
            && body.RootElement.EnumerateObject().Count() == 2
            && body.RootElement.GetProperty("key").GetString() == key
            && body.RootElement.GetProperty("name").GetString() == name;
    }
}

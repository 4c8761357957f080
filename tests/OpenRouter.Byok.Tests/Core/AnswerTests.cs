using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Core;

/// <summary>What becomes of the fields of an answer.</summary>
public sealed class AnswerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_field_of_the_API_is_on_the_object()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        string hash = account.Server.Store.AddApiKey("sk-or-v1-somebody");
        SandboxKey stored = account.Server.Store.Add("azure", "sk-abcdefghijkl-mnop", "all of it", key => key with
        {
            Disabled = true,
            IsFallback = true,
            IsRequired = true,
            DeclaredZdr = false,
            AllowedModels = ["a/b", "c/d"],
            AllowedApiKeyHashes = [hash],
            AllowedUserIds = ["user;1"],
        });
        ByokKey key = await account.Client.GetKeyAsync(stored.Id.ToString(), cancellationToken: Stop);
        Assert.Equal(
            new ByokKey
            {
                Id = stored.Id.ToString(),
                Name = "all of it",
                Provider = "azure",
                Label = "sk-...mnop",
                Disabled = true,
                IsFallback = true,
                IsRequired = true,
                IsByokOnly = false,
                DeclaredZdr = false,
                AllowedModels = new AllowList(["a/b", "c/d"]),
                AllowedApiKeyHashes = new AllowList([hash]),
                AllowedUserIds = new AllowList(["user;1"]),
                SortOrder = 0,
                WorkspaceId = account.Server.Store.DefaultWorkspaceId.ToString(),
                CreatedAt = stored.CreatedAt.LocalDateTime,
            },
            key);
    }

    [Fact]
    public async Task Is_byok_only_and_a_true_declaration_are_read_too()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync();
        SandboxKey stored = account.Server.Store.Add("azure", "sk-abcdefghijkl", null, key => key with { IsByokOnly = true, DeclaredZdr = true, WorkspaceId = null });
        ByokKey key = await account.Client.GetKeyAsync(stored.Id.ToString(), cancellationToken: Stop);
        Assert.True(key.IsByokOnly);
        Assert.True(key.DeclaredZdr);
        Assert.Null(key.WorkspaceId);
        Assert.Null(key.Name);
    }

    [Fact]
    public async Task Fields_that_are_not_known_are_kept()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1);
        account.Server.Shape = ResponseShape.Faithful with
        {
            ExtraFields = new Dictionary<string, string>
            {
                ["text"] = "\"new\"",
                ["number"] = "7",
                ["fraction"] = "0.5",
                ["nothing"] = "null",
                ["list"] = "[1,\"two\",false]",
                ["object"] = """{"inner":{"deep":true}}""",
            },
        };
        ByokKey key = await account.Client.ListKeysAsync(cancellationToken: Stop).SingleAsync(Stop);
        IReadOnlyDictionary<string, object?> more = Assert.IsType<IReadOnlyDictionary<string, object?>>(key.AdditionalProperties, exactMatch: false);
        Assert.Equal("new", more["text"]);
        Assert.Equal(7L, more["number"]);
        Assert.Equal(0.5, more["fraction"]);
        Assert.Null(more["nothing"]);
        Assert.Equal(new object[] { 1L, "two", false }, Assert.IsType<object[]>(more["list"]));
        var inner = Assert.IsType<IReadOnlyDictionary<string, object?>>(Assert.IsType<IReadOnlyDictionary<string, object?>>(more["object"], exactMatch: false)["inner"], exactMatch: false);
        Assert.Equal(true, inner["deep"]);
    }

    [Fact]
    public async Task Fields_that_are_missing_are_no_error()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(3);
        account.Server.Shape = ResponseShape.Faithful with
        {
            LeftOutFields = new HashSet<string>
            {
                "name", "provider", "label", "disabled", "is_fallback", "is_required", "is_byok_only", "declared_zdr", "declared_region", "allowed_models",
                "allowed_api_key_hashes", "allowed_user_ids", "sort_order", "workspace_id", "created_at", "total_count",
            },
        };
        List<ByokKey> keys = await account.Client.ListKeysAsync(cancellationToken: Stop).ToListAsync(Stop);
        Assert.Equal(account.Server.Store.Keys.Select(key => new ByokKey { Id = key.Id.ToString() }), keys);
    }

    [Fact]
    public async Task Without_an_id_an_answer_is_none()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1, retries: 0);
        account.Server.Shape = ResponseShape.Faithful with { LeftOutFields = new HashSet<string> { "id" } };
        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(async () => await account.Client.ListKeysAsync(cancellationToken: Stop).ToListAsync(Stop));
        Assert.Equal(ByokErrorKind.BadResponse, error.Kind);
    }
}

using System.Text;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Core;

/// <summary>How the fields of a response are read.</summary>
public sealed class ResponseTests
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
                CreatedAt = stored.CreatedAt.ToLocalTime(),
            },
            key);
    }

    [Fact]
    public async Task Is_byok_only_and_a_declaration_that_is_true_are_read()
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
    public async Task Unknown_fields_are_kept()
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
    public async Task Missing_fields_are_no_error()
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
    public async Task A_response_without_an_id_is_a_bad_response()
    {
        await using SandboxAccount account = await SandboxAccount.StartAsync(1, retries: 0);
        account.Server.Shape = ResponseShape.Faithful with { LeftOutFields = new HashSet<string> { "id" } };
        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(async () => await account.Client.ListKeysAsync(cancellationToken: Stop).ToListAsync(Stop));
        Assert.Equal(ByokErrorKind.BadResponse, error.Kind);
    }

    [Theory]
    [InlineData("3000000000", 3_000_000_000)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808.0", long.MinValue)]
    [InlineData("1.0", 1)]
    [InlineData("-0.0", 0)]
    [InlineData("12e2", 1200)]
    public void A_whole_number_is_read_however_it_is_written(string json, long number)
    {
        Page<ByokKey> page = ReadPage($$"""{"data":[{"id":"1","sort_order":{{json}}},{"id":"2"}],"total_count":{{json}}}""");
        Assert.Equal([number, null], page.Items.Select(key => key.SortOrder));
        Assert.All(page.Items, key => Assert.Null(key.AdditionalProperties));
        Assert.Equal(number < 0 ? null : number, page.TotalCount);
    }

    [Theory]
    [InlineData("1e30", 1e30)]
    [InlineData("1.5", 1.5)]
    [InlineData("9223372036854775808", 9.2233720368547758E+18)]
    [InlineData("\"1\"", "1")]
    [InlineData("true", true)]
    public void A_number_that_cannot_be_read_is_kept_beside_the_properties_and_fails_no_listing(string json, object kept)
    {
        Page<ByokKey> page = ReadPage($$"""{"data":[{"id":"1","sort_order":{{json}}},{"id":"2","sort_order":2}],"total_count":{{json}}}""");
        Assert.Equal([null, 2L], page.Items.Select(key => key.SortOrder));
        Assert.Equal(kept, Assert.Single(page.Items[0].AdditionalProperties!).Value);
        Assert.Null(page.Items[1].AdditionalProperties);
        Assert.Null(page.TotalCount);
    }

    [Fact]
    public void A_number_beyond_all_bounds_fails_no_listing()
    {
        string digits = new('9', 5000);
        Page<ByokKey> page = ReadPage($$"""{"data":[{"id":"1","sort_order":1e999999},{"id":"2","sort_order":{{digits}}}],"total_count":1e999999}""");
        Assert.Equal(["1", "2"], page.Items.Select(key => key.Id));
        Assert.All(page.Items, key => Assert.Equal((null, "sort_order"), (key.SortOrder, Assert.Single(key.AdditionalProperties!).Key)));
        Assert.Null(page.TotalCount);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1]")]
    public void A_count_that_is_no_number_is_no_count(string json) =>
        Assert.Null(ReadPage($$"""{"data":[],"total_count":{{json}}}""").TotalCount);

    [Theory]
    [InlineData("2026-01-02T03:04:05Z")]
    [InlineData("2026-01-02T03:04:05.0000000+00:00")]
    [InlineData("2026-01-02T05:04:05+02:00")]
    [InlineData("2026-01-02T03:04:05")]
    [InlineData("2026-01-02 03:04:05")]
    [InlineData("Fri, 02 Jan 2026 03:04:05 GMT")]
    public void A_time_without_an_offset_is_in_utc(string text)
    {
        DateTimeOffset? created = Assert.Single(ReadPage($$"""{"data":[{"id":"1","created_at":"{{text}}"}]}""").Items).CreatedAt;
        var expected = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        Assert.Equal((expected, expected.ToLocalTime().Offset), (created, created!.Value.Offset));
    }

    [Theory]
    [InlineData("\"yesterday\"", "yesterday")]
    [InlineData("\"\"", "")]
    public void A_time_that_cannot_be_read_is_kept_beside_the_properties(string json, string kept)
    {
        ByokKey key = Assert.Single(ReadPage($$"""{"data":[{"id":"1","created_at":{{json}}}]}""").Items);
        Assert.Null(key.CreatedAt);
        Assert.Equal(kept, key.AdditionalProperties!["created_at"]);
    }

    /// <summary>A guess could show a disabled key as enabled, or a restricted key as unrestricted.</summary>
    [Theory]
    [InlineData("disabled", "\"yes\"")]
    [InlineData("disabled", "1")]
    [InlineData("declared_zdr", "0")]
    [InlineData("allowed_models", "\"a/b\"")]
    [InlineData("allowed_models", "[null]")]
    [InlineData("name", "7")]
    public void A_setting_of_another_kind_is_a_bad_response(string field, string json) =>
        Assert.Throws<System.Text.Json.JsonException>(() => ReadPage($$"""{"data":[{"id":"1","{{field}}":{{json}}}]}"""));

    [Fact]
    public void Every_field_of_a_workspace_is_read()
    {
        const string page = """
            {"data":[{"id":"w","name":"n","slug":"s","description":"d","default_text_model":"t","default_image_model":"i","default_provider_sort":"p","default_guardrail_id":"g",
             "include_byok_in_budgets":true,"is_data_discount_logging_enabled":false,"is_observability_broadcast_enabled":true,"is_observability_io_logging_enabled":false,
             "io_logging_sampling_rate":0.25,"io_logging_api_key_ids":[1,3000000000],"disabled_server_tools":["web"],"created_by":"c","created_at":"2026-01-02T03:04:05Z",
             "updated_at":"2026-02-02T03:04:05Z","new":1}]}
            """;
        ByokWorkspace workspace = Assert.Single(ResponseReader.Read(Encoding.UTF8.GetBytes(page), ResponseReader.ToWorkspacePage).Items);
        Assert.Equal(("w", "n", "s", "d", "t", "i", "p", "g"), (workspace.Id, workspace.Name, workspace.Slug, workspace.Description, workspace.DefaultTextModel, workspace.DefaultImageModel, workspace.DefaultProviderSort, workspace.DefaultGuardrailId));
        Assert.Equal(
            (true, false, true, false, 0.25, "c"),
            (workspace.IncludeByokInBudgets, workspace.IsDataDiscountLoggingEnabled, workspace.IsObservabilityBroadcastEnabled, workspace.IsObservabilityIoLoggingEnabled, workspace.IoLoggingSamplingRate, workspace.CreatedBy));
        Assert.Equal([1, 3_000_000_000], workspace.IoLoggingApiKeyIds!);
        Assert.Equal(["web"], workspace.DisabledServerTools!);
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), workspace.CreatedAt);
        Assert.Equal(new DateTime(2026, 2, 2, 3, 4, 5, DateTimeKind.Utc).ToLocalTime(), workspace.UpdatedAt);
        Assert.Equal(["new"], workspace.AdditionalProperties!.Keys);
    }

    private static Page<ByokKey> ReadPage(string json) => ResponseReader.Read(Encoding.UTF8.GetBytes(json), ResponseReader.ToKeyPage);
}

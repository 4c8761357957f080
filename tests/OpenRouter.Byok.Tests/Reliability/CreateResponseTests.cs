using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>A response with another key than the requested one belongs to another request: the outcome of the create is unknown.</summary>
public sealed class CreateResponseTests
{
    [Fact]
    public async Task A_response_that_shows_another_key_is_not_taken_and_the_right_key_is_found()
    {
        await using Account account = await Account.OpenAsync(faults: "Create:WrongIdx1");
        account.Store.Add("openai", "sk-another-9876543210", "another");

        ByokKey created = await account.CreateAsync();

        SandboxKey stored = account.Store.Keys.Single(key => key.Name == "one");
        Assert.Equal(stored.Id.ToString(), created.Id);
        Assert.Single(account.Server.Requests.Of(ApiOperation.Create));
        Assert.Single(account.Warnings);
    }

    [Theory]
    [InlineData("provider", "\"groq\"")]
    [InlineData("name", "\"two\"")]
    [InlineData("label", "\"sk-...9999\"")]
    [InlineData("workspace_id", "\"00000000-0000-4000-8000-000000000000\"")]
    public async Task A_response_with_another_value_in_a_field_that_was_asked_for_is_not_taken(string field, string value)
    {
        await using Account account = await Account.OpenAsync(faults: $"Create:FieldValue({field},'{value}')x1");
        CreateByokKeyRequest request = Account.NewKey("one") with { WorkspaceId = account.Store.DefaultWorkspaceId.ToString() };

        ByokKey created = await account.Client.CreateKeyAsync(request, account, TestContext.Current.CancellationToken);

        Assert.Equal(("openai", "one"), (created.Provider, created.Name));
        Assert.Equal(Assert.Single(account.Store.Keys).Id.ToString(), created.Id);
        Assert.Single(account.Server.Requests.Of(ApiOperation.Create));
        Assert.NotEmpty(account.Server.Requests.Of(ApiOperation.List));
        Assert.Single(account.Warnings);
    }

    [Theory]
    [InlineData("name")]
    [InlineData("provider")]
    [InlineData("label")]
    [InlineData("workspace_id")]
    public async Task A_response_without_a_field_is_taken(string field)
    {
        await using Account account = await Account.OpenAsync(faults: $"Create:WithoutField({field})");

        ByokKey created = await account.CreateAsync();

        Assert.Equal(Assert.Single(account.Store.Keys).Id.ToString(), created.Id);
        Assert.Empty(account.Server.Requests.Of(ApiOperation.List));
    }

    [Fact]
    public async Task A_name_that_the_server_stores_in_another_form_of_the_same_Unicode_text_is_the_same_name()
    {
        await using Account account = await Account.OpenAsync(faults: "Create:FieldValue(name,'\"Caf\u00e9\"')");

        ByokKey created = await account.CreateAsync("Cafe\u0301");

        Assert.Equal(Assert.Single(account.Store.Keys).Id.ToString(), created.Id);
        Assert.Empty(account.Server.Requests.Of(ApiOperation.List));
    }

    [Fact]
    public async Task A_response_that_is_sent_twice_is_never_taken_for_the_next_create()
    {
        await using Account account = await Account.OpenAsync(faults: "Create:DuplicatedResponsex1");
        var created = new List<string>();
        for (int number = 0; number < 5; number++)
        {
            created.Add((await account.CreateAsync("same")).Id);
        }

        Assert.Equal(account.Store.Keys.Select(key => key.Id.ToString()).Order(), created.Order());
        Assert.Equal(5, account.Server.Requests.Of(ApiOperation.Create).Count);
        Assert.Contains(created[0], Assert.Single(account.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_response_that_is_sent_twice_and_reaches_a_listing_does_not_harm_the_next_create()
    {
        await using Account account = await Account.OpenAsync(faults: "Create:DuplicatedResponsex1");
        ByokKey first = await account.CreateAsync("first");

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(
            async () => await account.Client.ListKeysAsync(cancellationToken: TestContext.Current.CancellationToken).CountAsync(TestContext.Current.CancellationToken));
        ByokKey second = await account.CreateAsync("second");

        Assert.Equal(ByokErrorKind.BadResponse, error.Kind);
        Assert.Equal([first.Id, second.Id], account.Store.Keys.Select(key => key.Id.ToString()));
        Assert.Empty(account.Warnings);
    }
}

using System.Text.Json;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Security;

/// <summary>No output of the core contains a secret, whatever happens and whatever a server sends.</summary>
public sealed class CanaryTests
{
    private static readonly string[] Echoes =
    [
        "Status(400)", "Status(401)", "Status(404)", "Status(429)", "Status(500)", "StatusAfterCommit(502)", "Redirect('/elsewhere',307)",
        "HtmlPage(200)", "HtmlPage(502)", "BrokenJson()", "WrongJson()", "TruncatedBody()", "ResetAfterCommit()", "EmptyBody()", "HtmlAsJson()",
    ];

    public static TheoryData<string> EchoingFaults => [.. Echoes];

    [Theory]
    [MemberData(nameof(EchoingFaults))]
    public async Task A_server_that_echoes_the_request_in_its_errors_shows_no_secret(string fault)
    {
        string key = Secrets.NewKey();
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions
        {
            SeedCount = 1,
            Shape = new ResponseShape { EchoRequest = true },
        });
        string id = server.Store.Keys[0].Id.ToString();
        using var client = new ByokClient(Connect(server), new ShortPauses());
        var trace = new RecordingTrace();
        var out_ = new List<object?>();
        server.Faults.Add($"*:{fault}");

        out_.Add(await OutcomeOf(() => client.UpdateKeyAsync(id, Rotation(key), trace)));
        out_.Add(await OutcomeOf(() => client.CreateKeyAsync(Creation(key), trace)));
        out_.Add(await OutcomeOf(() => client.GetKeyAsync(id, trace)));
        out_.Add(await OutcomeOf(async () => await client.ListKeysAsync(null, trace).ToListAsync()));

        AssertNothingShown(out_, trace, key, server.ManagementKey);
    }

    /// <summary>Only the text of errors is redacted. The data of a key is returned as the server has it.</summary>
    [Fact]
    public async Task The_data_of_a_key_is_unchanged_even_if_a_secret_contains_the_same_text()
    {
        await using SandboxServer server = await SandboxServer.StartAsync();
        string id = Guid.NewGuid().ToString();
        string document = $$$"""{"project_id":"contoso-production","private_key":"sk-new-{{{id}}}","client_email":"a@b","model":"openai/gpt-4o","more":"{{{server.ManagementKey}}} 2026-01-02T03:04:05Z"}""";
        string data = $$$$"""
            {"data":{"id":"{{{{id}}}}","name":"contoso-production","provider":"project_id","label":"sk-new-{{{{id}}}}","workspace_id":"{{{{id}}}}","created_at":"2026-01-02T03:04:05Z",
             "allowed_models":["openai/gpt-4o"],"allowed_user_ids":["{{{{server.ManagementKey}}}}"],"private_key":{"client_email":["contoso-production"]}}}
            """;
        server.Faults.Add(Faults.Status(200, null, data));
        using var client = new ByokClient(Connect(server));

        ByokKey key = await client.UpdateKeyAsync(id, Rotation(document), null, TestContext.Current.CancellationToken);

        Assert.Equal((id, "contoso-production", "project_id", $"sk-new-{id}", id), (key.Id, key.Name, key.Provider, key.Label, key.WorkspaceId));
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), key.CreatedAt);
        Assert.Equal(["openai/gpt-4o"], key.AllowedModels!);
        Assert.Equal([server.ManagementKey], key.AllowedUserIds!);
        Assert.Equal("""{"client_email":["contoso-production"]}""", JsonSerializer.Serialize(key.AdditionalProperties!["private_key"]));
    }

    [Fact]
    public async Task The_masked_label_stays_readable()
    {
        string key = Secrets.NewKey();
        await using SandboxServer server = await SandboxServer.StartAsync();
        using var client = new ByokClient(Connect(server));

        ByokKey created = await client.CreateKeyAsync(Creation(key), null, TestContext.Current.CancellationToken);

        Assert.Equal(KeyLabel.Mask(key), created.Label);
    }

    /// <summary>A key document often contains the project's name, and the key often has the same name.</summary>
    [Fact]
    public async Task A_created_key_with_a_name_from_its_document_is_found_after_a_lost_response()
    {
        const string document = """{"project_id":"contoso-production","private_key":"-----BEGIN","client_email":"a@b","model":"openai/gpt-4o"}""";
        await using SandboxServer server = await SandboxServer.StartAsync();
        server.Faults.Add("Create:StatusAfterCommit(502)x1");
        using var client = new ByokClient(Connect(server));
        ByokKeySettings settings = new ByokKeySettings().Set(KeyFields.Name, "contoso-production").Set(KeyFields.AllowedModels, new AllowList(["openai/gpt-4o"]));

        ByokKey created = await client.CreateKeyAsync(
            new CreateByokKeyRequest { Provider = "google-vertex", Key = Secrets.Secure(document), Settings = settings }, null, TestContext.Current.CancellationToken);

        Assert.Equal("contoso-production", created.Name);
        Assert.Equal(["openai/gpt-4o"], created.AllowedModels!);
        Assert.Single(server.Store.Keys);
    }

    [Fact]
    public async Task Stopping_in_the_middle_shows_no_secret()
    {
        string key = Secrets.NewKey();
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 1 });
        server.Faults.Add("Update:Hang()");
        using var client = new ByokClient(Connect(server));
        var trace = new RecordingTrace();
        using var stop = new CancellationTokenSource();
        server.OnRequest = _ => stop.CancelAsync();

        object? outcome = await OutcomeOf(() => client.UpdateKeyAsync(server.Store.Keys[0].Id.ToString(), Rotation(key), trace, stop.Token));

        Exception stopped = Assert.IsAssignableFrom<OperationCanceledException>(outcome);
        AssertNothingShown([stopped.ToString()], trace, key, server.ManagementKey);
    }

    [Fact]
    public async Task No_server_at_all_shows_no_secret()
    {
        string key = Secrets.NewKey();
        string management = Secrets.NewKey();
        var trace = new RecordingTrace();
        using var client = new ByokClient(new ByokConnection
        {
            BaseUri = new Uri("http://127.0.0.1:1/api/v1"), ApiKey = Secrets.Secure(management), RetryIntervalSec = 0.01, MaximumRetryCount = 1,
        });

        object? outcome = await OutcomeOf(() => client.CreateKeyAsync(Creation(key), trace));

        Assert.Equal(ByokErrorKind.ConnectionFailed, Assert.IsType<ByokApiException>(outcome).Kind);
        AssertNothingShown([outcome], trace, key, management);
    }

    [Fact]
    public void A_connection_shows_no_secret_in_any_public_member()
    {
        string management = Secrets.NewKey();
        var connection = new ByokConnection
        {
            ApiKey = Secrets.Secure(management),
            ExtraHeaders = new Dictionary<string, string> { ["X-Gateway"] = management },
            ProxyCredential = new System.Net.NetworkCredential("user", management),
        };

        Secrets.AssertAbsent(
            [connection.ToString(), JsonSerializer.Serialize(connection), .. typeof(ByokConnection).GetProperties().SelectMany(property => Secrets.TextsIn(property.GetValue(connection)))],
            management);
    }

    /// <summary>A key given as an id is a mistake; the message must not repeat it.</summary>
    [Fact]
    public async Task A_key_given_as_an_id_is_not_repeated()
    {
        string key = Secrets.NewKey();
        await using SandboxServer server = await SandboxServer.StartAsync();
        using var client = new ByokClient(Connect(server));
        var trace = new RecordingTrace();

        object? outcome = await OutcomeOf(() => client.GetKeyAsync(key, trace));

        AssertNothingShown([outcome], trace, key);
    }

    private static ByokConnection Connect(SandboxServer server) => new()
    {
        BaseUri = server.BaseUri, ApiKey = Secrets.Secure(server.ManagementKey), RetryIntervalSec = 0.001, MaximumRetryCount = 1, TimeoutSec = 20,
    };

    private static UpdateByokKeyRequest Rotation(string key) => new() { Key = Secrets.Secure(key) };

    private static CreateByokKeyRequest Creation(string key) => new() { Provider = "openai", Key = Secrets.Secure(key) };

    private static async Task<object?> OutcomeOf<T>(Func<Task<T>> operation)
    {
        try
        {
            return await operation();
        }
        catch (Exception failure) when (failure is ByokApiException or OperationCanceledException)
        {
            return failure;
        }
    }

    private static void AssertNothingShown(IReadOnlyList<object?> out_, RecordingTrace trace, params string[] secrets) =>
        Secrets.AssertAbsent([.. Secrets.TextsIn(out_), .. out_.OfType<Exception>().Select(failure => failure.ToString()), .. trace.Said], secrets);
}

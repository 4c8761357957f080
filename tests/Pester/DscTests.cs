using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Cmdlets.Hosting;

namespace OpenRouter.Byok.Tests.Pester;

/// <summary>The DSC resource for keys, its commands called as <c>dsc</c> calls them.</summary>
public sealed partial class DscTests(DscHost host) : IClassFixture<DscHost>, IAsyncLifetime
{
    private const string RawKey = "sk-canary-of-the-dsc-resource-0123456789";

    private SandboxServer _server = null!;
    private DscResource _resource = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await SandboxServer.StartAsync();
        _resource = new DscResource(_server, host);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public void The_manifest_has_what_DSC_requires()
    {
        JsonObject manifest = DscResource.Manifest;
        Assert.Equal("https://aka.ms/dsc/schemas/v3/bundled/resource/manifest.json", (string?)manifest["$schema"]);
        Assert.Matches(@"^\w+(\.\w+){0,2}/\w+$", (string)manifest["type"]!);
        Assert.All(manifest["tags"]!.AsArray(), tag => Assert.Matches(@"^\w+$", (string)tag!));
        string version = Regex.Match(File.ReadAllText(Path.Combine(BuiltPaths.Module, "OpenRouter.Byok.psd1")), @"ModuleVersion\s*=\s*'([^']+)'").Groups[1].Value;
        Assert.Equal(version, (string?)manifest["version"]);

        // DSC 3.0 refuses a manifest with a member that it does not know.
        Assert.Equal(["$schema", "type", "version", "description", "tags", "get", "set", "test", "export", "exitCodes", "schema"], manifest.Select(member => member.Key));
        Assert.Equal(["0", "1", "2", "3", "4"], manifest["exitCodes"]!.AsObject().Select(code => code.Key));

        JsonObject schema = manifest["schema"]!["embedded"]!.AsObject();
        Assert.Equal(("https://json-schema.org/draft/2020-12/schema", "object"), ((string?)schema["$schema"], (string?)schema["type"]));
        foreach (string property in new[] { "_exist", "_inDesiredState" })
        {
            // DSC resolves no reference over the network.
            string reference = (string)schema["properties"]![property]!["$ref"]!;
            Assert.Equal(reference, (string?)schema["$defs"]![reference]!["$id"]);
        }
    }

    [Fact]
    public async Task Get_returns_a_key_by_name_or_id_and_says_of_a_missing_one_that_it_does_not_exist()
    {
        SandboxWorkspace team = _server.Store.AddWorkspace("Team");
        SandboxKey key = _server.Store.Add("openai", RawKey, "2026-01-02T03:04:05Z", stored => stored with { WorkspaceId = team.Id, AllowedModels = ["a;b"], DeclaredZdr = true });
        _server.Store.Add("openai", RawKey, "2026-01-02T03:04:05Z");

        JsonObject state = await _resource.GetAsync("""{"provider":"openai","name":"2026-01-02T03:04:05Z","workspaceId":"Team"}""");

        Assert.Equal(key.Id.ToString(), (string?)state["id"]);
        Assert.Equal(team.Id.ToString(), (string?)state["workspaceId"]);
        Assert.EndsWith("Z", (string)state["createdAt"]!, StringComparison.Ordinal);
        Assert.Equal(key.CreatedAt, DateTimeOffset.Parse((string)state["createdAt"]!, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal("""["a;b"]""", state["allowedModels"]!.ToJsonString());
        Assert.True((bool)state["_exist"]!);
        Assert.True((bool)state["declaredZdr"]!);
        Assert.Null(state["declaredRegion"]);
        Assert.Equal(state.ToJsonString(), (await _resource.GetAsync($$"""{"id":"{{key.Id}}"}""")).ToJsonString());

        Assert.Equal("""{"provider":"groq","name":"none","_exist":false}""", (await _resource.GetAsync("""{"provider":"groq","name":"none"}""")).ToJsonString());
        Assert.False((bool)(await _resource.GetAsync($$"""{"id":"{{Guid.NewGuid()}}"}"""))["_exist"]!);
    }

    [Fact]
    public async Task Test_names_the_properties_that_are_not_as_desired()
    {
        SandboxKey key = _server.Store.Add("openai", RawKey, "one", stored => stored with { AllowedModels = ["a;b", "c"], DeclaredZdr = true });

        await AssertStateAsync([], """{"provider":"OpenAI","name":"one","disabled":false,"allowedModels":["a;b","c"],"declaredRegion":null}""");
        await AssertStateAsync(["disabled", "declaredZdr", "allowedModels"], """{"provider":"openai","name":"one","disabled":true,"isRequired":false,"declaredZdr":null,"allowedModels":["a;b"]}""");
        await AssertStateAsync(["name"], $$"""{"id":"{{key.Id}}","name":"two"}""");
        await AssertStateAsync([], $$$"""{"provider":"openai","name":"one","key":{"secureString":"{{{RawKey}}}"}}""");
        await AssertStateAsync(["key"], """{"provider":"openai","name":"one","key":{"secureString":"sk-another-raw-key"}}""");
        await AssertStateAsync(["_exist"], """{"provider":"openai","name":"two"}""");
        await AssertStateAsync(["_exist"], """{"provider":"openai","name":"one","_exist":false}""");
        await AssertStateAsync([], """{"provider":"openai","name":"two","_exist":false}""");
        Assert.DoesNotContain(_server.Requests, request => request.Operation is not (ApiOperation.List or ApiOperation.Get));
    }

    [Fact]
    public async Task Set_creates_changes_and_rotates_a_key_and_a_second_run_sets_nothing()
    {
        string desired = $$$"""{"provider":"mistral","name":"caf\u00e9","isRequired":true,"key":{"secureString":"{{{RawKey}}}"}}""";
        Assert.True(await _resource.EnforceAsync(desired));
        SandboxKey created = Assert.Single(_server.Store.Keys);
        Assert.Equal(("café", true, RawKey), (created.Name, created.IsRequired, created.RawKey));
        Assert.False(await _resource.EnforceAsync(desired));

        _server.Requests.Clear();
        JsonObject changed = await _resource.SetAsync($$$"""{"id":"{{{created.Id}}}","name":"renamed","disabled":true,"key":{"secureString":"{{{RawKey}}}"}}""");
        Assert.Equal(("renamed", true), ((string?)changed["name"], (bool)changed["disabled"]!));
        Assert.Equal("""{"name":"renamed","disabled":true}""", Assert.Single(_server.Requests.Of(ApiOperation.Update)).Body);

        await _resource.SetAsync($$$"""{"id":"{{{created.Id}}}","key":{"secureString":"sk-another-raw-key"}}""");
        Assert.Equal("sk-another-raw-key", _server.Store.RawKey(created.Id));
    }

    [Fact]
    public async Task Set_removes_a_key_that_must_not_exist()
    {
        SandboxKey key = _server.Store.Add("openai", RawKey, "one");
        SandboxKey other = _server.Store.Add("openai", RawKey, "two");
        const string Desired = """{"provider":"openai","name":"one","_exist":false}""";

        Assert.Equal(Desired, (await _resource.SetAsync(Desired)).ToJsonString());
        Assert.Equal([other.Id], _server.Store.Keys.Select(left => left.Id));
        Assert.Equal(Desired, (await _resource.SetAsync(Desired)).ToJsonString());
        Assert.Equal(key.Id.ToString(), Assert.Single(_server.Requests.Of(ApiOperation.Delete)).Id);
        Assert.Equal("true", (string?)DscResource.Manifest["set"]!["handlesExist"]!.ToJsonString());
    }

    [Fact]
    public async Task Export_returns_the_keys_of_every_workspace_once_and_each_is_as_it_says()
    {
        SandboxWorkspace team = _server.Store.AddWorkspace("Team");
        _server.Store.Seed(5, new SeedOptions { GlobalEvery = 2, NamelessEvery = 4, WorkspaceIds = [team.Id, _server.Store.DefaultWorkspaceId] });

        IReadOnlyList<JsonNode> all = await _resource.ExportAsync();

        Assert.Equal(_server.Store.Keys.Select(key => key.Id.ToString()).Order(StringComparer.Ordinal), all.Select(key => (string)key["id"]!).Order(StringComparer.Ordinal));
        Assert.True((await _resource.TestAsync(all[0].ToJsonString())).IsInDesiredState);
        Assert.Equal(
            _server.Store.Keys.Where(key => key.Provider == "openai").Select(key => key.Id.ToString()),
            (await _resource.ExportAsync("""{"provider":"openai"}""")).Select(key => (string)key["id"]!));
    }

    [Fact]
    public async Task A_raw_key_comes_from_a_file_or_a_vault_and_shows_nowhere()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("key.txt", RawKey + "\n");
        Directory.CreateDirectory(folder.File("Microsoft.PowerShell.SecretManagement"));
        folder.Write(
            "Microsoft.PowerShell.SecretManagement/Microsoft.PowerShell.SecretManagement.psm1",
            "function Get-Secret { [CmdletBinding()] param([string] $Name, [string] $Vault) if ($Name -ne 'known') { throw \"No secret $Name.\" }; [pscredential]::new('x', (ConvertTo-SecureString \"vault-$Vault-canary-0123456789\" -AsPlainText -Force)) }");
        _resource.Environment["PSModulePath"] = folder.Path;
        _resource.Environment["DSC_TRACE_LEVEL"] = "trace";
        _server.Shape = new ResponseShape { EchoRequest = true };
        DscRun[] runs =
        [
            await _resource.RunAsync("set", new JsonObject { ["provider"] = "groq", ["name"] = "file", ["keyPath"] = file }.ToJsonString()),
            await _resource.RunAsync("test", new JsonObject { ["provider"] = "groq", ["name"] = "file", ["keyPath"] = file }.ToJsonString()),
            await _resource.RunAsync("set", """{"provider":"groq","name":"vault","secret":"known","vault":"Team"}"""),
            await _resource.RunAsync("set", """{"provider":"groq","name":"vault","secret":"unknown"}"""),
            await _resource.RunAsync("set", $$"""{"provider":"groq","name":"plain","key":"{{RawKey}}"}"""),
            await _resource.RunAsync("set", $$$"""{"provider":"groq","name":"quoted","key":{"secureString":"'{{{RawKey}}}'"}}"""),
            await _resource.RunAsync("set", $"{{\"key\":{RawKey}}}"),
            await FailAsync("Create", "Status(400)"),
            await FailAsync("Create", "Status(409)"),
        ];

        Assert.Equal([0, 0, 0, 2, 2, 2, 2, 2, 4], runs.Select(run => run.ExitCode));
        Assert.Equal([RawKey, "vault-Team-canary-0123456789"], _server.Store.Keys.Take(2).Select(key => key.RawKey));
        Assert.NotEmpty(runs[0].Messages("debug"));
        Assert.All(runs, run => Assert.DoesNotContain("canary", run.Output + run.Errors, StringComparison.Ordinal));
        Assert.All(runs, run => Assert.DoesNotContain(_server.ManagementKey[9..], run.Output + run.Errors, StringComparison.Ordinal));
        Assert.DoesNotContain("canary", string.Concat((await _resource.ExportAsync()).Select(key => key.ToJsonString())), StringComparison.Ordinal);

        async Task<DscRun> FailAsync(string operation, string fault)
        {
            _server.Faults.Add($"{operation}:{fault}x1");
            return await _resource.RunAsync("set", $$$"""{"provider":"groq","name":"{{{fault[..5]}}}","key":{"secureString":"{{{RawKey}}}"}}""");
        }
    }

    [Theory]
    [InlineData("get", "", "Give id, or provider and name.")]
    [InlineData("set", "{", "not a JSON object")]
    [InlineData("get", """{"id":"key-1"}""", "key-1")]
    [InlineData("test", """{"provider":"openai","name":"one","dissabled":true}""", "Did you mean Disabled?")]
    [InlineData("set", """{"provider":"openai","name":"one","allowedModels":[]}""", "the list is empty")]
    [InlineData("set", """{"provider":"openai","name":"one","allowedModels":[1]}""", "each entry of the list must be text")]
    [InlineData("set", """{"provider":"openai","name":"missing"}""", "no raw key to create it with")]
    [InlineData("set", """{"provider":"openai","name":"one","workspaceId":"nowhere"}""", "nowhere")]
    public async Task Input_that_cannot_be_used_is_refused_with_a_message(string operation, string input, string problem)
    {
        _server.Store.Add("openai", RawKey, "one");

        Assert.Contains(problem, (await _resource.RunAsync(operation, input)).FailedWith(2), StringComparison.Ordinal);
        Assert.DoesNotContain(_server.Requests, request => request.Operation is ApiOperation.Create or ApiOperation.Update or ApiOperation.Delete);
    }

    [Fact]
    public async Task A_management_key_that_is_missing_or_refused_and_a_server_that_is_not_there_have_their_exit_codes()
    {
        _resource = new DscResource(_server, host: null);
        _resource.Environment["OPENROUTER_MANAGEMENT_KEY"] = "sk-or-v1-wrong";
        Assert.Contains("401", (await _resource.RunAsync("export", null)).FailedWith(3), StringComparison.Ordinal);

        _resource.Environment["OPENROUTER_MANAGEMENT_KEY"] = null;
        Assert.Contains("No management key was given", (await _resource.RunAsync("get", """{"id":"a"}""")).FailedWith(3), StringComparison.Ordinal);

        _server.Faults.Add("*:Status(403)");
        _resource.Environment["OPENROUTER_MANAGEMENT_KEY"] = _server.ManagementKey;
        (await _resource.RunAsync("export", null)).FailedWith(3);

        _server.Faults.Clear();
        _server.Faults.Add("*:HtmlPage(200)");
        (await _resource.RunAsync("export", null)).FailedWith(4);
    }

    [Fact]
    public async Task Input_is_UTF8_whatever_the_console_uses()
    {
        _resource = new DscResource(_server, host: null);
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The code page of a console there is not that of an environment variable.");
        _resource.Environment["LC_ALL"] = "en_US.ISO-8859-1";
        _server.Store.Add("openai", RawKey, "naïve – 鍵");

        JsonObject state = await _resource.GetAsync("""{"provider":"openai","name":"naïve – 鍵"}""");

        Assert.True((bool)state["_exist"]!);
        Assert.Equal("naïve – 鍵", (string?)state["name"]);
    }

    /// <summary>The document of the page about DSC, its parameters replaced as <c>dsc</c> does.</summary>
    [Fact]
    public async Task The_document_of_the_page_brings_the_account_to_the_state_that_it_describes()
    {
        _resource = new DscResource(_server, host: null);
        _server.Store.Add("openai", "sk-old-0000000001", "production", key => key with { AllowedModels = ["a/b"] });
        _server.Store.Add("groq", "sk-old-0000000001", "trial");
        JsonObject document = JsonNode.Parse(JsonBlock().Match(await File.ReadAllTextAsync(Path.Combine(BuiltPaths.Of("Docs"), "dsc.md"), TestContext.Current.CancellationToken)).Groups[1].Value)!.AsObject();
        Assert.Equal("https://aka.ms/dsc/schemas/v3/bundled/config/document.json", (string?)document["$schema"]);
        Assert.Equal("secureString", (string?)document["parameters"]!["productionKey"]!["type"]);
        string[] instances = [.. document["resources"]!.AsArray().Select(resource =>
        {
            Assert.Equal((string?)DscResource.Manifest["type"], (string?)resource!["type"]);
            return resource["properties"]!.ToJsonString().Replace("\"[parameters(\\u0027productionKey\\u0027)]\"", $$"""{"secureString":"{{RawKey}}"}""", StringComparison.Ordinal);
        })];

        foreach (string instance in instances)
        {
            Assert.True(await _resource.EnforceAsync(instance), instance);
        }

        SandboxKey production = Assert.Single(_server.Store.Keys);
        Assert.Equal(("production", true, RawKey, null), (production.Name, production.IsRequired, production.RawKey, production.AllowedModels));
        Assert.All(await Task.WhenAll(instances.Select(_resource.TestAsync)), test => Assert.True(test.IsInDesiredState));
    }

    /// <summary>Tests an instance: with no differing property it is as desired.</summary>
    private async Task AssertStateAsync(string[] differing, string input)
    {
        (bool isInDesiredState, string[] actual) = await _resource.TestAsync(input);
        Assert.Equal(differing, actual);
        Assert.Equal(differing.Length == 0, isInDesiredState);
    }

    [GeneratedRegex("(?s)```json\n(.*?)```")]
    private static partial Regex JsonBlock();
}

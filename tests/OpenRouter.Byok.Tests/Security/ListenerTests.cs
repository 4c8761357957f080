using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Net.Http.Headers;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Security;

/// <summary>A listener to the diagnostics of .NET in the same process receives no management key of this module.</summary>
[Collection(nameof(ListenerTests))]
[CollectionDefinition(nameof(ListenerTests), DisableParallelization = true)]
public sealed class ListenerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_diagnostic_listener_receives_a_request()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 1 });
        var seen = new ConcurrentQueue<HttpRequestMessage>();
        using IDisposable subscription = DiagnosticListener.AllListeners.Subscribe(new Observer<DiagnosticListener>(listener =>
        {
            if (listener.Name == "HttpHandlerDiagnosticListener")
            {
                listener.Subscribe(new Observer<KeyValuePair<string, object?>>(message =>
                {
                    if (message.Value?.GetType().GetProperty("Request")?.GetValue(message.Value) is HttpRequestMessage request && request.RequestUri?.Port == server.BaseUri.Port)
                    {
                        seen.Enqueue(request);
                    }
                }));
            }
        }));

        await UseAsync(server);
        Assert.Empty(seen);

        // What the same listener receives from an ordinary client.
        await UseAsync(server, new HttpClient());
        Assert.Contains(seen, request => request.Headers.Authorization?.Parameter == server.ManagementKey);
    }

    [Fact]
    public async Task No_activity_is_created_for_a_request_or_sent_with_it()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 1 });
        var started = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "System.Net.Http",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.GetTagItem("server.port") is int port && port == server.BaseUri.Port)
                {
                    started.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var parent = new Activity("test");
        parent.Start();

        await UseAsync(server);
        Assert.Empty(started);
        Assert.All(server.Requests, request => Assert.Null(request.Header("traceparent")));

        await UseAsync(server, new HttpClient());
        Assert.NotEmpty(started);
        Assert.NotNull(server.Requests[^1].Header("traceparent"));
    }

    [Fact]
    public async Task The_handlers_own_event_source_writes_no_management_key()
    {
        await using SandboxServer server = await SandboxServer.StartAsync(new SandboxOptions { SeedCount = 1 });
        using var listener = new HandlerEvents();

        await UseAsync(server);
        await Wait.UntilAsync(() => listener.Texts.Any(text => text.Contains($"127.0.0.1:{server.BaseUri.Port}/api/v1/byok", StringComparison.Ordinal)));
        Assert.DoesNotContain(listener.Texts, text => text.Contains(server.ManagementKey, StringComparison.Ordinal));

        await UseAsync(server, new HttpClient());
        await Wait.UntilAsync(() => listener.Texts.Any(text => text.Contains(server.ManagementKey, StringComparison.Ordinal)));
    }

    private static async Task UseAsync(SandboxServer server)
    {
        using var client = new ByokClient(new ByokConnection { BaseUri = server.BaseUri, ApiKey = Secrets.Secure(server.ManagementKey) });
        await client.CheckAsync(cancellationToken: Stop);
        await client.UpdateKeyAsync(
            server.Store.Keys[0].Id.ToString(), new UpdateByokKeyRequest { Settings = new ByokKeySettings().Set(KeyFields.Disabled, true) }, cancellationToken: Stop);
    }

    private static async Task UseAsync(SandboxServer server, HttpClient http)
    {
        using (http)
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server.ManagementKey);
            await http.GetStringAsync(new Uri($"{server.BaseUri}/byok"), Stop);
        }
    }

    private sealed class Observer<T>(Action<T> next) : IObserver<T>
    {
        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(T value) => next(value);
    }

    private sealed class HandlerEvents : EventListener
    {
        internal ConcurrentQueue<string> Texts { get; } = new();

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name is "Private.InternalDiagnostics.System.Net.Http" or "System.Net.Http")
            {
                EnableEvents(eventSource, EventLevel.LogAlways, EventKeywords.All);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData) => Texts.Enqueue(string.Join("\n", eventData.Payload ?? new([])));
    }
}

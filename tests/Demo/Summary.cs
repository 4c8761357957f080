using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Demo;

/// <summary>What the other side saw.</summary>
internal static class Summary
{
    internal static void Write(SandboxServer server)
    {
        ReceivedRequest[] requests = [.. server.Requests];
        ReceivedRequest[] rotations = [.. requests.Where(request => request.Operation == ApiOperation.Update)];
        int onlyKeys = rotations.Count(request => request.Body.StartsWith("{\"key\":\"", StringComparison.Ordinal) && request.Body.Count(character => character == ':') == 1);
        int held = server.Store.Keys.Take(DemoFolder.Rotations).Count(key => key.RawKey?.Contains("-N", StringComparison.Ordinal) == true);
        Console.WriteLine($"""

            What the server saw: {requests.Length} requests, among them {rotations.Length} changes, {onlyKeys} of them with nothing but a new key;
            at most {server.MaxConcurrent} at a time. It holds {held} rotated keys of {server.Store.Count}.
            """);
    }
}

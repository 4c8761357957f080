using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Demo;

/// <summary>What the server received.</summary>
internal static class Summary
{
    /// <summary>Writes it, and returns whether the session did what it should do, because an error in one line does not end the session.</summary>
    internal static bool Write(SandboxServer server)
    {
        int keys = server.Store.Count;
        ReceivedRequest[] requests = [.. server.Requests];
        ReceivedRequest[] rotations = [.. requests.Where(request => request.Operation == ApiOperation.Update)];
        int onlyKeys = rotations.Count(request => request.Body.StartsWith("{\"key\":\"", StringComparison.Ordinal) && request.Body.Count(character => character == ':') == 1);
        int held = server.Store.Keys.Take(DemoFolder.Rotations).Count(key => key.RawKey?.Contains("-N", StringComparison.Ordinal) == true);
        Console.WriteLine($"""

            What the server saw: {requests.Length} requests, among them {rotations.Length} changes, {onlyKeys} of them with nothing but a new key;
            at most {server.MaxConcurrent} at a time. It holds {held} rotated keys of {keys}.
            """);
        return (rotations.Length, onlyKeys, held, keys) == (DemoFolder.Rotations, DemoFolder.Rotations, DemoFolder.Rotations, DemoAccount.Keys)
            && server.Requests.Of(ApiOperation.Create).Count == 1
            && server.Requests.Of(ApiOperation.Delete).Count == 1;
    }
}

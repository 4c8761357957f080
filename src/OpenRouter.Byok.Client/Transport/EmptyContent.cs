using System.Net;

namespace OpenRouter.Byok.Client;

/// <summary>
/// A body without a byte, for a delete. A handler sends a message without content again by itself when a server closes the
/// connection without a response, and the 404 in response to that would look like one to a first attempt. A message with
/// content it sends again only where HTTP/2 says that the server did not process it; this content counts that.
/// </summary>
internal sealed class EmptyContent : HttpContent
{
    private int _count;

    /// <summary>How many times the message was sent.</summary>
    internal int Count => Volatile.Read(ref _count);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        Interlocked.Increment(ref _count);
        return Task.CompletedTask;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return true;
    }
}

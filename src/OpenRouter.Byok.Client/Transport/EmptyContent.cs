using System.Net;

namespace OpenRouter.Byok.Client;

/// <summary>
/// A body without a byte, for a delete. A handler sends a message without content again by itself when a server closes the
/// connection without a response, and the resulting 404 would look like a 404 to a first attempt. A message with
/// content is sent again only if the server reports over HTTP/2 that it did not process it; this content counts that.
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

#if NET
namespace OpenRouter.Byok.Client;

/// <summary>
/// Is placed between an HTTP connection and its transport, so that a body reaches the transport without being copied to the
/// connection's write buffer, which is never cleared: the connection receives zeros, and the body replaces them here.
/// </summary>
internal sealed class TransportStream(Stream transport) : Stream
{
    private static readonly AsyncLocal<Seeker?> Seeking = new();
    private static readonly byte[] Zeros = new byte[4096];

    private ReadOnlyMemory<byte> _pending;

    public override bool CanRead => transport.CanRead;

    public override bool CanSeek => false;

    public override bool CanWrite => transport.CanWrite;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Sends a body whose length was declared.</summary>
    /// <param name="content">The stream that a connection offers for the body.</param>
    /// <param name="body">The body; it must not change until this has ended.</param>
    /// <param name="cancellationToken">Stops it.</param>
    internal static async Task SendAsync(Stream content, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        // The headers in the connection's buffer are written here first: that shows which transport it is.
        var seeker = new Seeker();
        Seeking.Value = seeker;
        await content.FlushAsync(cancellationToken).ConfigureAwait(false);
        Seeking.Value = null;
        TransportStream found = seeker.Found ?? throw new IOException("The headers were written to no known transport.");
        found._pending = body;
        for (int left = body.Length; left > 0; left -= Zeros.Length)
        {
            await content.WriteAsync(Zeros.AsMemory(0, Math.Min(left, Zeros.Length)), cancellationToken).ConfigureAwait(false);
        }

        await content.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Seeking.Value is { } seeker)
        {
            // The outermost transport: below it there may be encryption, and the connection to a proxy with its own
            // transport.
            seeker.Found ??= this;
        }

        return _pending.IsEmpty ? transport.WriteAsync(buffer, cancellationToken) : WritePendingAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => transport.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => transport.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        transport.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        transport.ReadAsync(buffer, offset, count, cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            transport.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask WritePendingAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        int length = Math.Min(buffer.Length, _pending.Length);
        if (buffer.Span[..length].ContainsAnyExcept((byte)0))
        {
            // These are not the zeros that the connection received: a failed request is better than a corrupt one.
            throw new IOException("Other bytes were written where the body was expected.");
        }

        ReadOnlyMemory<byte> part = _pending[..length];
        _pending = _pending[length..];
        await transport.WriteAsync(part, cancellationToken).ConfigureAwait(false);
        if (buffer.Length > length)
        {
            await transport.WriteAsync(buffer[length..], cancellationToken).ConfigureAwait(false);
        }
    }

    private sealed class Seeker
    {
        internal TransportStream? Found { get; set; }
    }
}
#endif

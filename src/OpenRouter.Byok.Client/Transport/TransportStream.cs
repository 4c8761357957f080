#if NET
namespace OpenRouter.Byok.Client;

/// <summary>
/// Is placed between an HTTP connection and its transport, so that a body reaches the transport without being copied to the
/// connection's write buffer, which is never cleared: the connection receives zeros, and the body replaces them here.
/// </summary>
internal sealed class TransportStream(Stream transport) : Stream
{
    private static readonly AsyncLocal<Outgoing?> Current = new();
    private static readonly byte[] Zeros = new byte[4096];

    private Outgoing? _outgoing;

    public override bool CanRead => transport.CanRead;

    public override bool CanSeek => false;

    public override bool CanWrite => transport.CanWrite;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Sends a body whose length was declared, its beginning together with the headers.</summary>
    /// <param name="content">The stream that a connection offers for the body.</param>
    /// <param name="body">The body; it must not change until this has ended.</param>
    /// <param name="cancellationToken">Stops it.</param>
    internal static async Task SendAsync(Stream content, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        // The headers in the connection's buffer come here first: that shows which transport it is.
        using var outgoing = new Outgoing(body);
        Current.Value = outgoing;
        await content.FlushAsync(cancellationToken).ConfigureAwait(false);
        Current.Value = null;
        if (!outgoing.HasTransport)
        {
            throw new IOException("The headers were written to no known transport.");
        }

        for (int left = body.Length; left > 0; left -= Zeros.Length)
        {
            await content.WriteAsync(Zeros.AsMemory(0, Math.Min(left, Zeros.Length)), cancellationToken).ConfigureAwait(false);
        }

        await content.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // The outermost transport: below it there may be encryption, and the connection to a proxy with its own transport.
        if (Current.Value is { HasTransport: false } outgoing)
        {
            outgoing.Hold(this, buffer.Span);
            return default;
        }

        return _outgoing is null ? transport.WriteAsync(buffer, cancellationToken) : WriteOutgoingAsync(_outgoing, buffer, cancellationToken);
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

    private async ValueTask WriteOutgoingAsync(Outgoing outgoing, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        int length = Math.Min(buffer.Length, outgoing.Body.Length);
        if (buffer.Span[..length].ContainsAnyExcept((byte)0))
        {
            // These are not the zeros that the connection received: a failed request is better than a corrupt one.
            throw new IOException("Other bytes were written where the body was expected.");
        }

        ReadOnlyMemory<byte> part = outgoing.Body[..length];
        outgoing.Body = outgoing.Body[length..];
        using (PinnedArray<byte>? joined = outgoing.TakeHeadersWith(part.Span))
        {
            await transport.WriteAsync(joined?.Array ?? part, cancellationToken).ConfigureAwait(false);
        }

        if (buffer.Length > length)
        {
            await transport.WriteAsync(buffer[length..], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A message on its way: its headers, which wait for the body to be sent in one packet, and the rest of its body.</summary>
    private sealed class Outgoing(ReadOnlyMemory<byte> body) : IDisposable
    {
        private PinnedArray<byte>? _headers;
        private TransportStream? _transport;

        internal ReadOnlyMemory<byte> Body { get; set; } = body;

        internal bool HasTransport => _transport is not null;

        public void Dispose()
        {
            _headers?.Dispose();
            if (_transport is not null)
            {
                _transport._outgoing = null;
            }
        }

        internal void Hold(TransportStream transport, ReadOnlySpan<byte> headers)
        {
            _headers = new PinnedArray<byte>(headers.Length);
            headers.CopyTo(_headers.Array);
            _transport = transport;
            transport._outgoing = this;
        }

        /// <summary>The headers, if they were not sent yet, with a part of the body.</summary>
        internal PinnedArray<byte>? TakeHeadersWith(ReadOnlySpan<byte> part)
        {
            if (_headers is null)
            {
                return null;
            }

            var joined = new PinnedArray<byte>(_headers.Array.Length + part.Length);
            _headers.Array.CopyTo(joined.Array, 0);
            part.CopyTo(joined.Array.AsSpan(_headers.Array.Length));
            _headers.Dispose();
            _headers = null;
            return joined;
        }
    }
}
#endif

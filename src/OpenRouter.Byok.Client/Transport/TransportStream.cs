#if NET
namespace OpenRouter.Byok.Client;

/// <summary>
/// Stands between an HTTP connection and its transport, so that a body reaches the transport without standing in the
/// connection's write buffer, which nobody clears: the connection is given zeros, and the body takes their place here.
/// </summary>
internal sealed class TransportStream(Stream transport) : Stream
{
    private static readonly AsyncLocal<Seeker?> Seeking = new();
    private static readonly byte[] Zeros = new byte[4096];

    private ReadOnlyMemory<byte> _due;

    public override bool CanRead => transport.CanRead;

    public override bool CanSeek => false;

    public override bool CanWrite => transport.CanWrite;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Sends a body that was declared with its length.</summary>
    /// <param name="content">Where a connection takes the body.</param>
    /// <param name="body">The body; it must stay as it is until this is over.</param>
    /// <param name="cancellationToken">Stops it.</param>
    internal static async Task SendAsync(Stream content, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        // The headers, which wait in the connection's buffer, come by here first and tell which transport it is.
        var seeker = new Seeker();
        Seeking.Value = seeker;
        await content.FlushAsync(cancellationToken).ConfigureAwait(false);
        Seeking.Value = null;
        TransportStream found = seeker.Found ?? throw new IOException("The headers did not come by.");
        found._due = body;
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
            // The outermost: below it there may be encryption, and the connection to a proxy with a transport of its own.
            seeker.Found ??= this;
        }

        return _due.IsEmpty ? transport.WriteAsync(buffer, cancellationToken) : WriteDueAsync(buffer, cancellationToken);
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

    private async ValueTask WriteDueAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        int length = Math.Min(buffer.Length, _due.Length);
        if (buffer.Span[..length].ContainsAnyExcept((byte)0))
        {
            // What comes is not what was given: better no request than one that is mixed up.
            throw new IOException("Something else came where the body was due.");
        }

        ReadOnlyMemory<byte> part = _due[..length];
        _due = _due[length..];
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

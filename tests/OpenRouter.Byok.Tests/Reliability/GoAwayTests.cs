using System.Buffers.Binary;
using System.Net.Security;
using System.Security.Cryptography;
using System.Text;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Sandbox;
using OpenRouter.Byok.Tests.Security;

namespace OpenRouter.Byok.Tests.Reliability;

/// <summary>A server that reports over HTTP/2 that it did not process a request; .NET then sends the request again by itself.</summary>
public sealed class GoAwayTests
{
    private const byte Headers = 1, Settings = 4, GoAway = 7, Data = 0, EndStream = 1, EndHeaders = 4, Ack = 1;

    /// <summary>HPACK's static table: <c>:status 404</c>.</summary>
    private const byte Status404 = 0x80 | 13;

    private int _deletes;

    [Fact]
    public async Task A_delete_that_a_server_says_it_did_not_process_and_that_then_finds_nothing_has_succeeded()
    {
        await using SandboxServer certificates = await SandboxServer.StartAsync(new SandboxOptions { Https = true });
        await using RawServer server = StartServer(certificates, goesAwayFirst: true);
        using ByokClient client = Connect(server, certificates);

        await client.DeleteKeyAsync(Guid.NewGuid().ToString(), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(2, _deletes);
    }

    [Fact]
    public async Task A_delete_that_finds_nothing_the_first_time_is_an_error()
    {
        await using SandboxServer certificates = await SandboxServer.StartAsync(new SandboxOptions { Https = true });
        await using RawServer server = StartServer(certificates, goesAwayFirst: false);
        using ByokClient client = Connect(server, certificates);

        ByokApiException error = await Assert.ThrowsAsync<ByokApiException>(
            () => client.DeleteKeyAsync(Guid.NewGuid().ToString(), cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal((ByokErrorKind.NotFound, 1), (error.Kind, _deletes));
    }

    private static ByokClient Connect(RawServer server, SandboxServer certificates) => new(new ByokConnection
    {
        BaseUri = new Uri($"https://127.0.0.1:{server.Port}/api/v1"),
        ApiKey = SandboxAccount.Secure("sk-or-v1-any"),
        TrustedCertificateHash = certificates.Certificate!.GetCertHashString(HashAlgorithmName.SHA256),
        MaximumRetryCount = 0,
    });

    /// <summary>A server that responds to each request with 404, except to the first one, where it sends GOAWAY.</summary>
    private RawServer StartServer(SandboxServer certificates, bool goesAwayFirst) => new(
        async (preface, stream, stop) =>
        {
            // The head that a raw server reads ends in the middle of the preface.
            Assert.StartsWith("PRI * HTTP/2.0", preface, StringComparison.Ordinal);
            await ReadAsync(stream, "SM\r\n\r\n".Length, stop);
            await WriteAsync(stream, Settings, 0, 0, [], stop);
            while (true)
            {
                (byte type, byte flags, int streamId) = await ReadFrameAsync(stream, stop);
                if (type == Settings && (flags & Ack) == 0)
                {
                    await WriteAsync(stream, Settings, Ack, 0, [], stop);
                }

                if (type is Headers or Data && (flags & EndStream) != 0)
                {
                    if (Interlocked.Increment(ref _deletes) == 1 && goesAwayFirst)
                    {
                        // It reports that no stream was processed, without an error.
                        await WriteAsync(stream, GoAway, 0, 0, new byte[8], stop);
                    }
                    else
                    {
                        await WriteAsync(stream, Headers, EndHeaders, streamId, [Status404], stop);
                        await WriteAsync(stream, Data, EndStream, streamId, Encoding.ASCII.GetBytes("""{"error":{"code":404,"message":"Not found"}}"""), stop);
                    }
                }
            }
        },
        async stream =>
        {
            var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificate = certificates.Certificate, ApplicationProtocols = [SslApplicationProtocol.Http2],
            });
            return tls;
        });

    private static async Task<(byte Type, byte Flags, int StreamId)> ReadFrameAsync(Stream stream, CancellationToken stop)
    {
        byte[] head = await ReadAsync(stream, 9, stop);
        await ReadAsync(stream, (head[0] << 16) | (head[1] << 8) | head[2], stop);
        return (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)));
    }

    private static async Task<byte[]> ReadAsync(Stream stream, int length, CancellationToken stop)
    {
        byte[] bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, stop);
        return bytes;
    }

    private static async Task WriteAsync(Stream stream, byte type, byte flags, int streamId, byte[] payload, CancellationToken stop)
    {
        byte[] frame = [0, 0, (byte)payload.Length, type, flags, 0, 0, 0, (byte)streamId, .. payload];
        await stream.WriteAsync(frame, stop);
        await stream.FlushAsync(stop);
    }
}

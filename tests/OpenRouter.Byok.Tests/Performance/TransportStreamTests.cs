using System.Net;
using System.Net.Http.Headers;
using System.Text;
using OpenRouter.Byok.Client;

namespace OpenRouter.Byok.Tests.Performance;

/// <summary>What reaches the network for a request with a body.</summary>
public sealed class TransportStreamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(4096)]
    public async Task Headers_and_a_body_of_usual_size_are_sent_in_one_packet(int length)
    {
        List<string> packets = await SendTwiceAsync(Body(length));

        Assert.Equal(2, packets.Count);
        Assert.All(packets, packet => Assert.EndsWith("\r\n\r\n" + Body(length), packet, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(4097)]
    [InlineData(100_000)]
    public async Task A_large_body_follows_its_headers_whole(int length)
    {
        string[] messages = string.Concat(await SendTwiceAsync(Body(length))).Split("PATCH / ");

        Assert.Equal(3, messages.Length);
        Assert.Empty(messages[0]);
        Assert.All(messages[1..], message => Assert.EndsWith("\r\n\r\n" + Body(length), message, StringComparison.Ordinal));
    }

    /// <summary>Sends a body twice, over one connection.</summary>
    /// <returns>What was written to the network, write by write.</returns>
    private static async Task<List<string>> SendTwiceAsync(string body)
    {
        await using var network = new Network();
        using HttpClient client = network.CreateClient();
        for (int time = 1; time <= 2; time++)
        {
            using HttpResponseMessage response = await client.SendAsync(Message(body), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        return network.Packets;
    }

    private static string Body(int length) => string.Concat(Enumerable.Range(0, length).Select(static at => (char)('a' + (at % 26))));

    private static HttpRequestMessage Message(string body) => new(HttpMethod.Patch, "http://byok.invalid/") { Content = new BodyContent(Encoding.ASCII.GetBytes(body)) };

    private sealed class BodyContent : HttpContent
    {
        private readonly byte[] _body;

        internal BodyContent(byte[] body)
        {
            _body = body;
            Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _body.Length;
            return true;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => TransportStream.SendAsync(stream, _body, CancellationToken.None);
    }

    /// <summary>A connection that records each write, and answers each message when its body is complete.</summary>
    private sealed class Network : Stream
    {
        private static readonly byte[] Answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray();
        private readonly SemaphoreSlim _answers = new(0);
        private readonly StringBuilder _message = new();

        internal List<string> Packets { get; } = [];

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        internal HttpClient CreateClient()
        {
            var handler = (SocketsHttpHandler)PrimaryHandler.Create(new Route(Proxy: null, IsDirect: true, TrustedCertificateHash: null), credential: null);
            handler.ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(this);
            return new HttpClient(handler);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Packets.Add(Encoding.ASCII.GetString(buffer.Span));
            _message.Append(Packets[^1]);
            string[] parts = _message.ToString().Split("\r\n\r\n");
            string length = parts[0].Split("Content-Length: ")[1].Split("\r\n")[0];
            if (parts.Length == 2 && parts[1].Length == int.Parse(length, System.Globalization.CultureInfo.InvariantCulture))
            {
                _message.Clear();
                _answers.Release();
            }

            return default;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _answers.WaitAsync(cancellationToken);
            Answer.CopyTo(buffer);
            return Answer.Length;
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _answers.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}

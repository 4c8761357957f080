// A proxy on loopback that asks for a credential before it passes a request on. Compiled by the test that needs it (Add-Type -Path).
using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;

namespace OpenRouter.Byok.Tests.Pester
{
    public sealed class AskingProxy : IDisposable
    {
        private readonly TcpListener _listener = new TcpListener(IPAddress.Loopback, 0);
        private readonly ConcurrentQueue<string> _heads = new ConcurrentQueue<string>();
        private readonly string _authorization;
        private int _refused;

        /// <summary>Starts it with the credential that it asks for, as <c>user:password</c>.</summary>
        public AskingProxy(string credential)
        {
            _authorization = "\r\nProxy-Authorization: Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes(credential)) + "\r\n";
            _listener.Start();
            _ = AcceptAsync();
        }

        public Uri Address { get { return new Uri("http://127.0.0.1:" + ((IPEndPoint)_listener.LocalEndpoint).Port); } }

        /// <summary>The heads of the requests that came with the credential.</summary>
        public IEnumerable<string> Heads { get { return _heads; } }

        /// <summary>How many requests came without it.</summary>
        public int Refused { get { return _refused; } }

        public void Dispose()
        {
            _listener.Stop();
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    _ = ServeAsync(await _listener.AcceptTcpClientAsync().ConfigureAwait(false));
                }
            }
            catch (Exception end) when (end is SocketException || end is ObjectDisposedException || end is InvalidOperationException)
            {
                // It is being stopped.
            }
        }

        private async Task ServeAsync(TcpClient client)
        {
            using (client)
            {
                try
                {
                    Stream stream = client.GetStream();
                    string head = await ReadHeadAsync(stream).ConfigureAwait(false);
                    if (!head.Contains(_authorization))
                    {
                        System.Threading.Interlocked.Increment(ref _refused);
                        await WriteAsync(stream, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ConfigureAwait(false);
                        return;
                    }

                    // One request for each connection: a proxy gets the whole address, a server its path alone.
                    _heads.Enqueue(head);
                    var address = new Uri(head.Split(' ')[1]);
                    using (var server = new TcpClient())
                    {
                        await server.ConnectAsync(IPAddress.Loopback, address.Port).ConfigureAwait(false);
                        Stream target = server.GetStream();
                        string passed = head.Replace(address.OriginalString, address.PathAndQuery).Replace(_authorization, "\r\nConnection: close\r\n");
                        await WriteAsync(target, passed).ConfigureAwait(false);
                        await target.CopyToAsync(stream).ConfigureAwait(false);
                    }
                }
                catch (Exception end) when (end is IOException || end is SocketException || end is ObjectDisposedException)
                {
                    // The client has had enough.
                }
            }
        }

        private static async Task<string> ReadHeadAsync(Stream stream)
        {
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, 0, 1).ConfigureAwait(false) == 1)
            {
                head.Append((char)one[0]);
            }

            return head.ToString();
        }

        private static Task WriteAsync(Stream stream, string text)
        {
            byte[] bytes = Encoding.ASCII.GetBytes(text);
            return stream.WriteAsync(bytes, 0, bytes.Length);
        }
    }
}

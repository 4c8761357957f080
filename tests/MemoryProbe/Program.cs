using System.Net.Security;
using System.Runtime;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OpenRouter.Byok;
using OpenRouter.Byok.Client;

// A process whose memory a test reads. It reads one command for each line of its standard input, and responds to
// each with one line. Secrets arrive masked, so that only the work itself can leave them in memory.
const byte mask = 0x5A;
ByokClient? client = null;
ByokConnection? connection = null;
SecureString? key = null;
while (Console.ReadLine() is { } line)
{
    string[] words = line.Split(' ');
    try
    {
        switch (words[0])
        {
            case "connect":
                connection = new ByokConnection
                {
                    BaseUri = new Uri(words[1]),
                    ApiKey = Unmask(words[2]),
                    TrustedCertificateHash = words.Length > 3 ? words[3] : null,
                    RetryIntervalSec = 0.01,
                    MaximumRetryCount = 5,
                    TimeoutSec = 20,
                };
                client = new ByokClient(connection);
                break;
            case "key":
                key = Unmask(words[1]);
                break;
            case "rotate":
                await client!.UpdateKeyAsync(words[1], new UpdateByokKeyRequest { Key = key });
                break;
            case "create":
                await client!.CreateKeyAsync(new CreateByokKeyRequest { Provider = "openai", Key = key! });
                break;
            case "file":
                using (SecureString read = RawKeyFile.Read(words[2], provider: "openai"))
                {
                    await client!.UpdateKeyAsync(words[1], new UpdateByokKeyRequest { Key = read });
                }

                break;
            case "cancel":
                using (var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(200)))
                {
                    await client!.UpdateKeyAsync(words[1], new UpdateByokKeyRequest { Key = key }, trace: null, stop.Token);
                }

                break;
            case "list":
                int count = 0;
                await foreach (ByokKey listed in client!.ListKeysAsync())
                {
                    count++;
                }

                Console.WriteLine($"done {count}");
                continue;
            case "careless":
                await SendCarelesslyAsync(words[1]);
                break;
            case "collect":
                Collect();
                break;
            case "release":
                client!.Dispose();
                key!.Dispose();
                Collect();
                break;
            default:
                throw new InvalidOperationException($"There is no {words[0]}.");
        }

        Console.WriteLine("done");
    }
    catch (ByokApiException error)
    {
        Console.WriteLine($"failed {error.Kind}");
    }
    catch (OperationCanceledException)
    {
        Console.WriteLine("stopped");
    }
}

return 0;

static SecureString Unmask(string masked)
{
    var secret = new SecureString();
    for (int at = 0; at < masked.Length; at += 4)
    {
        int high = (Digit(masked[at]) << 4) | Digit(masked[at + 1]);
        int low = (Digit(masked[at + 2]) << 4) | Digit(masked[at + 3]);
        secret.AppendChar((char)(((high ^ mask) << 8) | (low ^ mask)));
    }

    return secret;

    static int Digit(char digit) => char.IsAsciiDigit(digit) ? digit - '0' : digit - 'A' + 10;
}

static void Collect()
{
    for (int round = 0; round < 3; round++)
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
    }
}

// What a script would do: the control that shows that a remaining copy is found.
async Task SendCarelesslyAsync(string id)
{
    using var handler = new SocketsHttpHandler();
    if (connection!.TrustedCertificateHash is { } trusted)
    {
        handler.SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                certificate!.GetCertHashString(HashAlgorithmName.SHA256) == trusted,
        };
    }

    using var http = new HttpClient(handler);
    string body = JsonSerializer.Serialize(new Dictionary<string, string> { ["key"] = new System.Net.NetworkCredential("", key).Password });
    using var content = new StringContent(body, Encoding.UTF8, "application/json");
    using HttpResponseMessage answer = await http.PatchAsync(new Uri($"{connection.BaseUri}/byok/{id}"), content);
    _ = await answer.Content.ReadAsStringAsync();
}

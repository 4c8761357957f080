using System.Security;
using OpenRouter.Byok.Client;

namespace OpenRouter.Byok.NetFrameworkProbe;

/// <summary>The operations that a test can request for an account.</summary>
internal static class Account
{
    private static ByokClient? s_client;

    internal static async Task AnswerAsync(TextReader input, TextWriter output)
    {
        while (input.ReadLine() is { } line)
        {
            string response;
            try
            {
                response = await DoAsync(line.Split(' '));
            }
            catch (ByokApiException error)
            {
                response = $"failed {error.Kind}";
            }

            output.WriteLine(response);
            output.Flush();
        }
    }

    private static async Task<string> DoAsync(string[] words)
    {
        switch (words[0])
        {
            case "connect":
                s_client = new ByokClient(new ByokConnection
                {
                    BaseUri = new Uri(words[1]),
                    ApiKey = Secure(words[2]),
                    TrustedCertificateHash = words.Length > 4 ? words[4] : null,
                    RetryIntervalSec = 0.01,
                    TimeoutSec = int.Parse(words[3], System.Globalization.CultureInfo.InvariantCulture),
                });
                return "done";
            case "list":
                int count = 0;
                await foreach (ByokKey key in Client.ListKeysAsync())
                {
                    count += key.Id.Length > 0 ? 1 : 0;
                }

                return $"done {count}";
            case "get":
                return $"done {(await Client.GetKeyAsync(words[1])).Id}";
            case "create":
                return $"done {(await Client.CreateKeyAsync(new CreateByokKeyRequest { Provider = words[1], Key = Secure(words[2]) })).Id}";
            case "rotate":
                return $"done {(await Client.UpdateKeyAsync(words[1], new UpdateByokKeyRequest { Key = Secure(words[2]) })).Label}";
            case "delete":
                await Client.DeleteKeyAsync(words[1]);
                return "done";
            case "loaded":
                return string.Join(";", AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic).Select(assembly => assembly.Location));
            default:
                throw new ArgumentException($"Unknown command: {words[0]}");
        }
    }

    private static ByokClient Client => s_client ?? throw new InvalidOperationException("Not connected.");

    private static SecureString Secure(string text)
    {
        var secure = new SecureString();
        foreach (char character in text)
        {
            secure.AppendChar(character);
        }

        return secure;
    }
}

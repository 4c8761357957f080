using System.Net;
using System.Runtime.CompilerServices;
using OpenRouter.Byok.Client;

namespace OpenRouter.Byok.Tests.Core;

/// <summary>Which proxies are accepted, and what remains of one.</summary>
public sealed class ProxyTests
{
    [Theory]
    [InlineData("10.0.0.1:8080", "https://openrouter.ai/api/v1")]
    [InlineData("10.0.0.1:8080", "http://127.0.0.1:1/api/v1")]
    [InlineData("proxy:8080", "https://openrouter.ai/api/v1")]
    [InlineData("proxy:8080", "http://127.0.0.1:1/api/v1")]
    [InlineData("user:canary@10.0.0.1:8080", "https://openrouter.ai/api/v1")]
    [InlineData("//proxy:8080", "https://openrouter.ai/api/v1")]
    [InlineData("ftp://proxy:8080", "https://openrouter.ai/api/v1")]
    [InlineData("", "https://openrouter.ai/api/v1")]
    public void What_is_no_address_of_a_proxy_is_refused(string proxy, string address)
    {
        ByokApiException refused = Assert.Throws<ByokApiException>(() => Connect(address, new Uri(proxy, UriKind.RelativeOrAbsolute)));

        Assert.Equal(ByokErrorKind.BadRequest, refused.Kind);
        Assert.Contains("http://", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://proxy.example:8080")]
#if !NETSTANDARD_ASSEMBLIES
    [InlineData("https://proxy.example:8080")]
    [InlineData("socks5://127.0.0.1:1080")]
#endif
    public void An_address_of_a_proxy_is_taken(string proxy) => Connect("https://openrouter.ai/api/v1", new Uri(proxy)).Dispose();

    [Fact]
    public void The_password_of_a_proxy_is_not_kept_longer_than_its_connection()
    {
        WeakReference password = ConnectWithPassword();
        for (int attempt = 0; password.IsAlive && attempt < 20; attempt++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(password.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference ConnectWithPassword()
    {
        var credential = new NetworkCredential("user", "canary");
        _ = Connect("https://openrouter.ai/api/v1", new Uri("http://127.0.0.1:1"), credential);
        return new WeakReference(credential);
    }

    private static ByokClient Connect(string address, Uri proxy, NetworkCredential? credential = null) => new(
        new ByokConnection { BaseUri = new Uri(address), Proxy = proxy, ProxyCredential = credential, ApiKey = SandboxAccount.Secure("sk-or-v1-any") });
}

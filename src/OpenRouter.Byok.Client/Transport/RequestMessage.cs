namespace OpenRouter.Byok.Client;

/// <summary>The message of one attempt.</summary>
internal sealed class RequestMessage(HttpMethod method, Uri address) : HttpRequestMessage(method, address)
{
    /// <summary>The content that counts how many times the message was sent; <see langword="null"/> if the message has a body or is safe to send twice.</summary>
    internal EmptyContent? Sent { get; set; }

    /// <summary>Without the headers: the handler's own event source writes this text, and a header is the management key.</summary>
    public override string ToString() => $"{Method} {RequestUri}";
}

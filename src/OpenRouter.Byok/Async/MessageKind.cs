namespace OpenRouter.Byok.Async;

/// <summary>The kinds of <see cref="Message"/>.</summary>
internal enum MessageKind
{
    /// <summary>An object for the next command.</summary>
    Object,

    /// <summary>A text for -Verbose.</summary>
    Verbose,

    /// <summary>A text for -Debug.</summary>
    Debug,

    /// <summary>A warning.</summary>
    Warning,

    /// <summary>Something else to do on the pipeline thread, such as a prompt.</summary>
    Call,
}

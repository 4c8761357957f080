using System.Runtime.ExceptionServices;

namespace OpenRouter.Byok.Client;

/// <summary>
/// The failure of a first attempt. That attempt was made without the retry library, and here becomes the library's
/// first attempt. Loading and compiling the library takes longer than a request, and most sessions never need it.
/// </summary>
internal sealed class FirstFailure(ByokApiException failure)
{
    private ExceptionDispatchInfo? _failure = ExceptionDispatchInfo.Capture(failure);

    /// <summary>Throws the failure, the first time that it is called.</summary>
    internal void ThrowOnce()
    {
        ExceptionDispatchInfo? failure = _failure;
        _failure = null;
        failure?.Throw();
    }
}

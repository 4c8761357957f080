using System.Runtime.ExceptionServices;

namespace OpenRouter.Byok.Client;

/// <summary>
/// The failure of a first attempt, which was made without the retry library and becomes the library's first attempt here.
/// To load and compile the library takes MEASURED ms, and most sessions never need it.
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

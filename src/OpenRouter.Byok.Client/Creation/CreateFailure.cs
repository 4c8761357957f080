namespace OpenRouter.Byok.Client;

/// <summary>What a failed <c>POST /byok</c> shows about the key that it should create.</summary>
internal static class CreateFailure
{
    /// <summary>
    /// Whether the key may exist although the request failed. Only a request that was never sent, or one of the errors
    /// that the API documents for refusing it, with the API's own error body, proves that nothing was created; any other
    /// status may come from a gateway after the server has created the key.
    /// </summary>
    internal static bool LeavesOutcomeOpen(ByokApiException failure) =>
        failure.MayHaveBeenProcessed || (failure.StatusCode is not null && !failure.WasNotSent && !IsRefusal(failure));

    /// <summary>Whether the server may still be processing the request, or reported that it succeeded.</summary>
    internal static bool MayStillTakeEffect(ByokApiException failure) =>
        failure is { Kind: ByokErrorKind.Timeout, StatusCode: null } || failure.StatusCode is 504 or 524 or (>= 200 and < 300);

    /// <summary>Whether the same request may succeed once it is certain that there is no key.</summary>
    internal static bool IsWorthRepeating(ByokApiException failure) =>
        (failure.IsTransient || failure.MayHaveBeenProcessed) && !MayStillTakeEffect(failure);

    private static bool IsRefusal(ByokApiException failure) =>
        failure.StatusCode is 400 or 401 or 403 or 429 && failure.ServerMessage is not null;
}

using System.Globalization;

namespace OpenRouter.Byok.Client;

/// <summary>Compares a key that the server shows with what a create asked for.</summary>
internal static class KeyMatch
{
    /// <summary>The server's <c>Date</c> has whole seconds, and may come from another clock than <c>created_at</c>.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(1);

    /// <summary>The possible difference of the clocks if no response had a <c>Date</c>.</summary>
    private static readonly TimeSpan ClockToleranceWithoutDate = TimeSpan.FromMinutes(5);

    /// <summary>A key that is older than expected by no more than this may still be the created key.</summary>
    private static readonly TimeSpan ClockDoubt = TimeSpan.FromMinutes(1);

    /// <summary>How the response to a create shows another key than the requested one; <see langword="null"/> if it does not.</summary>
    internal static string? FindMismatch(ByokKey shown, CreateCall call) =>
        !FitsProvider(shown, call) ? $"a key of the provider {shown.Provider}"
        : !FitsWorkspace(shown, call) ? "a key of another workspace"
        : call.Key.FitsLabel(shown.Label) == false ? "a key with another label"
        : shown.Name is { } name && !ShownText.HasReplacement(name) && !HasName(shown, call) ? "a key with another name"
        : null;

    /// <summary>Whether a key shows the provider, the workspace, the name and the masked key of a create.</summary>
    internal static bool IsOf(ByokKey key, CreateCall call) =>
        MayBeOf(key, call)
        && key.Provider is not null
        && (key.WorkspaceId is not null || !call.Request.WorkspaceId.IsSet)
        && HasName(key, call)
        && call.Key.FitsLabel(key.Label) == true;

    /// <summary>Whether no value shows that a key does not belong to a create; a missing value shows nothing.</summary>
    internal static bool MayBeOf(ByokKey key, CreateCall call) =>
        FitsProvider(key, call) && FitsWorkspace(key, call) && (call.Key.FitsLabel(key.Label) ?? HasName(key, call));

    /// <summary>Whether a key existed before the create's first request was sent, as far as the clocks show.</summary>
    internal static bool IsOlder(ByokKey key, CreateCall call, TimeSpan? clockOffset) => IsOlder(key, call, clockOffset, TimeSpan.Zero);

    /// <summary>Whether a key existed before the create's first request was sent, even if the clocks differ more than expected.</summary>
    internal static bool IsCertainlyOlder(ByokKey key, CreateCall call, TimeSpan? clockOffset) => IsOlder(key, call, clockOffset, ClockDoubt);

    /// <summary>Keys for a person to compare: id, label, time.</summary>
    internal static string Describe(IEnumerable<ByokKey> keys) => string.Join(
        " or ",
        keys.Select(static key => string.Format(
            CultureInfo.InvariantCulture,
            "{0} (label {1}, created {2})",
            key.Id,
            key.Label,
            key.CreatedAt?.ToUniversalTime().ToString("u", CultureInfo.InvariantCulture) ?? "at an unknown time")));

    private static bool IsOlder(ByokKey key, CreateCall call, TimeSpan? clockOffset, TimeSpan doubt)
    {
        if (key.CreatedAt is not { } createdAt || call.SentAt is not { } sentAt)
        {
            return false;
        }

        // A time that was truncated to whole seconds may be up to one second too early.
        DateTimeOffset created = createdAt.ToUniversalTime();
        TimeSpan tolerance = (clockOffset is null ? ClockToleranceWithoutDate : ClockTolerance)
            + (created.Ticks % TimeSpan.TicksPerSecond == 0 ? TimeSpan.FromSeconds(1) : TimeSpan.Zero)
            + doubt;
        return created < (sentAt + (clockOffset ?? TimeSpan.Zero) - tolerance);
    }

    private static bool FitsProvider(ByokKey key, CreateCall call) =>
        key.Provider is null || key.Provider.Equals(call.Request.Provider.Trim(), StringComparison.OrdinalIgnoreCase);

    private static bool FitsWorkspace(ByokKey key, CreateCall call) =>
        key.WorkspaceId is null || !call.Request.WorkspaceId.IsSet || key.WorkspaceId.Equals(call.Request.WorkspaceId.Value, StringComparison.OrdinalIgnoreCase);

    /// <summary>A server may store another form of the same Unicode text, which the invariant culture takes for equal.</summary>
    private static bool HasName(ByokKey key, CreateCall call) =>
        CultureInfo.InvariantCulture.CompareInfo.Compare(key.Name?.Trim() ?? string.Empty, call.Name, CompareOptions.None) == 0;
}

namespace OpenRouter.Byok.Sandbox;

/// <summary>An effect that is due at a time, or once so many lists were made.</summary>
internal sealed record PendingEffect(DateTimeOffset? DueAt, int? DueAfterLists, Action Apply);

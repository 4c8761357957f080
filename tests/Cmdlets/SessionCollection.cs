namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Tests that need the process for themselves, because the session's connection is the process's.</summary>
[CollectionDefinition(nameof(SessionCollection), DisableParallelization = true)]
public sealed class SessionCollection;

namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Tests that need the process for themselves, because the session's connection is the process's.</summary>
[CollectionDefinition(nameof(WholeSession), DisableParallelization = true)]
public sealed class WholeSession;

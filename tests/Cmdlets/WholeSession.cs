namespace OpenRouter.Byok.Tests.Cmdlets;

/// <summary>Tests that need a process of their own, because the session's connection belongs to the process.</summary>
[CollectionDefinition(nameof(WholeSession), DisableParallelization = true)]
public sealed class WholeSession;

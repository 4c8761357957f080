using System.Management.Automation;

namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>The output of a script in each stream, and how it ended.</summary>
internal sealed record CommandResult
{
    /// <summary>The output.</summary>
    internal required IReadOnlyList<PSObject> Objects { get; init; }

    /// <summary>The errors that did not end the script.</summary>
    internal required IReadOnlyList<ErrorRecord> Errors { get; init; }

    /// <summary>The error that ended the script, if any.</summary>
    internal ErrorRecord? TerminatingError { get; init; }

    /// <summary>Whether the script was stopped, as by Ctrl+C.</summary>
    internal bool WasStopped { get; init; }

    internal required IReadOnlyList<string> Warnings { get; init; }

    internal required IReadOnlyList<string> Verbose { get; init; }

    internal required IReadOnlyList<string> Debug { get; init; }

    internal required IReadOnlyList<InformationRecord> Information { get; init; }

    internal required IReadOnlyList<ProgressRecord> Progress { get; init; }

    internal required IReadOnlyList<Prompt> Prompts { get; init; }

    /// <summary>What was written to the host and not to a stream, such as the text of -WhatIf.</summary>
    internal required IReadOnlyList<string> HostLines { get; init; }

    /// <summary>The output as keys; fails if it has anything else.</summary>
    internal IReadOnlyList<ByokKey> Keys => [.. Objects.Select(value => Assert.IsType<ByokKey>(value.BaseObject))];

    /// <summary>The output as text.</summary>
    internal IReadOnlyList<string> Texts => [.. Objects.Select(value => value.ToString())];

    /// <summary>Every error, the terminating one last.</summary>
    internal IReadOnlyList<ErrorRecord> AllErrors => TerminatingError is { } last ? [.. Errors, last] : Errors;

    /// <summary>Fails the test if there was an error of any kind.</summary>
    internal CommandResult Succeeded()
    {
        Assert.True(AllErrors.Count == 0, string.Join('\n', AllErrors.Select(error => $"{error.FullyQualifiedErrorId}: {error}")));
        Assert.False(WasStopped);
        return this;
    }

    /// <summary>The only error, which ended the command and has this id.</summary>
    internal ErrorRecord EndedWith(string errorId)
    {
        Assert.Empty(Errors);
        Assert.NotNull(TerminatingError);
        Assert.StartsWith(errorId + ",", TerminatingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        return TerminatingError;
    }

    /// <summary>The only error, which did not end the command and has this id.</summary>
    internal ErrorRecord FailedOnceWith(string errorId)
    {
        Assert.Null(TerminatingError);
        ErrorRecord error = Assert.Single(Errors);
        Assert.StartsWith(errorId + ",", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        return error;
    }
}

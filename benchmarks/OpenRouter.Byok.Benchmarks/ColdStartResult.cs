namespace OpenRouter.Byok.Benchmarks;

/// <summary>What new sessions paid, in milliseconds, round by round.</summary>
/// <param name="Plain">A PowerShell that starts and ends.</param>
/// <param name="Empty">One that imports a binary module with one cmdlet that does nothing.</param>
/// <param name="Format">One that imports the same with a format file.</param>
/// <param name="Import">One that imports this module.</param>
/// <param name="First">This module's first request and its later ones.</param>
/// <param name="Rest">Invoke-RestMethod's.</param>
/// <param name="Session">A whole session of this module: a new process that imports it and lists 50 keys.</param>
/// <param name="RestSession">The same with the one line of Invoke-RestMethod that it replaces.</param>
internal sealed record ColdStartResult(
    IReadOnlyList<double> Plain,
    IReadOnlyList<double> Empty,
    IReadOnlyList<double> Format,
    IReadOnlyList<double> Import,
    IReadOnlyList<(double First, double Later)> First,
    IReadOnlyList<(double First, double Later)> Rest,
    IReadOnlyList<double> Session,
    IReadOnlyList<double> RestSession)
{
    /// <summary>What the import adds, compared round by round, since a machine's speed drifts.</summary>
    internal double ImportAdds => Statistics.Median(Import.Zip(Plain, (with, without) => with - without));

    /// <summary>A whole session over that of Invoke-RestMethod, compared round by round.</summary>
    internal double SessionOverRest => Statistics.Median(Session.Zip(RestSession, (module, rest) => module / rest));

    internal double EmptyAdds => Statistics.Median(Empty.Zip(Plain, (with, without) => with - without));

    internal double FormatAdds => Statistics.Median(Format.Zip(Plain, (with, without) => with - without));

    internal double FirstAdds => Statistics.Median(First.Select(times => times.First - times.Later));

    internal double FirstRequest => Statistics.Median(First.Select(times => times.First));

    internal double RestFirstRequest => Statistics.Median(Rest.Select(times => times.First));

    internal double RestAdds => Statistics.Median(Rest.Select(times => times.First - times.Later));
}

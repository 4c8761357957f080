using System.Globalization;

namespace OpenRouter.Byok.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchmarkOptions
{
    internal const string Help = """
        Does the same work with this module and with what one would use instead, in turn, and writes benchmarks/results.md,
        or benchmarks/part.md where something was left out.

        dotnet run -c Release --project benchmarks/OpenRouter.Byok.Benchmarks -- [options]

          --rounds N        how many times each piece of work is done by each contestant, 5 unless told otherwise
          --only PARTS      some of list,get,rotate,sync,create,delete,cold,memory,processor
          --before FOLDER   another build of the module, measured beside this one
          --no-powershell   leaves out what needs PowerShell
          --quick           small sizes, one round: does it run at all
          --output FILE     where the table goes
        """;

    internal int Rounds { get; private init; } = 5;

    internal IReadOnlyList<string> Only { get; private init; } = [];

    internal bool UsesPowerShell { get; private init; } = true;

    internal bool IsQuick { get; private init; }

    internal string? Output { get; private init; }

    /// <summary>The folder of another build of the module, which takes part too; <see langword="null"/> for none.</summary>
    internal string? Before { get; private init; }

    internal bool ShowsHelp { get; private init; }

    /// <summary>Whether all is measured, in full: what the committed table is made of, and what the targets are about.</summary>
    internal bool IsComplete => Only.Count == 0 && UsesPowerShell && !IsQuick;

    /// <summary>Whether a part is wanted.</summary>
    internal bool Wants(string part) => Only.Count == 0 || Only.Contains(part, StringComparer.OrdinalIgnoreCase);

    /// <summary>A size: a tenth of it where quick will do.</summary>
    internal int Size(int full) => IsQuick ? full / 10 : full;

    internal static BenchmarkOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new BenchmarkOptions();
        for (int at = 0; at < arguments.Count; at++)
        {
            options = arguments[at] switch
            {
                "--rounds" => options with { Rounds = int.Parse(arguments[++at], CultureInfo.InvariantCulture) },
                "--only" => options with { Only = arguments[++at].Split(',') },
                "--no-powershell" => options with { UsesPowerShell = false },
                "--quick" => options with { IsQuick = true, Rounds = 1 },
                "--before" => options with { Before = Path.GetFullPath(arguments[++at]) },
                "--output" => options with { Output = arguments[++at] },
                "--help" or "-h" => options with { ShowsHelp = true },
                string unknown => throw new FormatException($"Unknown option '{unknown}'; --help shows those there are."),
            };
        }

        return options;
    }
}

using System.Globalization;

namespace OpenRouter.Byok.Sandbox;

/// <summary>The options of the program.</summary>
internal sealed record CommandLine
{
    internal const string Help = $"""
        A stand-in for OpenRouter's BYOK API on loopback.

        dotnet run --project tests/Sandbox -- [options]

          --port N               the port; a free one if left out
          --seed N               seeds N keys, the same ones every time
          --management-key KEY   the management key to accept; made up if left out
          --fault RULE           something that goes wrong (may be given more than once)
          --https FILE           serves HTTPS, and writes the certificate to trust to a file
          --no-log               does not keep received requests
          --until-stdin-closes   ends when standard input closes (as well as with Ctrl+C)
          --quiet                prints the address alone
          --help                 this text

        A fault rule is written as
        {FaultSpecification.Syntax}

        Another process sets faults and looks with
        {ControlEndpoint.Description}
        """;

    internal SandboxOptions Options { get; private init; } = new() { ControlEndpoint = true };

    internal bool Quiet { get; private init; }

    /// <summary>The file for the certificate of the server; <see langword="null"/> for none.</summary>
    internal string? CertificateFile { get; private init; }

    internal bool UntilStdinCloses { get; private init; }

    internal bool ShowHelp { get; private init; }

    /// <exception cref="FormatException">The arguments are invalid; the message states which.</exception>
    internal static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var line = new CommandLine();
        for (var i = 0; i < arguments.Count; i++)
        {
            var options = line.Options;
            line = arguments[i] switch
            {
                "--port" => line with { Options = options with { Port = Number(ref i) } },
                "--seed" => line with { Options = options with { SeedCount = Number(ref i) } },
                "--management-key" => line with { Options = options with { ManagementKey = Value(ref i) } },
                "--fault" => line with { Options = options with { Faults = [.. options.Faults, Value(ref i)] } },
                "--https" => line with { CertificateFile = Value(ref i), Options = options with { Https = true } },
                "--no-log" => line with { Options = options with { LogRequests = false } },
                "--until-stdin-closes" => line with { UntilStdinCloses = true },
                "--quiet" => line with { Quiet = true },
                "--help" => line with { ShowHelp = true },
                var unknown => throw new FormatException($"Unknown option '{unknown}'; see --help."),
            };
        }

        return line;

        string Value(ref int i) => i + 1 < arguments.Count ? arguments[++i] : throw new FormatException($"The option {arguments[i]} needs a value.");

        int Number(ref int i)
        {
            var option = arguments[i];
            return int.TryParse(Value(ref i), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw new FormatException($"The option {option} needs a whole number.");
        }
    }
}

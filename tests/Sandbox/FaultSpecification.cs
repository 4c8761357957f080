using System.Globalization;
using System.Text.RegularExpressions;

namespace OpenRouter.Byok.Sandbox;

/// <summary>Fault rules as text.</summary>
public static partial class FaultSpecification
{
    /// <summary>How a rule is written.</summary>
    public const string Syntax = """
        WHICH:FAULT[SUFFIX...]

        WHICH    List | Get | Create | Update | Delete | ListWorkspaces | * ,
                 an HTTP method in capitals (PATCH), or a regular expression for
                 the request target between slashes (/byok\?offset=50/)
        FAULT    a name with its arguments, text in single quotes: Status(503),
                 Status(503,'Retry-After: 2',body='{}'), Redirect('https://example.com/',307);
                 faults joined by & strike together: LateCommit(3000)&StatusAfterCommit(502)
        SUFFIX   xN     at most N times, then all is well
                 %N     every N-th matching request
                 +N     not the first N matching requests
                 ~P     with probability P; ~P#SEED makes another repeatable choice

        Create:StatusAfterCommit(502)x3    the first three creates
        Update:Status(500)%7               every seventh update
        Delete:ResetAfterCommit~0.3#42     three in ten deletes
        List:Hang+2x1                      the third page only
        """;

    /// <summary>Reads a rule.</summary>
    /// <exception cref="FormatException">It is no rule; the message says what is wrong.</exception>
    public static FaultRule Parse(string text)
    {
        var match = Rule().Match(text.Trim());
        if (!match.Success)
        {
            throw new FormatException($"'{text}' is no fault rule. A rule is written as:\n{Syntax}");
        }

        var which = match.Groups["which"].Value;
        ApiOperation? operation = Enum.TryParse<ApiOperation>(which, out var named) && char.IsAsciiLetter(which[0]) ? named : null;
        var isPath = which.StartsWith('/');
        var isMethod = operation is null && !isPath && which != "*";
        if (isMethod && which.Any(c => !char.IsAsciiLetterUpper(c)))
        {
            throw new FormatException($"'{which}' in '{text}' is neither an operation, a method, a /path/ nor *.");
        }

        int? times = null, every = null, skip = null, randomSeed = null;
        double? probability = null;
        foreach (Capture suffix in match.Groups["suffix"].Captures)
        {
            var value = suffix.Value[1..];
            switch (suffix.Value[0])
            {
                case 'x':
                    times = int.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case '%':
                    every = Math.Max(1, int.Parse(value, CultureInfo.InvariantCulture));
                    break;
                case '+':
                    skip = int.Parse(value, CultureInfo.InvariantCulture);
                    break;
                default:
                    var parts = value.Split('#');
                    probability = double.Parse(parts[0], CultureInfo.InvariantCulture);
                    randomSeed = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : null;
                    break;
            }
        }

        var faults = match.Groups["fault"].Captures.Zip(match.Groups["arguments"].Captures, (name, arguments) => ParseFault(name.Value, arguments.Value));
        return new FaultRule(faults.Aggregate((one, other) => one.And(other)))
        {
            Operation = operation,
            Method = isMethod ? which : null,
            Path = isPath ? new Regex(which[1..^1], RegexOptions.CultureInvariant) : null,
            Times = times ?? int.MaxValue,
            Every = every ?? 1,
            Skip = skip ?? 0,
            Probability = probability ?? 1,
            RandomSeed = randomSeed ?? 1,
        };
    }

    private static Fault ParseFault(string name, string argumentText)
    {
        var arguments = new List<string>();
        var headers = new Dictionary<string, string>();
        string? body = null;
        foreach (Match argument in Argument().Matches(argumentText))
        {
            var value = argument.Groups["quoted"].Success ? argument.Groups["quoted"].Value : argument.Groups["bare"].Value;
            if (argument.Groups["body"].Success)
            {
                body = value;
            }
            else if (name is nameof(Faults.Status) or nameof(Faults.StatusAfterCommit) && value.Split(':', 2) is [var header, var content])
            {
                headers.Add(header.Trim(), content.Trim());
            }
            else
            {
                arguments.Add(value);
            }
        }

        return name switch
        {
            nameof(Faults.Status) => Faults.Status(Int(0), headers, body),
            nameof(Faults.StatusAfterCommit) => Faults.StatusAfterCommit(Int(0), headers, body),
            nameof(Faults.RateLimited) => Faults.RateLimited(Int(0, 1)),
            nameof(Faults.RateLimitedUntil) => Faults.RateLimitedUntil(Int(0, 1)),
            nameof(Faults.Unavailable) => Faults.Unavailable(Int(0, 1)),
            nameof(Faults.ResetBeforeBody) => Faults.ResetBeforeBody(),
            nameof(Faults.ResetBeforeCommit) => Faults.ResetBeforeCommit(),
            nameof(Faults.ResetAfterCommit) => Faults.ResetAfterCommit(),
            nameof(Faults.CloseBeforeCommit) => Faults.CloseBeforeCommit(),
            nameof(Faults.CloseAfterCommit) => Faults.CloseAfterCommit(),
            nameof(Faults.Hang) => Faults.Hang(),
            nameof(Faults.HangAfterCommit) => Faults.HangAfterCommit(),
            nameof(Faults.SlowTrickle) => Faults.SlowTrickle(Int(0, 50), Int(1, 1)),
            nameof(Faults.TruncatedBody) => Faults.TruncatedBody(),
            nameof(Faults.EmptyBody) => Faults.EmptyBody(),
            nameof(Faults.BrokenJson) => Faults.BrokenJson(),
            nameof(Faults.WrongJson) => Faults.WrongJson(),
            nameof(Faults.HtmlPage) => Faults.HtmlPage(Int(0, 502)),
            nameof(Faults.HtmlAfterCommit) => Faults.HtmlAfterCommit(Int(0, 502)),
            nameof(Faults.HtmlAsJson) => Faults.HtmlAsJson(),
            nameof(Faults.WrongContentType) => Faults.WrongContentType(),
            nameof(Faults.Redirect) => Faults.Redirect(arguments is [] ? "/api/v1/elsewhere" : arguments[0], Int(1, 302)),
            nameof(Faults.OversizedBody) => Faults.OversizedBody(Long(0, 1L << 30)),
            nameof(Faults.DeclaredOversizedBody) => Faults.DeclaredOversizedBody(Long(0, 1L << 30)),
            nameof(Faults.EndlessPage) => Faults.EndlessPage(),
            nameof(Faults.DeepJson) => Faults.DeepJson(Int(0, 10_000)),
            nameof(Faults.EndlessHeaders) => Faults.EndlessHeaders(),
            nameof(Faults.CompressedBomb) => Faults.CompressedBomb(Long(0, 1L << 30)),
            nameof(Faults.LateCommit) => Faults.LateCommit(Int(0)),
            nameof(Faults.LateCommitAfterLists) => Faults.LateCommitAfterLists(Int(0)),
            nameof(Faults.ListLag) => Faults.ListLag(Int(0)),
            nameof(Faults.ListLagAfterLists) => Faults.ListLagAfterLists(Int(0)),
            nameof(Faults.DuplicatedResponse) => Faults.DuplicatedResponse(),
            nameof(Faults.WrongId) => Faults.WrongId(),
            nameof(Faults.PageOf) => Faults.PageOf(Int(0, 1)),
            nameof(Faults.MovedToStart) => Faults.MovedToStart(),
            nameof(Faults.MovedToEnd) => Faults.MovedToEnd(),
            nameof(Faults.LaggingTotal) => Faults.LaggingTotal(Int(0, 1)),
            nameof(Faults.WithoutField) => Faults.WithoutField(Text(0)),
            nameof(Faults.FieldValue) => Faults.FieldValue(Text(0), Text(1)),
            nameof(Faults.DuplicateIds) => Faults.DuplicateIds(),
            nameof(Faults.LyingTotal) => Faults.LyingTotal(Int(0, 7)),
            nameof(Faults.ControlCharacters) => Faults.ControlCharacters(),
            nameof(Faults.ControlCharactersInError) => Faults.ControlCharactersInError(Int(0, 400)),
            _ => throw new FormatException(
                $"There is no fault '{name}'. There are: {string.Join(", ", Faults.All.Select(fault => fault.Name.Split('(')[0]).Distinct())}."),
        };

        string Text(int index) => arguments.Count > index ? arguments[index] : throw new FormatException($"The fault '{name}' needs argument {index + 1}.");

        int Int(int index, int? otherwise = null) => checked((int)Long(index, otherwise));

        long Long(int index, long? otherwise = null) =>
            arguments.Count > index && long.TryParse(arguments[index], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
            : arguments.Count <= index && otherwise is { } value ? value
            : throw new FormatException($"Argument {index + 1} of the fault '{name}' must be a whole number.");
    }

    [GeneratedRegex(
        @"\A(?<which>\*|[A-Za-z]+|/.*?/):(?<fault>[A-Za-z]+)(\((?<arguments>('[^']*'|[^')])*)\)|(?<arguments>))(&(?<fault>[A-Za-z]+)(\((?<arguments>('[^']*'|[^')])*)\)|(?<arguments>)))*(?<suffix>x\d+|%\d+|\+\d+|~[0-9.]+(\#\d+)?)*\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Rule();

    [GeneratedRegex(@"(?<body>body=)?('(?<quoted>[^']*)'|(?<bare>[^',\s][^',]*))", RegexOptions.ExplicitCapture)]
    private static partial Regex Argument();
}

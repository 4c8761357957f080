using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace OpenRouter.Byok.Sandbox;

/// <summary>
/// Fault rules as text.
/// <code>
/// WHICH:FAULT[&amp;FAULT...][SUFFIX...]
///
/// WHICH    List | Get | Create | Update | Delete | ListWorkspaces | * ,
///          or a regular expression for the request target between slashes (/byok\?offset=50/)
/// FAULT    a name with its arguments, text in single quotes: Status(503),
///          Status(503,'{}'), Redirect('https://example.com/',307);
///          faults joined by &amp; strike together: LateCommit(3000)&amp;StatusAfterCommit(502)
/// SUFFIX   xN     at most N times, then all is well
///          %N     every N-th matching request
///          +N     not the first N matching requests
///          ~P     with probability P; ~P#SEED makes another repeatable choice
///
/// Create:StatusAfterCommit(502)x3    the first three creates
/// Update:Status(500)%7               every seventh update
/// Delete:ResetAfterCommit~0.3#42     three in ten deletes
/// List:Hang+2x1                      the third page only
/// </code>
/// </summary>
public static partial class FaultSpecification
{
    /// <summary>Reads a rule.</summary>
    /// <exception cref="FormatException">It is not a valid rule; the message states the problem.</exception>
    public static FaultRule Parse(string text)
    {
        var match = Rule().Match(text.Trim());
        if (!match.Success)
        {
            throw new FormatException($"'{text}' is no fault rule.");
        }

        var which = match.Groups["which"].Value;
        var faults = match.Groups["fault"].Captures
            .Zip(match.Groups["arguments"].Captures, (name, arguments) => ParseFault(name.Value, arguments.Value));
        var chance = Suffix('~')?.Split('#');
        return new FaultRule(faults.Aggregate((one, other) => one.And(other)))
        {
            Operation = Enum.TryParse<ApiOperation>(which, out var operation) ? operation : null,
            Path = which[0] == '/' ? new Regex(which[1..^1], RegexOptions.CultureInvariant) : null,
            Times = Number(Suffix('x'), int.MaxValue),
            Every = Number(Suffix('%'), 1),
            Skip = Number(Suffix('+'), 0),
            Probability = chance is null ? 1 : double.Parse(chance[0], CultureInfo.InvariantCulture),
            RandomSeed = Number(chance?.ElementAtOrDefault(1), 1),
        };

        string? Suffix(char sign) => match.Groups["suffix"].Captures.LastOrDefault(suffix => suffix.Value[0] == sign)?.Value[1..];

        static int Number(string? digits, int otherwise) => digits is null ? otherwise : int.Parse(digits, CultureInfo.InvariantCulture);
    }

    private static Fault ParseFault(string name, string text)
    {
        var factory = typeof(Faults).GetMethod(name, BindingFlags.Public | BindingFlags.Static);
        if (factory?.ReturnType != typeof(Fault))
        {
            throw new FormatException($"There is no fault '{name}'.");
        }

        // Headers cannot be written in a rule.
        var parameters = factory.GetParameters();
        var writable = Array.FindAll(parameters, parameter => parameter.ParameterType != typeof(IReadOnlyDictionary<string, string>));
        var values = Array.ConvertAll(parameters, parameter => parameter.DefaultValue);
        var arguments = Argument().Matches(text);
        if (arguments.Count > writable.Length)
        {
            throw new FormatException($"The fault '{name}' has {writable.Length} arguments at most.");
        }

        foreach (var (argument, parameter) in arguments.Zip(writable))
        {
            values[parameter.Position] = Convert.ChangeType(
                argument.Groups["value"].Value, parameter.ParameterType, CultureInfo.InvariantCulture);
        }

        return values.Contains(DBNull.Value)
            ? throw new FormatException($"The fault '{name}' needs more arguments.")
            : (Fault)factory.Invoke(null, values)!;
    }

    [GeneratedRegex(
        @"\A(?<which>\*|List|Get|Create|Update|Delete|ListWorkspaces|/.*?/):" + OneFault + "(&" + OneFault + ")*"
        + @"(?<suffix>x\d+|%[1-9]\d*|\+\d+|~[0-9.]+(\#\d+)?)*\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Rule();

    private const string OneFault = @"(?<fault>[A-Za-z]+)(\((?<arguments>('[^']*'|[^')])*)\)|(?<arguments>))";

    [GeneratedRegex(@"'(?<value>[^']*)'|(?<value>[^',\s][^',]*)", RegexOptions.ExplicitCapture)]
    private static partial Regex Argument();
}

using System.Management.Automation;
using System.Reflection;
using System.Security;
using OpenRouter.Byok.Binding;
using OpenRouter.Byok.Async;

namespace OpenRouter.Byok.Tests;

/// <summary>
/// Does for a cmdlet what the engine does: binds the command line, then each record by property name, through the
/// cmdlet's own argument transformations, and runs it over a <see cref="RecordingPipeline"/>.
/// </summary>
internal static class CmdletBinding
{
    /// <summary>Runs a cmdlet to its end.</summary>
    /// <param name="pipeline">Where it writes to.</param>
    /// <param name="connection">The account.</param>
    /// <param name="typed">The command line.</param>
    /// <param name="records">What comes down the pipeline; nothing: the cmdlet stands first.</param>
    internal static RecordingPipeline Run<TCmdlet>(
        this RecordingPipeline pipeline, ByokConnection connection, IReadOnlyDictionary<string, object?> typed, params IReadOnlyList<PipedInput> records)
        where TCmdlet : ByokCmdlet, new()
    {
        using var cmdlet = new TCmdlet();
        var commandLine = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase) { ["Connection"] = connection };
        foreach ((string name, object? value) in typed)
        {
            commandLine[name] = Convert(typeof(TCmdlet).GetProperty(name), value);
        }

        pipeline.Parameters = new BoundParameters(commandLine, commandLine.Keys, input: null);
        using var run = new CommandRun(pipeline, cmdlet.Activity, (int)pipeline.Parameters.Number("ThrottleLimit", CommandRun.DefaultThrottleLimit));
        try
        {
            cmdlet.Begin(run);
            PipedInput?[] all = records.Count == 0 ? [null] : [.. records];
            foreach (PipedInput? record in all)
            {
                pipeline.Parameters = Bind<TCmdlet>(commandLine, record);
                run.Row++;
                cmdlet.Record(run);
            }

            cmdlet.End(run);
            run.Complete();
        }
        catch (PipelineEndedException)
        {
        }
        catch (ByokApiException error)
        {
            // The cmdlet's base makes this of it.
            try
            {
                pipeline.ThrowTerminatingError(CmdletError.From(error, target: null));
            }
            catch (PipelineEndedException)
            {
            }
        }

        return pipeline;
    }

    /// <summary>A key that came down the pipeline.</summary>
    internal static PipedInput Piped(ByokKey key) => new(
        PipedKind.Key,
        typeof(ByokKey).GetProperties().ToDictionary(property => property.Name, property => property.GetValue(key), StringComparer.OrdinalIgnoreCase));

    /// <summary>An id that came down the pipeline.</summary>
    internal static PipedInput Piped(string id) => new(PipedKind.Id, new Dictionary<string, object?> { ["Id"] = id });

    /// <summary>A row that came down the pipeline.</summary>
    internal static PipedInput Row(params ReadOnlySpan<(string Column, object? Value)> columns)
    {
        var row = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach ((string column, object? value) in columns)
        {
            row.Add(column, value);
        }

        return new PipedInput(PipedKind.Row, row);
    }

    private static BoundParameters Bind<TCmdlet>(Dictionary<string, object?> commandLine, PipedInput? record)
    {
        var values = new Dictionary<string, object?>(commandLine, StringComparer.OrdinalIgnoreCase);
        if (record is not null && record.Kind != PipedKind.Id)
        {
            foreach (PropertyInfo parameter in typeof(TCmdlet).GetProperties().Where(BindsByPropertyName))
            {
                if (record.Columns.TryGetValue(parameter.Name, out object? value) && !commandLine.ContainsKey(parameter.Name))
                {
                    values[parameter.Name] = Convert(parameter, value);
                }
            }
        }

        return new BoundParameters(values, commandLine.Keys, record);
    }

    // Read from metadata: the attributes of the reference assembly remember nothing.
    private static bool BindsByPropertyName(PropertyInfo property) => property.GetCustomAttributesData().Any(data =>
        data.AttributeType == typeof(ParameterAttribute)
        && data.NamedArguments.Any(argument => argument.MemberName == "ValueFromPipelineByPropertyName" && argument.TypedValue.Value is true));

    private static object? Convert(PropertyInfo? parameter, object? value)
    {
        object? given = value;
        foreach (ArgumentTransformationAttribute transformation in parameter?.GetCustomAttributes<ArgumentTransformationAttribute>() ?? [])
        {
            value = transformation is NullableTextTransformationAttribute ? value : transformation.Transform(null!, value);
        }

        return given is string && FlagTextTransformationAttribute.TakeAside() is { } text ? text
            : parameter?.PropertyType == typeof(string[]) && value is string one ? new[] { one }
            : parameter?.PropertyType == typeof(SecureString) && value is not (null or SecureString) ? throw new InvalidOperationException($"{value} is no key.")
            : value;
    }
}

using System.Collections;
using System.Management.Automation;
using System.Reflection;
using OpenRouter.Byok.Binding;

namespace OpenRouter.Byok.Async;

/// <summary>The pipeline that PowerShell provides.</summary>
internal sealed class PowerShellPipeline : ICmdletPipeline
{
    private readonly ByokCmdlet _cmdlet;
    private readonly HashSet<string> _typed;
    private readonly PropertyInfo[] _fromPipeline;

    /// <summary>To be made in BeginProcessing, where only the command line is bound.</summary>
    internal PowerShellPipeline(ByokCmdlet cmdlet)
    {
        _cmdlet = cmdlet;
        _typed = new HashSet<string>(cmdlet.MyInvocation.BoundParameters.Keys, StringComparer.OrdinalIgnoreCase);
        _fromPipeline = Array.FindAll(
            cmdlet.GetType().GetProperties(),
            static property => property.GetCustomAttributes<ParameterAttribute>().Any(static parameter => parameter.ValueFromPipelineByPropertyName));
    }

    public BoundParameters Parameters
    {
        get
        {
            Dictionary<string, object?> bound = _cmdlet.MyInvocation.BoundParameters;
            PipedInput? input = bound.TryGetValue("InputObject", out object? piped) && piped is not null
                ? Unwrap(PSObject.AsPSObject(piped), isTyped: _typed.Contains("InputObject"))
                : null;
            var values = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
            foreach (string name in _typed)
            {
                if (!IsDelayed(name, bound[name]))
                {
                    values[name] = TextOf(name) ?? Plain(bound[name]);
                }
            }

            // What the engine lists as bound by the pipeline may be left over from the record before, so only the
            // properties, which it resets for each record, tell what this one bound.
            foreach (PropertyInfo property in _fromPipeline)
            {
                if (_typed.Contains(property.Name))
                {
                    continue;
                }

                object? value = TextOf(property.Name) ?? Plain(property.GetValue(_cmdlet));
                bool isDefault = value is null or false;
                if (input is { IsBound: true } && input.Columns.TryGetValue(property.Name, out object? column))
                {
                    values[property.Name] = isDefault && column is null ? null : value;
                }
                else if (!isDefault)
                {
                    // A script block gave it.
                    values[property.Name] = value;
                }
            }

            return new BoundParameters(values, _typed, input);
        }
    }

    public bool StopsOnError => PreferenceOf("ErrorAction", "ErrorActionPreference") is ActionPreference.Stop;

    public bool ShowsWhatWouldBeDone =>
        IsOn("WhatIf", "WhatIfPreference")
        || (_cmdlet.MyInvocation.BoundParameters.TryGetValue("Confirm", out object? confirm) && confirm is SwitchParameter { IsPresent: true });

    public void WriteObject(object value, string? view = null)
    {
        if (view is not null)
        {
            var shown = PSObject.AsPSObject(value);
            shown.TypeNames.Insert(0, $"{value.GetType().FullName}#{view}");
            value = shown;
        }

        _cmdlet.WriteObject(value);
    }

    public void WriteTotalCount(ulong count, double accuracy) =>
        _cmdlet.WriteObject(_cmdlet.PagingParameters.NewTotalCount(count, accuracy));

    public void WriteError(CmdletError error) => _cmdlet.WriteError(ToRecord(error));

    public void ThrowTerminatingError(CmdletError error) => _cmdlet.ThrowTerminatingError(ToRecord(error));

    public void WriteWarning(string message) => _cmdlet.WriteWarning(message);

    public void WriteVerbose(string message) => _cmdlet.WriteVerbose(message);

    public void WriteProgress(ProgressReport report) => _cmdlet.WriteProgress(
        new ProgressRecord(0, report.Activity, report.Status)
        {
            PercentComplete = report.PercentComplete,
            SecondsRemaining = report.SecondsRemaining,
            RecordType = report.IsCompleted ? ProgressRecordType.Completed : ProgressRecordType.Processing,
        });

    public bool ShouldProcess(string target, string action) => _cmdlet.ShouldProcess(target, action);

    public bool ShouldProcess(string description, string question, string caption) =>
        _cmdlet.ShouldProcess(description, question, caption);

    public string? ResolvePath(string path)
    {
        try
        {
            string resolved = _cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
            return provider.Name == "FileSystem" ? resolved : null;
        }
        catch (Exception wrong) when (wrong is not PipelineStoppedException)
        {
            // The engine's words would quote what may be a key in a path's place.
            return null;
        }
    }

    private static ErrorRecord ToRecord(CmdletError error) => new(error.Cause, error.Id, error.Category, error.Target);

    private static object? Plain(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        SwitchParameter flag => flag.IsPresent,
        var other => other,
    };

    /// <summary>
    /// Whether a script block is to give each record its own value: before the first record the engine lists in the
    /// value's place something of its own.
    /// </summary>
    private bool IsDelayed(string name, object? value) =>
        (value is PSObject wrapped ? wrapped.BaseObject : value) is { } given
        && Array.Find(_fromPipeline, property => string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase)) is { } parameter
        && !parameter.PropertyType.IsInstanceOfType(given);

    private FlagText? TextOf(string parameter) => _cmdlet.FlagTexts.TryGetValue(parameter, out FlagText? text) ? text : null;

    private static PipedInput Unwrap(PSObject input, bool isTyped)
    {
        if (input.BaseObject is string or Guid)
        {
            return new PipedInput(PipedKind.Id, new Dictionary<string, object?> { ["Id"] = input.BaseObject.ToString() });
        }

        var columns = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        if (input.BaseObject is IDictionary table)
        {
            foreach (DictionaryEntry entry in table)
            {
                columns[entry.Key.ToString() ?? string.Empty] = entry.Value;
            }
        }
        else
        {
            foreach (PSPropertyInfo property in input.Properties)
            {
                if (property.IsGettable)
                {
                    columns[property.Name] = Read(property);
                }
            }
        }

        return new PipedInput(
            Is<ByokKey>(input) ? PipedKind.Key : Is<ByokWorkspace>(input) ? PipedKind.Workspace : PipedKind.Row,
            columns,
            IsBound: !isTyped && input.BaseObject is not IDictionary);
    }

    private static object? Read(PSPropertyInfo property)
    {
        try
        {
            return Plain(property.Value);
        }
        catch (GetValueException)
        {
            // A script that fails; the engine itself reports one that a parameter is bound from.
            return null;
        }
    }

    /// <summary>Whether an object is of a type, or was before it went through a job, a remote session or a file.</summary>
    private static bool Is<T>(PSObject input) =>
        input.BaseObject is T || input.TypeNames.Contains("Deserialized." + typeof(T).FullName, StringComparer.OrdinalIgnoreCase);

    private object? PreferenceOf(string parameter, string variable)
    {
        object? value = _cmdlet.MyInvocation.BoundParameters.TryGetValue(parameter, out object? bound) ? bound : _cmdlet.GetVariableValue(variable);
        return value is string text && Enum.TryParse(text, ignoreCase: true, out ActionPreference preference) ? preference : value;
    }

    private bool IsOn(string parameter, string variable) =>
        _cmdlet.MyInvocation.BoundParameters.TryGetValue(parameter, out object? bound)
            ? bound is SwitchParameter { IsPresent: true }
            : LanguagePrimitives.IsTrue(_cmdlet.GetVariableValue(variable));
}

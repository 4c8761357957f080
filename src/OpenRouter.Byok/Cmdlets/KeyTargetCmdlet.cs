using System.Management.Automation;
using OpenRouter.Byok.Binding;
using OpenRouter.Byok.Completion;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>A cmdlet that does the same with each key of its input.</summary>
public abstract class KeyTargetCmdlet : ThrottledCmdlet
{
    private protected const string IdSet = "Id";
    private const string InputObjectSet = "InputObject";
    private const string RowSet = "Row";

    /// <summary>The ids of the keys (<c>id</c>).</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = IdSet, HelpMessage = "The id of a key; Get-ByokKey shows it.")]
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = RowSet, HelpMessage = "The id of a key; Get-ByokKey shows it.")]
    [AllowEmptyString]
    [IdTransformation]
    [ArgumentCompleter(typeof(KeyIdCompleter))]
    public string[] Id { get; set; } = [];

    /// <summary>The keys: what Get-ByokKey returns.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = InputObjectSet, HelpMessage = "A key: what Get-ByokKey returns.")]
    [KeyTransformation]
    public ByokKey[] InputObject { get; set; } = [];

    /// <summary>Starts the work on one key.</summary>
    private protected abstract void Process(KeyTarget target);

    private protected sealed override void Process()
    {
        IEnumerable<KeyTarget> targets = ParameterSetName == InputObjectSet
            ? InputObject.Select(static key => new KeyTarget(key.Id, key))
            : KeyTarget.Of(Id, RecordNumber, Records.Fail);
        foreach (KeyTarget target in targets)
        {
            Process(target);
        }
    }
}

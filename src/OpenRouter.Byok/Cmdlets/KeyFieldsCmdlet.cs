using System.Collections;
using System.Management.Automation;
using System.Security;
using OpenRouter.Byok.Binding;
using OpenRouter.Byok.Client;
using OpenRouter.Byok.Completion;

namespace OpenRouter.Byok.Cmdlets;

/// <summary>A cmdlet that takes the fields of a key: as parameters, and as columns of rows from the pipeline.</summary>
public abstract class KeyFieldsCmdlet : ThrottledCmdlet
{
    private protected const string IdSet = "Id";
    private protected const string InputObjectSet = "InputObject";
    private protected const string RowSet = "Row";

    private readonly Dictionary<KeyField, object?> _given = [];
    private (string Path, SecureString Key)? _file;

    /// <summary>A row from the pipeline, such as Import-Csv returns: its columns are named like the parameters.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = RowSet, HelpMessage = "A row with columns named like the parameters.")]
    [KeyRowTransformation]
    public KeyRow? Row { get; set; }

    /// <summary>The raw key (<c>key</c>): one token, or the JSON document that the provider requires. For a PSCredential, its password is used.</summary>
    [Parameter(ParameterSetName = IdSet, Position = 1)]
    [Parameter(ParameterSetName = InputObjectSet, Position = 1)]
    [Parameter(ParameterSetName = RowSet, Position = 1, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [SecretTransformation]
    public SecureString? Key { get; set; } = Unset.Secret;

    /// <summary>A file with the raw key, such as the JSON document of a service account. Wildcards are not expanded.</summary>
    [Parameter(ParameterSetName = IdSet)]
    [Parameter(ParameterSetName = InputObjectSet)]
    [Parameter(ParameterSetName = RowSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [AllowEmptyString]
    public string? KeyPath { get; set; }

    /// <summary>The name (<c>name</c>), at most 255 characters; <c>$null</c> clears it.</summary>
    [Parameter(ParameterSetName = IdSet)]
    [Parameter(ParameterSetName = InputObjectSet)]
    [Parameter(ParameterSetName = RowSet, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [NullableTextTransformation]
    public string? Name { get => GetText(KeyFields.Name); set => Set(KeyFields.Name, value); }

    /// <summary>Whether the key is disabled (<c>disabled</c>).</summary>
    [Parameter]
    public bool? Disabled { get => GetFlag(KeyFields.Disabled); set => SetFlag(KeyFields.Disabled, value); }

    /// <summary>Whether the key is tried after the provider's other keys (<c>is_fallback</c>); cannot be combined with IsByokOnly.</summary>
    [Parameter]
    public bool? IsFallback { get => GetFlag(KeyFields.IsFallback); set => SetFlag(KeyFields.IsFallback, value); }

    /// <summary>Whether OpenRouter's shared endpoints of the provider are removed for the models that this key applies to (<c>is_required</c>).</summary>
    [Parameter]
    public bool? IsRequired { get => GetFlag(KeyFields.IsRequired); set => SetFlag(KeyFields.IsRequired, value); }

    /// <summary>Whether OpenRouter's shared endpoints of the provider are removed for every model (<c>is_byok_only</c>).</summary>
    [Parameter]
    public bool? IsByokOnly { get => GetFlag(KeyFields.IsByokOnly); set => SetFlag(KeyFields.IsByokOnly, value); }

    /// <summary>Whether zero data retention is declared (<c>declared_zdr</c>); <c>$null</c> clears the declaration.</summary>
    [Parameter]
    [AllowNull]
    [ArgumentCompleter(typeof(DeclaredZdrCompleter))]
    public bool? DeclaredZdr { get => GetFlag(KeyFields.DeclaredZdr); set => Set(KeyFields.DeclaredZdr, value); }

    /// <summary>The data region of the provider account behind the key (<c>declared_region</c>): global, europe, us; <c>$null</c> clears it.</summary>
    [Parameter(ParameterSetName = IdSet)]
    [Parameter(ParameterSetName = InputObjectSet)]
    [Parameter(ParameterSetName = RowSet, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [NullableTextTransformation]
    [ArgumentCompleter(typeof(DeclaredRegionCompleter))]
    public string? DeclaredRegion { get => GetText(KeyFields.DeclaredRegion); set => Set(KeyFields.DeclaredRegion, value); }

    /// <summary>The models that may use the key (<c>allowed_models</c>), as a list or as <c>a;b</c>; <c>$null</c> removes the restriction.</summary>
    [Parameter(ParameterSetName = IdSet)]
    [Parameter(ParameterSetName = InputObjectSet)]
    [Parameter(ParameterSetName = RowSet, ValueFromPipelineByPropertyName = true)]
    [Alias("AllowedModel")]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [AllowListTransformation]
    [ArgumentCompleter(typeof(AllowedModelsCompleter))]
    public string[]? AllowedModels { get => GetList(KeyFields.AllowedModels); set => Set(KeyFields.AllowedModels, value); }

    /// <summary>The hashes of the API keys that may use the key (<c>allowed_api_key_hashes</c>); <c>$null</c> removes the restriction.</summary>
    [Parameter(ParameterSetName = IdSet)]
    [Parameter(ParameterSetName = InputObjectSet)]
    [Parameter(ParameterSetName = RowSet, ValueFromPipelineByPropertyName = true)]
    [Alias("AllowedApiKeyHash")]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [AllowListTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string[]? AllowedApiKeyHashes { get => GetList(KeyFields.AllowedApiKeyHashes); set => Set(KeyFields.AllowedApiKeyHashes, value); }

    /// <summary>The users that may use the key (<c>allowed_user_ids</c>); <c>$null</c> removes the restriction.</summary>
    [Parameter(ParameterSetName = IdSet)]
    [Parameter(ParameterSetName = InputObjectSet)]
    [Parameter(ParameterSetName = RowSet, ValueFromPipelineByPropertyName = true)]
    [Alias("AllowedUserId")]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [AllowListTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string[]? AllowedUserIds { get => GetList(KeyFields.AllowedUserIds); set => Set(KeyFields.AllowedUserIds, value); }

    /// <summary>Fields that the API has added since this version, by the API's names.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary? AdditionalProperties { get; set; }

    /// <summary>Whether the command line has a raw key, which is the same for every record.</summary>
    private protected bool HasOneKey { get; private set; }

    /// <summary>Reads the parameters first, to find errors that are the same for every record.</summary>
    private protected override void Begin()
    {
        base.Begin();
        _ = ReadGiven(new ByokKeySettings());
        CheckOneSource(hasKey: !ReferenceEquals(Key, Unset.Secret), hasPath: !string.IsNullOrWhiteSpace(KeyPath));
        HasOneKey = !ReferenceEquals(Key, Unset.Secret) || KeyPath is not null;
        _ = ReadKeyParameter(provider: null);
        if (ResolveKeyPath(KeyPath, new CellReader("-")) is { } path)
        {
            _file = (path, Records.WaitFor(() => RawKeyFile.Read(path, provider: null)));
        }
    }

    /// <summary>The settings of a record: those of its row; parameters take precedence.</summary>
    /// <exception cref="ByokApiException">A value cannot be used.</exception>
    private protected ByokKeySettings ReadSettings(RowReader? row)
    {
        ByokKeySettings settings = ReadGiven(row?.ReadSettings() ?? new ByokKeySettings(), row);
        foreach (KeyField field in row?.Unreal.Keys ?? Enumerable.Empty<KeyField>())
        {
            if (!settings.TryGetValue(field, out _))
            {
                WriteWarning(RowReader.DescribeUnreal(RecordNumber, field));
            }
        }

        return settings;
    }

    /// <summary>The raw key of a record, from a parameter, its row or a file; <see langword="null"/> if it is missing.</summary>
    /// <param name="row">The row; <see langword="null"/> if there is none.</param>
    /// <param name="provider">The provider's slug, which determines the form of the raw key; <see langword="null"/> if it is unknown.</param>
    /// <param name="owned">The caller disposes this after the raw key was sent.</param>
    /// <exception cref="ByokApiException">It cannot be used.</exception>
    private protected SecureString? ReadKey(RowReader? row, string? provider, out IDisposable? owned)
    {
        owned = null;
        var parameters = new CellReader("-");
        SecureString? cell = ReadKeyCell(row, provider);
        SecureString? key = ReadKeyParameter(provider) ?? cell;
        string? path = parameters.ReadPlain(nameof(KeyPath), KeyPath) ?? row?.ReadText(nameof(KeyPath));
        if (path is null)
        {
            return key;
        }

        CheckOneSource(key is not null, hasPath: true);
        string file = ResolveKeyPath(path, parameters)!;
        if (_file is { } read && read.Path == file)
        {
            RawKeyFile.Check(file, read.Key, provider);
            return read.Key;
        }

        key = Records.WaitFor(() => RawKeyFile.Read(file, provider));
        owned = key;
        return key;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file?.Key.Dispose();
        }

        base.Dispose(disposing);
    }

    private SecureString? ReadKeyParameter(string? provider)
    {
        var parameters = new CellReader("-");
        SecureString? key = ReferenceEquals(Key, Unset.Secret) ? null : parameters.ReadSecret(nameof(Key), Key);
        return key is null || RawKey.FindProblem(key, provider) is not { } problem ? key : throw parameters.Problem(nameof(Key), $"the raw key {problem}.");
    }

    private static SecureString? ReadKeyCell(RowReader? row, string? provider)
    {
        SecureString? key = row?.ReadSecret(nameof(Key));
        return key is null || RawKey.FindProblem(key, provider) is not { } problem ? key : throw row!.Problem(nameof(Key), $"the raw key {problem}.");
    }

    private ByokKeySettings ReadGiven(ByokKeySettings settings, RowReader? row = null)
    {
        var parameters = new CellReader("-");
        foreach (KeyValuePair<KeyField, object?> given in _given)
        {
            // If a parameter has the value of the cell, it was bound to the cell.
            if (parameters.Read(given.Key, given.Value) is { IsSet: true } value && row?.MeansOtherThan(given.Key, value.Value) != true)
            {
                settings.SetValue(given.Key, value.Value);
            }
        }

        try
        {
            foreach (DictionaryEntry field in AdditionalProperties ?? new Hashtable())
            {
                settings.SetAdditional(field.Key.ToString()!, field.Value);
            }
        }
        catch (FormatException wrong)
        {
            throw parameters.Problem(nameof(AdditionalProperties), wrong.Message);
        }

        return settings.FindProblem() is (var name, var problem) ? throw parameters.Problem(name, problem) : settings;
    }

    private static void CheckOneSource(bool hasKey, bool hasPath)
    {
        if (hasKey && hasPath)
        {
            throw ErrorRecords.BadInput("Key and KeyPath cannot be combined.");
        }
    }

    /// <summary>The file system path of a PowerShell path; <see langword="null"/> if none is given.</summary>
    private string? ResolveKeyPath(string? path, CellReader parameters)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            return null;
        }

        return FilePath.Resolve(SessionState, path!) ?? throw parameters.Problem(nameof(KeyPath), "a path of the file system is required.");
    }

    private string? GetText(KeyField<string?> field) => _given.TryGetValue(field, out object? text) ? (string?)text : Unset.Text;

    private string[]? GetList(KeyField<AllowList?> field) => _given.TryGetValue(field, out object? list) ? (string[]?)list : Unset.List;

    private bool? GetFlag(KeyField field) => _given.TryGetValue(field, out object? flag) ? (bool?)flag : null;

    /// <summary>For a flag without a third state: <c>$null</c> is ignored.</summary>
    private void SetFlag(KeyField<bool> field, bool? value) => Set(field, value ?? (object)Unset.Text);

    private void Set(KeyField field, object? value)
    {
        if (Unset.Is(value))
        {
            _given.Remove(field);
        }
        else
        {
            _given[field] = value;
        }
    }
}

using static OpenRouter.Byok.KeyFieldAccess;

namespace OpenRouter.Byok;

/// <summary>
/// The fields of a key, each defined once: requests, responses, checks and comparisons use this table. For a field that the
/// API adds, add a row here and a property of <see cref="ByokKey"/>.
/// </summary>
public static class KeyFields
{
    /// <summary>The maximum number of entries of an allow-list (<c>maxItems</c>).</summary>
    private const int MaximumEntries = 100;

    /// <summary>The name (<c>name</c>).</summary>
    public static KeyField<string?> Name { get; } =
        new(nameof(ByokKey.Name), "name", static key => key.Name, static (key, value) => key.Name = value) { Access = CreateAndUpdate, MaximumLength = 255 };

    /// <summary>The provider's slug (<c>provider</c>).</summary>
    public static KeyField<string?> Provider { get; } =
        new(nameof(ByokKey.Provider), "provider", static key => key.Provider, static (key, value) => key.Provider = value) { Access = CreateOnly };

    /// <summary>The masked raw key (<c>label</c>).</summary>
    public static KeyField<string?> Label { get; } =
        new(nameof(ByokKey.Label), "label", static key => key.Label, static (key, value) => key.Label = value);

    /// <summary>Whether the key is disabled (<c>disabled</c>).</summary>
    public static KeyField<bool> Disabled { get; } =
        new(nameof(ByokKey.Disabled), "disabled", static key => key.Disabled, static (key, value) => key.Disabled = value) { Access = CreateAndUpdate };

    /// <summary>Whether the key is tried after the provider's other keys (<c>is_fallback</c>).</summary>
    public static KeyField<bool> IsFallback { get; } =
        new(nameof(ByokKey.IsFallback), "is_fallback", static key => key.IsFallback, static (key, value) => key.IsFallback = value) { Access = CreateAndUpdate };

    /// <summary>Whether the models of this key never use OpenRouter's shared endpoints of the provider (<c>is_required</c>).</summary>
    public static KeyField<bool> IsRequired { get; } =
        new(nameof(ByokKey.IsRequired), "is_required", static key => key.IsRequired, static (key, value) => key.IsRequired = value) { Access = CreateAndUpdate };

    /// <summary>Whether no model uses OpenRouter's shared endpoints of the provider (<c>is_byok_only</c>).</summary>
    public static KeyField<bool> IsByokOnly { get; } =
        new(nameof(ByokKey.IsByokOnly), "is_byok_only", static key => key.IsByokOnly, static (key, value) => key.IsByokOnly = value)
        {
            Access = CreateAndUpdate,
            CannotCombineWith = IsFallback,
        };

    /// <summary>Whether zero data retention is declared (<c>declared_zdr</c>).</summary>
    public static KeyField<bool?> DeclaredZdr { get; } =
        new(nameof(ByokKey.DeclaredZdr), "declared_zdr", static key => key.DeclaredZdr, static (key, value) => key.DeclaredZdr = value) { Access = CreateAndUpdate };

    /// <summary>The declared data region (<c>declared_region</c>).</summary>
    public static KeyField<string?> DeclaredRegion { get; } =
        new(nameof(ByokKey.DeclaredRegion), "declared_region", static key => key.DeclaredRegion, static (key, value) => key.DeclaredRegion = value)
        {
            Access = CreateAndUpdate,
            KnownValues = ["global", "europe", "us"],
        };

    /// <summary>The models that may use the key (<c>allowed_models</c>).</summary>
    public static KeyField<AllowList?> AllowedModels { get; } =
        new(nameof(ByokKey.AllowedModels), "allowed_models", static key => key.AllowedModels, static (key, value) => key.AllowedModels = value)
        {
            Access = CreateAndUpdate,
            MaximumEntries = MaximumEntries,
        };

    /// <summary>The hashes of the API keys that may use the key (<c>allowed_api_key_hashes</c>).</summary>
    public static KeyField<AllowList?> AllowedApiKeyHashes { get; } =
        new(nameof(ByokKey.AllowedApiKeyHashes), "allowed_api_key_hashes", static key => key.AllowedApiKeyHashes, static (key, value) => key.AllowedApiKeyHashes = value)
        {
            Access = CreateAndUpdate,
            MaximumEntries = MaximumEntries,
            HoldsHashes = true,
        };

    /// <summary>The users that may use the key (<c>allowed_user_ids</c>).</summary>
    public static KeyField<AllowList?> AllowedUserIds { get; } =
        new(nameof(ByokKey.AllowedUserIds), "allowed_user_ids", static key => key.AllowedUserIds, static (key, value) => key.AllowedUserIds = value)
        {
            Access = CreateAndUpdate,
            MaximumEntries = MaximumEntries,
        };

    /// <summary>
    /// The position among the keys of the provider (<c>sort_order</c>). A <see cref="long"/> keeps every integer of 64 bits
    /// exact, which a double does not; any other number is kept in <see cref="ByokKey.AdditionalProperties"/>.
    /// </summary>
    public static KeyField<long?> SortOrder { get; } =
        new(nameof(ByokKey.SortOrder), "sort_order", static key => key.SortOrder, static (key, value) => key.SortOrder = value);

    /// <summary>The workspace (<c>workspace_id</c>).</summary>
    public static KeyField<string?> WorkspaceId { get; } =
        new(nameof(ByokKey.WorkspaceId), "workspace_id", static key => key.WorkspaceId, static (key, value) => key.WorkspaceId = value) { Access = CreateOnly };

    /// <summary>The time of the creation (<c>created_at</c>).</summary>
    public static KeyField<DateTimeOffset?> CreatedAt { get; } =
        new(nameof(ByokKey.CreatedAt), "created_at", static key => key.CreatedAt, static (key, value) => key.CreatedAt = value);

    /// <summary>The id (<c>id</c>).</summary>
    public static KeyField<string?> Id { get; } =
        new(nameof(ByokKey.Id), "id", static key => key.Id, static (key, value) => key.Id = value ?? string.Empty);

    /// <summary>Every field, in the order of the properties of <see cref="ByokKey"/>.</summary>
    public static IReadOnlyList<KeyField> All { get; } =
    [
        Name, Provider, Label, Disabled, IsFallback, IsRequired, IsByokOnly, DeclaredZdr, DeclaredRegion, AllowedModels, AllowedApiKeyHashes, AllowedUserIds,
        SortOrder, WorkspaceId, CreatedAt, Id,
    ];

    /// <summary>The field with a name, of PowerShell or of the API, whatever its case; <see langword="null"/> if there is none.</summary>
    /// <param name="name">The name.</param>
    public static KeyField? Find(string name) => All.FirstOrDefault(field =>
        field.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || field.ApiName.Equals(name, StringComparison.OrdinalIgnoreCase));
}

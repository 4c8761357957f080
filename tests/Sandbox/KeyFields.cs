using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpenRouter.Byok.Sandbox;

/// <summary>The fields of a create or update request, checked as the API's schemas say.</summary>
internal sealed partial class KeyFields
{
    private const int MaximumEntries = 100;
    private const int MaximumNameLength = 255;

    private static readonly JsonDocumentOptions _strict = new() { AllowDuplicateProperties = false };

    internal Field<string> Provider { get; private set; }

    internal Field<string> Key { get; private set; }

    internal Field<Guid> WorkspaceId { get; private set; }

    internal Field<string?> Name { get; private set; }

    internal Field<bool> Disabled { get; private set; }

    internal Field<bool> IsFallback { get; private set; }

    internal Field<bool> IsRequired { get; private set; }

    internal Field<bool> IsByokOnly { get; private set; }

    internal Field<bool?> DeclaredZdr { get; private set; }

    internal Field<string?> DeclaredRegion { get; private set; }

    internal Field<IReadOnlyList<string>?> AllowedModels { get; private set; }

    internal Field<IReadOnlyList<string>?> AllowedApiKeyHashes { get; private set; }

    internal Field<IReadOnlyList<string>?> AllowedUserIds { get; private set; }

    internal static KeyFields Parse(ReadOnlyMemory<byte> body, bool create)
    {
        try
        {
            using var document = JsonDocument.Parse(body, _strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new ApiException(400, "The request body must be a JSON object");
            }

            var fields = new KeyFields();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                fields.Read(property.Name, property.Value, create);
            }

            if (create && !fields.Provider.IsSet)
            {
                throw new ApiException(400, "provider: Required");
            }

            if (create && !fields.Key.IsSet)
            {
                throw new ApiException(400, "key: Required");
            }

            return fields;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: text that is no Unicode, such as half of a surrogate pair.
            throw new ApiException(400, "The request body is not valid JSON");
        }
    }

    /// <summary>The key as it would be after this change.</summary>
    internal SandboxKey ApplyTo(SandboxKey key)
    {
        var changed = key with
        {
            Name = Name.Or(key.Name),
            Disabled = Disabled.Or(key.Disabled),
            IsFallback = IsFallback.Or(key.IsFallback),
            IsRequired = IsRequired.Or(key.IsRequired),
            IsByokOnly = IsByokOnly.Or(key.IsByokOnly),
            DeclaredZdr = DeclaredZdr.Or(key.DeclaredZdr),
            DeclaredRegion = Sandbox.DeclaredRegion.After(key, Key, DeclaredRegion),
            AllowedModels = AllowedModels.Or(key.AllowedModels),
            AllowedApiKeyHashes = AllowedApiKeyHashes.Or(key.AllowedApiKeyHashes),
            AllowedUserIds = AllowedUserIds.Or(key.AllowedUserIds),
            RawKey = Key.IsSet ? Key.Value : key.RawKey,
            Label = Key.IsSet ? KeyLabel.Mask(Key.Value) : key.Label,
        };
        return changed is { IsFallback: true, IsByokOnly: true }
            ? throw new ApiException(400, "is_fallback and is_byok_only cannot both be true")
            : changed;
    }

    private static bool Boolean(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new ApiException(400, $"{name}: Expected boolean"),
    };

    private static string Text(string name, JsonElement value) => value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : throw new ApiException(400, $"{name}: Expected string");

    private static IReadOnlyList<string>? Texts(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw new ApiException(400, $"{name}: Expected array");
        }

        return value.GetArrayLength() > MaximumEntries
            ? throw new ApiException(400, $"{name}: At most {MaximumEntries} entries are allowed")
            : [.. value.EnumerateArray().Select(entry => Text(name, entry))];
    }

    private static string Slug(JsonElement value)
    {
        var slug = Text("provider", value);
        return ProviderSlug().IsMatch(slug) ? slug : throw new ApiException(400, "provider: Invalid provider slug");
    }

    private static string RawKey(JsonElement value) => Text("key", value) is { Length: > 0 } key
        ? key
        : throw new ApiException(400, "key: Must not be empty");

    private static string? NullableName(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        var name = Text("name", value);
        return name.EnumerateRunes().Count() > MaximumNameLength
            ? throw new ApiException(400, $"name: At most {MaximumNameLength} characters are allowed")
            : name;
    }

    private static IReadOnlyList<string>? Hashes(JsonElement value)
    {
        var hashes = Texts("allowed_api_key_hashes", value);
        if (hashes is { Count: 0 })
        {
            throw new ApiException(400, "allowed_api_key_hashes: At least one entry is needed; null means no restriction");
        }

        return hashes?.Any(hash => !KeyHash().IsMatch(hash)) == true
            ? throw new ApiException(400, "allowed_api_key_hashes: Each entry must be 64 lower-case hexadecimal digits")
            : hashes;
    }

    private static Guid Uuid(string name, JsonElement value) => Guid.TryParseExact(Text(name, value), "D", out var id)
        ? id
        : throw new ApiException(400, $"{name}: Invalid uuid");

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._-]*(/[a-z0-9._-]+)*\z")]
    private static partial Regex ProviderSlug();

    [GeneratedRegex(@"\A[a-f0-9]{64}\z")]
    private static partial Regex KeyHash();

    private void Read(string name, JsonElement value, bool create)
    {
        switch (name)
        {
            case "provider" when create:
                Provider = new(true, Slug(value));
                break;
            case "workspace_id" when create:
                WorkspaceId = new(true, Uuid(name, value));
                break;
            case "key":
                Key = new(true, RawKey(value));
                break;
            case "name":
                Name = new(true, NullableName(value));
                break;
            case "disabled":
                Disabled = new(true, Boolean(name, value));
                break;
            case "is_fallback":
                IsFallback = new(true, Boolean(name, value));
                break;
            case "is_required":
                IsRequired = new(true, Boolean(name, value));
                break;
            case "is_byok_only":
                IsByokOnly = new(true, Boolean(name, value));
                break;
            case "declared_zdr":
                DeclaredZdr = new(true, value.ValueKind == JsonValueKind.Null ? null : Boolean(name, value));
                break;
            case "declared_region":
                DeclaredRegion = new(true, value.ValueKind == JsonValueKind.Null ? null : Text(name, value));
                break;
            case "allowed_models":
                AllowedModels = new(true, Texts(name, value));
                break;
            case "allowed_api_key_hashes":
                AllowedApiKeyHashes = new(true, Hashes(value));
                break;
            case "allowed_user_ids":
                AllowedUserIds = new(true, Texts(name, value));
                break;
            default:
                // The API may well ignore it; here a stray field is a mistake that a test should see.
                throw new ApiException(400, $"Unrecognized field: {name}");
        }
    }
}

namespace OpenRouter.Byok;

/// <summary>A workspace of the account: the place where keys that are not global belong.</summary>
public sealed record ByokWorkspace
{
    /// <summary>The name of the workspace (<c>name</c>).</summary>
    public string? Name { get; init; }

    /// <summary>The name of the workspace as it stands in addresses (<c>slug</c>).</summary>
    public string? Slug { get; init; }

    /// <summary>What the workspace is for (<c>description</c>), or <see langword="null"/>.</summary>
    public string? Description { get; init; }

    /// <summary>The text model used where a request names none (<c>default_text_model</c>), or <see langword="null"/>.</summary>
    public string? DefaultTextModel { get; init; }

    /// <summary>The image model used where a request names none (<c>default_image_model</c>), or <see langword="null"/>.</summary>
    public string? DefaultImageModel { get; init; }

    /// <summary>How providers are ordered by default (<c>default_provider_sort</c>), or <see langword="null"/>.</summary>
    public string? DefaultProviderSort { get; init; }

    /// <summary>The id of the guardrail that applies by default (<c>default_guardrail_id</c>), or <see langword="null"/>.</summary>
    public string? DefaultGuardrailId { get; init; }

    /// <summary>Whether spending through provider keys counts against budgets (<c>include_byok_in_budgets</c>); <see langword="null"/> where the server does not tell.</summary>
    public bool? IncludeByokInBudgets { get; init; }

    /// <summary>Whether discounts for logged data apply (<c>is_data_discount_logging_enabled</c>); <see langword="null"/> where the server does not tell.</summary>
    public bool? IsDataDiscountLoggingEnabled { get; init; }

    /// <summary>Whether traces are broadcast (<c>is_observability_broadcast_enabled</c>); <see langword="null"/> where the server does not tell.</summary>
    public bool? IsObservabilityBroadcastEnabled { get; init; }

    /// <summary>Whether inputs and outputs are logged (<c>is_observability_io_logging_enabled</c>); <see langword="null"/> where the server does not tell.</summary>
    public bool? IsObservabilityIoLoggingEnabled { get; init; }

    /// <summary>The share of requests whose input and output is logged, 0 to 1 (<c>io_logging_sampling_rate</c>); <see langword="null"/> where the server does not tell.</summary>
    public double? IoLoggingSamplingRate { get; init; }

    /// <summary>The numbers of the API keys whose input and output is logged (<c>io_logging_api_key_ids</c>); <see langword="null"/> means all.</summary>
    public IReadOnlyList<long>? IoLoggingApiKeyIds { get; init; }

    /// <summary>Who created the workspace (<c>created_by</c>), or <see langword="null"/>.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>When the workspace was created, in local time (<c>created_at</c>); <see langword="null"/> where the server does not tell.</summary>
    public DateTime? CreatedAt { get; init; }

    /// <summary>When the workspace was last changed, in local time (<c>updated_at</c>), or <see langword="null"/>.</summary>
    public DateTime? UpdatedAt { get; init; }

    /// <summary>The id of the workspace, a UUID (<c>id</c>): what <c>-WorkspaceId</c> takes.</summary>
    public required string Id { get; init; }

    /// <summary>
    /// Fields of the answer that this version does not know, by their API names; <see langword="null"/> where there are none.
    /// </summary>
    public IReadOnlyDictionary<string, object?>? AdditionalProperties { get; init; }

    /// <summary>The name and the id of the workspace.</summary>
    public override string ToString() => $"{Name} ({Id})";
}

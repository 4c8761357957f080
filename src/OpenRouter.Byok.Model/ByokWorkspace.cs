namespace OpenRouter.Byok;

/// <summary>A workspace of the account. A key belongs to one workspace, or is global.</summary>
public sealed record ByokWorkspace
{
    internal ByokWorkspace()
    {
    }

    /// <summary>The name of the workspace (<c>name</c>).</summary>
    public string? Name { get; internal set; }

    /// <summary>The name of the workspace in URLs (<c>slug</c>).</summary>
    public string? Slug { get; internal set; }

    /// <summary>What the workspace is for (<c>description</c>), or <see langword="null"/>.</summary>
    public string? Description { get; internal set; }

    /// <summary>The text model for requests that name none (<c>default_text_model</c>), or <see langword="null"/>.</summary>
    public string? DefaultTextModel { get; internal set; }

    /// <summary>The image model for requests that name none (<c>default_image_model</c>), or <see langword="null"/>.</summary>
    public string? DefaultImageModel { get; internal set; }

    /// <summary>How providers are ordered by default (<c>default_provider_sort</c>), or <see langword="null"/>.</summary>
    public string? DefaultProviderSort { get; internal set; }

    /// <summary>The id of the guardrail that applies by default (<c>default_guardrail_id</c>), or <see langword="null"/>.</summary>
    public string? DefaultGuardrailId { get; internal set; }

    /// <summary>Whether spending through provider keys counts against budgets (<c>include_byok_in_budgets</c>); <see langword="null"/> if the response has none.</summary>
    public bool? IncludeByokInBudgets { get; internal set; }

    /// <summary>Whether discounts for logged data apply (<c>is_data_discount_logging_enabled</c>); <see langword="null"/> if the response has none.</summary>
    public bool? IsDataDiscountLoggingEnabled { get; internal set; }

    /// <summary>Whether traces are broadcast (<c>is_observability_broadcast_enabled</c>); <see langword="null"/> if the response has none.</summary>
    public bool? IsObservabilityBroadcastEnabled { get; internal set; }

    /// <summary>Whether inputs and outputs are logged (<c>is_observability_io_logging_enabled</c>); <see langword="null"/> if the response has none.</summary>
    public bool? IsObservabilityIoLoggingEnabled { get; internal set; }

    /// <summary>The share of requests whose input and output is logged, 0 to 1 (<c>io_logging_sampling_rate</c>); <see langword="null"/> if the response has none.</summary>
    public double? IoLoggingSamplingRate { get; internal set; }

    /// <summary>The numbers of the API keys whose input and output is logged (<c>io_logging_api_key_ids</c>); <see langword="null"/> means all.</summary>
    public IReadOnlyList<long>? IoLoggingApiKeyIds { get; internal set; }

    /// <summary>The server tools that are disabled (<c>disabled_server_tools</c>); <see langword="null"/> if the response has none.</summary>
    public IReadOnlyList<string>? DisabledServerTools { get; internal set; }

    /// <summary>Who created the workspace (<c>created_by</c>), or <see langword="null"/>.</summary>
    public string? CreatedBy { get; internal set; }

    /// <summary>When the workspace was created, in local time with its offset (<c>created_at</c>); <see langword="null"/> if the response has none.</summary>
    public DateTimeOffset? CreatedAt { get; internal set; }

    /// <summary>When the workspace was last changed, in local time with its offset (<c>updated_at</c>), or <see langword="null"/>.</summary>
    public DateTimeOffset? UpdatedAt { get; internal set; }

    /// <summary>The id of the workspace, a UUID (<c>id</c>): what <c>-WorkspaceId</c> takes.</summary>
    public string Id { get; internal set; } = string.Empty;

    /// <summary>Other fields of the response, by the API's names; <see langword="null"/> if there are none.</summary>
    public IReadOnlyDictionary<string, object?>? AdditionalProperties { get; internal set; }

    /// <summary>The name and the id of the workspace.</summary>
    public override string ToString() => $"{Name} ({Id})";
}

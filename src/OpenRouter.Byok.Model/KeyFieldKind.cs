namespace OpenRouter.Byok;

/// <summary>What the value of a field is.</summary>
public enum KeyFieldKind
{
    /// <summary>A <see cref="string"/>.</summary>
    Text,

    /// <summary>A <see cref="bool"/>, never <see langword="null"/>.</summary>
    Boolean,

    /// <summary>A <see cref="bool"/> or <see langword="null"/>.</summary>
    NullableBoolean,

    /// <summary>An <see cref="AllowList"/>.</summary>
    List,

    /// <summary>A <see cref="long"/>.</summary>
    Number,

    /// <summary>A <see cref="DateTimeOffset"/> in local time.</summary>
    Time,
}

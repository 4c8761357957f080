using System.Diagnostics.CodeAnalysis;

namespace OpenRouter.Byok;

/// <summary>
/// A field that is either missing or set, possibly to <see langword="null"/>: in an update the first leaves the field
/// unchanged and the second clears it.
/// </summary>
/// <typeparam name="T">The type of the field.</typeparam>
public readonly struct Optional<T> : IEquatable<Optional<T>>
{
    /// <summary>A field that is set.</summary>
    /// <param name="value">What it is set to; <see langword="null"/> clears the field.</param>
    public Optional(T value)
    {
        Value = value;
        IsSet = true;
    }

    /// <summary>Whether the field is sent at all.</summary>
    public bool IsSet { get; }

    /// <summary>What the field is set to; the default of <typeparamref name="T"/> if it is missing.</summary>
    public T? Value { get; }

    /// <summary>Sets a field by plain assignment.</summary>
    /// <param name="value">What it is set to.</param>
    [SuppressMessage("Usage", "CA2225:Operator overloads have named alternates", Justification = "The constructor is the named alternate.")]
    public static implicit operator Optional<T>(T value) => new(value);

    /// <summary>Whether two fields send the same value.</summary>
    /// <param name="left">One field.</param>
    /// <param name="right">The other field.</param>
    public static bool operator ==(Optional<T> left, Optional<T> right) => left.Equals(right);

    /// <summary>Whether two fields send different values.</summary>
    /// <param name="left">One field.</param>
    /// <param name="right">The other field.</param>
    public static bool operator !=(Optional<T> left, Optional<T> right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(Optional<T> other) =>
        IsSet == other.IsSet && EqualityComparer<T?>.Default.Equals(Value, other.Value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Optional<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => IsSet ? Value?.GetHashCode() ?? 1 : 0;

    /// <inheritdoc/>
    public override string ToString() => IsSet ? Value?.ToString() ?? "null" : "left out";
}

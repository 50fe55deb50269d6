namespace RobustPruning.Perturbations;

/// <summary>A semantic parameter and the closed interval it runs over.</summary>
public sealed record ParameterRange
{
    /// <summary>Creates the range.</summary>
    /// <param name="name">The parameter's name, for example <c>brightness</c>.</param>
    /// <param name="lower">The least value; finite.</param>
    /// <param name="upper">The greatest value; finite, not below <paramref name="lower"/>.</param>
    /// <exception cref="ArgumentException">A limit is not finite, or the range is inverted; the message names the parameter.</exception>
    public ParameterRange(string name, double lower, double upper)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (!double.IsFinite(lower))
            throw new ArgumentException($"The lower limit {lower} of {name} must be finite.", nameof(lower));
        if (!double.IsFinite(upper))
            throw new ArgumentException($"The upper limit {upper} of {name} must be finite.", nameof(upper));
        if (lower > upper)
            throw new ArgumentException($"The range [{lower}, {upper}] of {name} is inverted.", nameof(lower));
        Name = name;
        Lower = lower;
        Upper = upper;
    }

    /// <summary>The parameter's name.</summary>
    public string Name { get; }

    /// <summary>The least value.</summary>
    public double Lower { get; }

    /// <summary>The greatest value.</summary>
    public double Upper { get; }

    /// <summary>For example <c>brightness in [-0.1, 0.1]</c>.</summary>
    public override string ToString() => $"{Name} in [{Lower}, {Upper}]";
}

using System.Text.Json.Serialization;

namespace RobustPruning.Certification;

/// <summary>What an <see cref="OutputProperty"/> is, for a file.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(KeypointPropertyDescription), "keypoints")]
[JsonDerivedType(typeof(LinearPropertyDescription), "linear")]
internal abstract record PropertyDescription
{
    /// <summary>The description of a property.</summary>
    public static PropertyDescription Of(OutputProperty property) => property switch
    {
        KeypointProperty keypoints => new KeypointPropertyDescription(keypoints.Tolerance, keypoints.Norm),
        LinearProperty linear => new LinearPropertyDescription([.. linear.Weights.Select(row => row.ToArray())], [.. linear.Limits], linear.Names?.ToArray()),
        _ => throw new NotSupportedException($"A certificate file has no form for {property.GetType().Name}."),
    };

    /// <summary>The property.</summary>
    /// <exception cref="ArgumentException">The numbers make no property.</exception>
    public abstract OutputProperty Restore();
}

internal sealed record KeypointPropertyDescription(double Tolerance, KeypointNorm Norm) : PropertyDescription
{
    public override OutputProperty Restore() => new KeypointProperty(Tolerance, Norm);
}

internal sealed record LinearPropertyDescription(double[][] Weights, double[] Limits, string[]? Names) : PropertyDescription
{
    public override OutputProperty Restore() => new LinearProperty(Weights, Limits, Names);
}

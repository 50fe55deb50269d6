using System.Text.Json.Serialization;

namespace RobustPruning.Certification;

/// <summary>What an <see cref="OutputProperty"/> is, for a file.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(KeypointPropertyDescription), "keypoints")]
[JsonDerivedType(typeof(LinearPropertyDescription), "linear")]
[JsonDerivedType(typeof(AvoidancePropertyDescription), "avoidance")]
[JsonDerivedType(typeof(SquaredDeviationPropertyDescription), "squaredDeviation")]
[JsonDerivedType(typeof(DecodedPropertyDescription), "decoded")]
internal abstract record PropertyDescription
{
    /// <summary>The description of a property.</summary>
    public static PropertyDescription Of(OutputProperty property) => property switch
    {
        KeypointProperty keypoints => new KeypointPropertyDescription(keypoints.Tolerance, keypoints.Norm, keypoints.Motion),
        LinearProperty linear => new LinearPropertyDescription(
            [.. linear.Weights.Select(row => row.ToArray())], [.. linear.Limits], linear.Names?.ToArray(), linear.FromReference),
        AvoidanceProperty avoidance => new AvoidancePropertyDescription([.. avoidance.Regions.Select(RegionDescription.Of)]),
        SquaredDeviationProperty squares => new SquaredDeviationPropertyDescription(squares.Limit),
        DecodedProperty decoded => new DecodedPropertyDescription(DecoderDescription.Of(decoded.Decoder), Of(decoded.Positions)),
        _ => throw new NotSupportedException($"A certificate file has no form for {property.GetType().Name}."),
    };

    /// <summary>The property.</summary>
    /// <exception cref="ArgumentException">The numbers make no property.</exception>
    public abstract OutputProperty Restore();
}

internal sealed record KeypointPropertyDescription(
    double Tolerance, KeypointNorm Norm,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] KeypointMotion? Motion = null) : PropertyDescription
{
    public override OutputProperty Restore() => new KeypointProperty(Tolerance, Norm) { Motion = Motion };
}

internal sealed record LinearPropertyDescription(
    double[][] Weights,
    double[] Limits,
    string[]? Names,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool FromReference = false) : PropertyDescription
{
    public override OutputProperty Restore() => new LinearProperty(Weights, Limits, Names, FromReference);
}

internal sealed record SquaredDeviationPropertyDescription(double Limit) : PropertyDescription
{
    public override OutputProperty Restore() => new SquaredDeviationProperty(Limit);
}

internal sealed record DecodedPropertyDescription(DecoderDescription Decoder, PropertyDescription Positions) : PropertyDescription
{
    public override OutputProperty Restore() => new DecodedProperty(Decoder.Restore(), Positions.Restore());
}

/// <summary>A <see cref="HeatmapDecoder"/>.</summary>
internal sealed record DecoderDescription(
    HeatmapDecoding Decoding, int Keypoints, int Height, int Width, double StrideX, double StrideY, double OriginX, double OriginY,
    double OffsetScale, double Beta)
{
    public static DecoderDescription Of(HeatmapDecoder decoder) =>
        new(
            decoder.Decoding, decoder.Keypoints, decoder.Height, decoder.Width, decoder.StrideX, decoder.StrideY, decoder.OriginX,
            decoder.OriginY, decoder.OffsetScale, decoder.Beta);

    public HeatmapDecoder Restore() => new(Decoding, Keypoints, Height, Width)
    {
        StrideX = StrideX, StrideY = StrideY, OriginX = OriginX, OriginY = OriginY, OffsetScale = OffsetScale, Beta = Beta,
    };
}

internal sealed record AvoidancePropertyDescription(RegionDescription[] Regions) : PropertyDescription
{
    public override OutputProperty Restore() => new AvoidanceProperty([.. Regions.Select(region => region.Restore())]);
}

internal sealed record RegionDescription(double[][] Weights, double[] Limits)
{
    public static RegionDescription Of(OutputRegion region) => new([.. region.Weights.Select(row => row.ToArray())], [.. region.Limits]);

    public OutputRegion Restore() => new(Weights, Limits);
}

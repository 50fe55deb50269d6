using System.Text.Json.Serialization;

namespace RobustPruning.Perturbations;

/// <summary>What a transform is, for a file, but for the ranges of its parameters.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(BrightnessDescription), "brightness")]
[JsonDerivedType(typeof(ContrastDescription), "contrast")]
[JsonDerivedType(typeof(SaturationDescription), "saturation")]
[JsonDerivedType(typeof(HazeDescription), "haze")]
[JsonDerivedType(typeof(BlurDescription), "blur")]
[JsonDerivedType(typeof(ConvexHullDescription), "convexHull")]
[JsonDerivedType(typeof(GammaDescription), "gamma")]
[JsonDerivedType(typeof(EntryShiftDescription), "entryShift")]
[JsonDerivedType(typeof(BiasFieldDescription), "biasField")]
[JsonDerivedType(typeof(VignetteDescription), "vignette")]
[JsonDerivedType(typeof(ShadowDescription), "shadow")]
[JsonDerivedType(typeof(MovingShadowDescription), "movingShadow")]
[JsonDerivedType(typeof(LightSpotDescription), "lightSpot")]
[JsonDerivedType(typeof(WhiteBalanceDescription), "whiteBalance")]
[JsonDerivedType(typeof(ColourTemperatureDescription), "colourTemperature")]
[JsonDerivedType(typeof(AffineWarpDescription), "affineWarp")]
[JsonDerivedType(typeof(CameraMotionDescription), "cameraMotion")]
[JsonDerivedType(typeof(MotionBlurDescription), "motionBlur")]
[JsonDerivedType(typeof(DefocusDescription), "defocus")]
[JsonDerivedType(typeof(CustomDescription), "custom")]
internal abstract record TransformDescription
{
    /// <summary>The number of parameters.</summary>
    [JsonIgnore]
    public virtual int Dimension => 1;

    /// <summary>What a transform is; a user's own is named only.</summary>
    public static TransformDescription Of(ISemanticTransform transform) => transform is IDescribedTransform described
        ? described.Describe()
        : new CustomDescription(transform.GetType().FullName ?? transform.GetType().Name, transform.Parameters.Count);

    /// <summary>The transform with the given ranges.</summary>
    public abstract ISemanticTransform Restore(ParameterBox box);
}

internal sealed record EntryShiftDescription([property: JsonRequired, JsonPropertyName("entries")] long[] Entries) : TransformDescription
{
    [JsonIgnore]
    public override int Dimension => Entries?.Length ?? 0;

    public override ISemanticTransform Restore(ParameterBox box) => new EntryShift(Entries, box);
}

internal sealed record BrightnessDescription : TransformDescription
{
    public override ISemanticTransform Restore(ParameterBox box) => new Brightness(box.Lower[0], box.Upper[0]);
}

internal sealed record ContrastDescription(
    [property: JsonRequired, JsonPropertyName("pivot"), JsonConverter(typeof(JsonStringEnumConverter<ContrastPivot>))] ContrastPivot Pivot)
        : TransformDescription
{
    public override ISemanticTransform Restore(ParameterBox box) => new Contrast(box.Lower[0], box.Upper[0], Pivot);
}

internal sealed record SaturationDescription : TransformDescription
{
    public override ISemanticTransform Restore(ParameterBox box) => new Saturation(box.Lower[0], box.Upper[0]);
}

internal sealed record HazeDescription([property: JsonRequired, JsonPropertyName("airlight")] double[] Airlight) : TransformDescription
{
    public override ISemanticTransform Restore(ParameterBox box) => new Haze(box.Lower[0], box.Upper[0], Airlight);
}

internal sealed record BlurDescription(
    [property: JsonRequired, JsonPropertyName("weights")] double[][] Weights,
    [property: JsonRequired, JsonPropertyName("edges"), JsonConverter(typeof(JsonStringEnumConverter<BlurEdges>))] BlurEdges Edges)
        : TransformDescription
{
    public override ISemanticTransform Restore(ParameterBox box) => new Blur(box.Lower[0], box.Upper[0], Weights, Edges);
}

/// <summary>Images as 32-bit numbers, the lowest byte first, one image after the other.</summary>
internal sealed record ConvexHullDescription(
    [property: JsonRequired, JsonPropertyName("count")] int Count,
    [property: JsonRequired, JsonPropertyName("shape")] long[] Shape,
    [property: JsonRequired, JsonPropertyName("values")] byte[] Values) : TransformDescription
{
    [JsonIgnore]
    public override int Dimension => Count;

    public override ISemanticTransform Restore(ParameterBox box) => new ConvexHull(StoredImages.Of(Values, Count, Shape));
}

internal sealed record GammaDescription : TransformDescription
{
    public override ISemanticTransform Restore(ParameterBox box) => new GammaCorrection(box.Lower[0], box.Upper[0]);
}

/// <summary>A transform of the user's: its type's name is noted, the transform itself has to be given again.</summary>
internal sealed record CustomDescription(
    [property: JsonRequired, JsonPropertyName("type")] string Type,
    [property: JsonRequired, JsonPropertyName("parameters")] int Parameters) : TransformDescription
{
    [JsonIgnore]
    public override int Dimension => Parameters;

    public override ISemanticTransform Restore(ParameterBox box) =>
        throw new NotSupportedException(
            $"The transform {Type} is not of this library: a set that holds it cannot be made from its description.");
}

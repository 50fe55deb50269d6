using System.Text.Json.Serialization;

namespace RobustPruning.Perturbations;

internal sealed record AffineWarpDescription(
    [property: JsonRequired, JsonPropertyName("parameters")] IReadOnlyList<WarpParameter> Kinds,
    [property: JsonRequired, JsonPropertyName("edges"), JsonConverter(typeof(JsonStringEnumConverter<WarpEdges>))] WarpEdges Edges)
        : TransformDescription
{
    [JsonIgnore]
    public override int Dimension => Kinds?.Count ?? 0;

    public override ISemanticTransform Restore(ParameterBox box) => new AffineWarp(Kinds, box, Edges);
}

internal sealed record MotionBlurDescription(
    [property: JsonRequired, JsonPropertyName("angle")] double Angle,
    [property: JsonRequired, JsonPropertyName("edges"), JsonConverter(typeof(JsonStringEnumConverter<WarpEdges>))] WarpEdges Edges,
    [property: JsonRequired, JsonPropertyName("samples")] int Samples) : TransformDescription
{
    public override ISemanticTransform Restore(ParameterBox box) =>
        new MotionBlur(new ParameterRange("motion blur", box.Lower[0], box.Upper[0]), Angle, Edges, Samples);
}

internal sealed record DefocusDescription(
    [property: JsonRequired, JsonPropertyName("edges"), JsonConverter(typeof(JsonStringEnumConverter<WarpEdges>))] WarpEdges Edges,
    [property: JsonRequired, JsonPropertyName("samples")] int Samples) : TransformDescription
{
    public override ISemanticTransform Restore(ParameterBox box) =>
        new Defocus(new ParameterRange("defocus", box.Lower[0], box.Upper[0]), Edges, Samples);
}

/// <summary>The depth is a plane's normal and distance, or a map as 32-bit numbers, row by row, the lowest byte first.</summary>
internal sealed record CameraMotionDescription(
    [property: JsonRequired, JsonPropertyName("parameter")] CameraParameter Parameter,
    [property: JsonRequired, JsonPropertyName("camera")] double[] Camera,
    [property: JsonRequired, JsonPropertyName("edges"), JsonConverter(typeof(JsonStringEnumConverter<WarpEdges>))] WarpEdges Edges,
    [property: JsonPropertyName("plane"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double[]? Plane = null,
    [property: JsonPropertyName("height"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Height = 0,
    [property: JsonPropertyName("width"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Width = 0,
    [property: JsonPropertyName("depths"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] byte[]? Depths = null)
        : TransformDescription
{
    public override ISemanticTransform Restore(ParameterBox box) =>
        new CameraMotion(
            Parameter, box.Lower[0], box.Upper[0], Camera is [var focalX, var focalY, var centreX, var centreY]
                ? new PinholeCamera(focalX, focalY, centreX, centreY)
                : throw new ArgumentException("A camera has four numbers."),
            (Plane, Depths) switch
            {
                ([var x, var y, var z, var distance], null) => SceneDepth.Plane(distance, x, y, z),
                (null, { } bytes) => SceneDepth.OfBytes(bytes, Height, Width),
                _ => throw new ArgumentException("The depth of a scene is a plane of four numbers, or a map."),
            },
            Edges);

    public bool Equals(CameraMotionDescription? other) =>
        other is not null
        && (Parameter, Edges, Height, Width) == (other.Parameter, other.Edges, other.Height, other.Width)
        && Camera.AsSpan().SequenceEqual(other.Camera)
        && Plane.AsSpan().SequenceEqual(other.Plane)
        && Depths.AsSpan().SequenceEqual(other.Depths);

    public override int GetHashCode() => HashCode.Combine(Parameter, Edges, Height, Width);
}

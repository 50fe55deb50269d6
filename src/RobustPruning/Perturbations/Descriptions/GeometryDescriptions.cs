using System.Text.Json.Serialization;

namespace RobustPruning.Perturbations;

internal sealed record AffineWarpDescription(
    [property: JsonRequired, JsonPropertyName("parameters")] IReadOnlyList<WarpParameter> Kinds,
    [property: JsonRequired, JsonPropertyName("edges"), JsonConverter(typeof(JsonStringEnumConverter<WarpEdges>))] WarpEdges Edges) : TransformDescription
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
    public override ISemanticTransform Restore(ParameterBox box) => new MotionBlur(new ParameterRange("motion blur", box.Lower[0], box.Upper[0]), Angle, Edges, Samples);
}

internal sealed record DefocusDescription(
    [property: JsonRequired, JsonPropertyName("edges"), JsonConverter(typeof(JsonStringEnumConverter<WarpEdges>))] WarpEdges Edges,
    [property: JsonRequired, JsonPropertyName("samples")] int Samples) : TransformDescription
{
    public override ISemanticTransform Restore(ParameterBox box) => new Defocus(new ParameterRange("defocus", box.Lower[0], box.Upper[0]), Edges, Samples);
}

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

using System.Text.Json;
using System.Text.Json.Serialization;
using RobustPruning.Bounds;

namespace RobustPruning.Certification;

/// <summary>Writes what is known of a propagator; one of the user's own is read back as a name that cannot propagate.</summary>
internal sealed class PropagatorConverter : JsonConverter<IBoundPropagator>
{
    public override IBoundPropagator Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var description =
            JsonSerializer.Deserialize<Description>(ref reader, options) ?? throw new JsonException("There is no propagator.");
        IBoundPropagator propagator = description switch
        {
            { Symbols: >= 0 and var symbols } =>
                new SemanticIntervalPropagator(new SymbolBudget(symbols), description.SharesClipErrors ?? true),
            { Name: "interval" } => new IntervalPropagator(),
            _ => new NamedPropagator(description.Name),
        };
        return propagator.Name == description.Name
            ? propagator
            : throw new JsonException($"The propagator '{description.Name}' is described as '{propagator.Name}'.");
    }

    public override void Write(Utf8JsonWriter writer, IBoundPropagator value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(
            writer,
            value is SemanticIntervalPropagator semantic
                ? new Description(value.Name, semantic.Budget.Count, semantic.SharesClipErrors)
                : new Description(value.Name, null, null),
            options);

    private sealed record Description(string Name, int? Symbols, bool? SharesClipErrors);
}

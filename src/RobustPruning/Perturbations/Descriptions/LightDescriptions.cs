using System.Text.Json.Serialization;

namespace RobustPruning.Perturbations;

internal sealed record BiasFieldDescription(
    [property: JsonRequired, JsonPropertyName("order")] int Order,
    [property: JsonRequired, JsonPropertyName("mode"), JsonConverter(typeof(JsonStringEnumConverter<BiasFieldKind>))] BiasFieldKind Kind,
    [property: JsonRequired, JsonPropertyName("channels")] int Channels) : TransformDescription
{
    // Where the order makes no sense, restoring says so.
    [JsonIgnore]
    public override int Dimension => Order is >= 1 and <= BiasField.GreatestOrder && Channels is >= 1 and <= BiasField.MostChannels
        ? BiasField.Coefficients(Order) * Channels
        : throw new ArgumentException($"There is no bias field of order {Order} over {Channels} channels.");

    public override ISemanticTransform Restore(ParameterBox box) => new BiasField(box, Order, Kind, Channels);
}

internal sealed record VignetteDescription(
    [property: JsonRequired, JsonPropertyName("centreX")] double CentreX,
    [property: JsonRequired, JsonPropertyName("centreY")] double CentreY,
    [property: JsonRequired, JsonPropertyName("falloff")] double Falloff) : TransformDescription
{
    public override ISemanticTransform Restore(ParameterBox box) => new Vignette(box.Lower[0], box.Upper[0], CentreX, CentreY, Falloff);
}

/// <summary>The mask as 32-bit numbers, row by row, the lowest byte first.</summary>
internal sealed record ShadowDescription(
    [property: JsonRequired, JsonPropertyName("height")] long Height,
    [property: JsonRequired, JsonPropertyName("width")] long Width,
    [property: JsonRequired, JsonPropertyName("mask")] byte[] Mask) : TransformDescription
{
    public override ISemanticTransform Restore(ParameterBox box) =>
        new Shadow(box.Lower[0], box.Upper[0], new Mask(StoredImages.Of(Mask, 1, [Height, Width])));
}

internal sealed record MovingShadowDescription(
    [property: JsonRequired, JsonPropertyName("angle")] double Angle,
    [property: JsonRequired, JsonPropertyName("offset")] double Offset,
    [property: JsonRequired, JsonPropertyName("softness")] double Softness) : TransformDescription
{
    [JsonIgnore]
    public override int Dimension => 2;

    public override ISemanticTransform Restore(ParameterBox box) => new MovingShadow(box, Angle, Offset, Softness);
}

/// <summary>The spot's shape as 32-bit numbers, row by row, the lowest byte first.</summary>
internal sealed record LightSpotDescription(
    [property: JsonRequired, JsonPropertyName("height")] long Height,
    [property: JsonRequired, JsonPropertyName("width")] long Width,
    [property: JsonRequired, JsonPropertyName("mask")] byte[] Mask,
    [property: JsonRequired, JsonPropertyName("colour")] double[] Colour) : TransformDescription
{
    public override ISemanticTransform Restore(ParameterBox box) =>
        new LightSpot(box.Lower[0], box.Upper[0], new Mask(StoredImages.Of(Mask, 1, [Height, Width])), Colour);
}

internal sealed record WhiteBalanceDescription([property: JsonRequired, JsonPropertyName("channels")] int Channels) : TransformDescription
{
    [JsonIgnore]
    public override int Dimension => Channels;

    public override ISemanticTransform Restore(ParameterBox box) => new WhiteBalance(box);
}

internal sealed record ColourTemperatureDescription(
    [property: JsonRequired, JsonPropertyName("shifts")] double[] Shifts,
    [property: JsonRequired, JsonPropertyName("gains")] double[][] Gains) : TransformDescription
{
    public override ISemanticTransform Restore(ParameterBox box) => new ColourTemperature(box.Lower[0], box.Upper[0], Shifts, Gains);
}

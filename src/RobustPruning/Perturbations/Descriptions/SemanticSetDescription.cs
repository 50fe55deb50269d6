using System.Text.Json.Serialization;

namespace RobustPruning.Perturbations;

/// <summary>What a <see cref="SemanticSet"/> is, for a file: as JSON it is stable, and numbers keep every bit.</summary>
/// <param name="Stages">The transforms of each stage.</param>
/// <param name="Lower">The least value of each parameter.</param>
/// <param name="Upper">The greatest value of each parameter.</param>
/// <param name="Clip">Whether values are clipped to [0, 1].</param>
/// <param name="Noise">How far noise may move each value.</param>
/// <param name="EightBitRounding">Whether values are rounded to 8 bits.</param>
internal sealed record SemanticSetDescription(
    [property: JsonRequired, JsonPropertyName("stages")] TransformDescription[][] Stages,
    [property: JsonRequired, JsonPropertyName("lower")] double[] Lower,
    [property: JsonRequired, JsonPropertyName("upper")] double[] Upper,
    [property: JsonRequired, JsonPropertyName("clip")] bool Clip,
    [property: JsonRequired, JsonPropertyName("noise")] double Noise,
    [property: JsonRequired, JsonPropertyName("eightBitRounding")] bool EightBitRounding)
{
    /// <summary>The set that this says.</summary>
    public SemanticSet Restore()
    {
        if (Stages is null || Lower is null || Upper is null || Stages.Length == 0 || Stages.Any(stage => stage is null || stage.Any(part => part is null)))
            throw new ArgumentException("The description of the semantic set lacks stages, transforms or limits.");
        var box = new ParameterBox(Lower, Upper);
        if (Stages.Sum(stage => stage.Sum(part => part.Dimension)) != box.Dimension)
            throw new ArgumentException($"The transforms have {Stages.Sum(stage => stage.Sum(part => part.Dimension))} parameters, but there are limits of {box.Dimension}.");

        var first = 0;
        var set = SemanticSet.Of([.. Stages[0].Select(Next)]);
        foreach (var stage in Stages.Skip(1))
            set = set.Then([.. stage.Select(part => Next(part) as AffineTransform ?? throw new ArgumentException($"{part.GetType().Name} is not affine: it cannot be in a later stage."))]);
        set = set.WithLimits(box).WithNoise(Noise);
        set = Clip ? set : set.WithoutClip();
        return EightBitRounding ? set.WithEightBitRounding() : set;

        ISemanticTransform Next(TransformDescription part)
        {
            var limits = box.Part(first, part.Dimension);
            first += part.Dimension;
            return part.Restore(limits);
        }
    }
}

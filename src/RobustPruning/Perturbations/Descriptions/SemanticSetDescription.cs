using System.Text.Json.Serialization;

namespace RobustPruning.Perturbations;

/// <summary>What a <see cref="SemanticSet"/> is, for a file: as JSON it is stable, and numbers keep every bit.</summary>
/// <param name="Stages">The transforms of each stage.</param>
/// <param name="Lower">The least value of each parameter.</param>
/// <param name="Upper">The greatest value of each parameter.</param>
/// <param name="Clip">Whether values are clipped to [0, 1].</param>
/// <param name="Noise">How far noise may move each value.</param>
/// <param name="EightBitRounding">Whether values are rounded to 8 bits.</param>
/// <param name="NoiseOfEach">How far noise may move each value, where that differs; files of earlier versions have none.</param>
internal sealed record SemanticSetDescription(
    [property: JsonRequired, JsonPropertyName("stages")] TransformDescription[][] Stages,
    [property: JsonRequired, JsonPropertyName("lower")] double[] Lower,
    [property: JsonRequired, JsonPropertyName("upper")] double[] Upper,
    [property: JsonRequired, JsonPropertyName("clip")] bool Clip,
    [property: JsonRequired, JsonPropertyName("noise")] double Noise,
    [property: JsonRequired, JsonPropertyName("eightBitRounding")] bool EightBitRounding,
    [property: JsonPropertyName("noiseOfEach"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double[]? NoiseOfEach = null)
{
    /// <summary>What a set is.</summary>
    public static SemanticSetDescription Of(SemanticSet set) => new(
        [.. set.Stages.Select(stage => stage.Select(TransformDescription.Of).ToArray())],
        [.. set.Box.Lower], [.. set.Box.Upper], set.Clip, set.Noise, set.EightBitRounding, set.NoiseRadii.Each?.ToArray());

    /// <summary>The set that this says.</summary>
    /// <exception cref="ArgumentException">The description does not fit together.</exception>
    /// <exception cref="NotSupportedException">A transform is not of this library.</exception>
    public SemanticSet Restore()
    {
        if (Stages is null
            || Lower is null
            || Upper is null
            || Stages.Length == 0
            || Stages.Any(stage => stage is null || stage.Any(part => part is null)))
            throw new ArgumentException("The description of the semantic set lacks stages, transforms or limits.");
        var box = new ParameterBox(Lower, Upper);
        var dimension = Stages.Sum(stage => stage.Sum(part => part.Dimension));
        if (dimension != box.Dimension || Stages.Any(stage => stage.Any(part => part.Dimension < 1)))
            throw new ArgumentException($"The transforms have {dimension} parameters, but there are limits of {box.Dimension}.");

        var first = 0;
        var set = SemanticSet.Of([.. Stages[0].Select(Next)]);
        foreach (var stage in Stages.Skip(1))
            set = set.Then([.. stage.Select(NextAffine)]);
        set = set.WithLimits(box);
        set = NoiseOfEach is null ? set.WithNoise(Noise) : set.WithNoise(NoiseRadii.Of(NoiseOfEach));
        set = Clip ? set : set.WithoutClip();
        return EightBitRounding ? set.WithEightBitRounding() : set;

        ISemanticTransform Next(TransformDescription part)
        {
            var limits = box.Part(first, part.Dimension);
            first += part.Dimension;
            return part.Restore(limits);
        }

        AffineTransform NextAffine(TransformDescription part) => Next(part) as AffineTransform
            ?? throw new ArgumentException($"{part.GetType().Name} is not of an affine transform: it cannot be in a later stage.");
    }
}

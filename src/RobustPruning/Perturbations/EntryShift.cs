using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// Moves some values of the input by themselves: θ_k is added to one of them. The parameters of an <see cref="InputBox"/>.
/// </summary>
internal sealed class EntryShift : AffineTransform, IDescribedTransform
{
    private readonly IReadOnlyList<long> _entries;

    /// <summary>Creates the transform.</summary>
    /// <param name="entries">Which values move, in row-major order from 0.</param>
    /// <param name="box">How far each moves.</param>
    /// <exception cref="ArgumentException">There is no value, or not one side for each.</exception>
    public EntryShift(IReadOnlyList<long> entries, ParameterBox box)
        : base([.. entries.Select((entry, k) => new ParameterRange($"x[{entry}]", box.Lower[k], box.Upper[k]))])
    {
        if (box.Dimension != entries.Count || entries.Any(entry => entry < 0))
            throw new ArgumentException(
                $"There are {box.Dimension} ranges for the entries [{string.Join(", ", entries)}].",
                nameof(entries));
        _entries = entries;
    }

    public override LinearPart LinearPart => new([.. _entries.Select(_ => 0.0)]);

    /// <exception cref="ArgumentException">The input has fewer values.</exception>
    public override Tensor Directions(Tensor image)
    {
        if (_entries.Max() >= image.numel())
            throw new ArgumentException($"The input has {image.numel()} values, but value {_entries.Max()} is to move.", nameof(image));
        using var scope = NewDisposeScope();
        var directions = zeros([_entries.Count, image.numel()], dtype: image.dtype, device: image.device);
        var places = tensor(_entries.ToArray(), device: image.device).unsqueeze(1);
        return directions
            .scatter(1, places, ones_like(places, dtype: image.dtype))
            .reshape([_entries.Count, .. image.shape])
            .MoveToOuterDisposeScope();
    }

    internal override long Terms(long values) => 1;

    TransformDescription IDescribedTransform.Describe() => new EntryShiftDescription([.. _entries]);
}

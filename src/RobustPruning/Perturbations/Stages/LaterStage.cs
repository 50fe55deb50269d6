using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// Affine transforms that all move what the stages before them made of the image: <c>x' = x + Σ_k θ_k D_k(x)</c>. With v the move up to
/// here, x = x₀ + v, the move becomes <c>v + Σ_k θ_k (D_k(x₀) + L_k v)</c>, L_k the linear part of D_k.
/// </summary>
/// <param name="transforms">The transforms, each with a linear part.</param>
/// <param name="first">The index of the stage's first parameter in θ: the number of parameters of the stages before.</param>
internal sealed class LaterStage(IReadOnlyList<AffineTransform> transforms, int first)
{
    // Sums of radii are rounded to nearest; this much more is outward.
    private const double Outward = 1 + (1 / 65536.0);

    public IReadOnlyList<AffineTransform> Transforms => transforms;

    public int First => first;

    /// <summary>
    /// The move after this stage from the move before, both <c>[N, C, H, W]</c>, of one image <c>[C, H, W]</c> or each of <c>[N, C, H,
    /// W]</c>.
    /// </summary>
    public Tensor Move(Tensor image, Tensor before, Tensor theta, bool each)
    {
        using var scope = NewDisposeScope();
        var after = before.alias();
        foreach (var (transform, from) in Placed())
        {
            var own = theta.narrow(1, from, transform.Parameters.Count);
            var move = each ? transform.MoveEach(image, own) : transform.Move(image, own);
            after = after.Plus(move).Plus(transform.LinearPart!.Apply(own, before));
        }

        return after.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Encloses the move after this stage. The order of generators stays: parameters first, this stage's behind those before. A product of
    /// two parameters is in [−1, 1] if they are, and is one number for the whole image: it is a symbol of its own, with the generators
    /// behind.
    /// </summary>
    public EnclosedMove Enclose(Tensor image, EnclosedMove before, IReadOnlyList<ParameterBox> boxes)
    {
        using var scope = NewDisposeScope();
        Tensor centre = before.Centre.alias(), kept = before.Generators.alias();
        List<Tensor> born = [], products = [];
        var (growth, error) = (0.0, new EnclosureError(0, transforms.Count));
        foreach (var (transform, from) in Placed())
        {
            var (part, count) = (transform.LinearPart!, transform.Parameters.Count);
            ParameterBox[] own = [.. boxes.Select(box => box.Part(from, count))];
            Tensor middle = ParameterRows.Centres(own, image), halfWidths = ParameterRows.HalfWidths(own, image);
            using var clean = transform.Enclose(image, own);
            centre = centre.Plus(clean.Centre).Plus(part.Apply(middle, before.Centre));
            kept = kept.Plus(part.ApplyToAll(middle, before.Generators));
            for (var k = 0; k < count; k++)
                born.Add(clean.Generators.narrow(1, k, 1).Plus(part.Of(k).Apply(halfWidths.narrow(1, k, 1), before.Centre).unsqueeze(1)));
            growth += part.Growths(image).Select((size, k) => size * EnclosureError.Reach(own, k)).Sum();

            // The terms of a sum count twice: once for the clean image's direction, once for the linear part of the move.
            error = error.Plus(clean.Error!.Value).Plus(new(0, clean.Error.Value.Roundings));
            products.AddRange(part.Changing.Select(k => part.Of(k).ApplyToAll(halfWidths.narrow(1, k, 1), before.Generators)));
        }

        var earlierProducts = kept.narrow(1, first, kept.shape[1] - first);
        var generators = cat([kept.narrow(1, 0, first), .. born, earlierProducts, .. products], 1);
        return new EnclosedMove(centre, generators, before.Radius is null ? null : Radius(image, before.Radius, boxes))
        {
            Error = before.Error!.Value.Then(growth, error),
        }.MoveOut();
    }

    /// <summary>
    /// <c>|1 + Σ_k θ_k (a_k + m_k)| r + Σ_k |θ_k s_k| A(r)</c> at its greatest over each box, which bounds |I + Σ_k θ_k L_k| r.
    /// </summary>
    private Tensor Radius(Tensor image, Tensor before, IReadOnlyList<ParameterBox> boxes)
    {
        var radius = before * OwnGain(before, boxes);
        foreach (var (transform, from) in Placed())
        {
            var part = transform.LinearPart!;
            if (part.AverageGains.Any(gain => gain != 0))
                radius = radius.Plus(part.AverageOf(before) * ParameterRows.Of(boxes.Select(box => AverageGain(part, box, from)), image));
        }

        return radius * Scalars.Of(Outward);
    }

    private Tensor OwnGain(Tensor values, IReadOnlyList<ParameterBox> boxes)
    {
        Tensor middle = ones(1, dtype: values.dtype, device: values.device), spread = zeros_like(middle);
        foreach (var (transform, from) in Placed())
        {
            ParameterBox[] own = [.. boxes.Select(box => box.Part(from, transform.Parameters.Count))];
            middle = middle.Plus(transform.LinearPart!.OwnGain(ParameterRows.Centres(own, values[0]), values));
            spread = spread.Plus(transform.LinearPart.OwnGain(ParameterRows.HalfWidths(own, values[0]), values, absolute: true));
        }

        return middle.abs().Plus(spread);
    }

    private static double AverageGain(LinearPart part, ParameterBox box, int from) =>
        part
            .AverageGains.Select((gain, k) => Math.Abs(gain) * Math.Max(Math.Abs(box.Lower[from + k]), Math.Abs(box.Upper[from + k])))
            .Sum();

    private IEnumerable<(AffineTransform Transform, int From)> Placed()
    {
        var from = first;
        foreach (var transform in transforms)
        {
            yield return (transform, from);
            from += transform.Parameters.Count;
        }
    }
}

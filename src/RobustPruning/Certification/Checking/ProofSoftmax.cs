using RobustPruning.Graphs;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// The certificate checker's softmax over the places of each channel: exponentials less a constant, the reciprocal of their mean, the
/// product of both; and a mixture with the range that the limits alone leave, as in the domain that certifies.
/// </summary>
internal static class ProofSoftmax
{
    public static ProofZonotope Apply(SoftmaxNode node, ProofZonotope input, ProofNorms norms, ProofSymbols symbols)
    {
        using var scope = NewDisposeScope();
        var (lower, upper) = input.Limits();
        var top = (lower.Plus(upper) / Scalars.Of(2)).amax([2, 3], keepdim: true);
        var own = Scalars.Of(ProofRounding.Gamma(node.Places + 1024) * 4) * top.abs().Plus(Scalars.Of(1));
        Tensor low = (lower - top).exp() * (Scalars.Of(1) - own), high = (upper - top).exp() * own.Plus(Scalars.Of(1));
        Tensor lowSum = low.sum([2, 3], keepdim: true), highSum = high.sum([2, 3], keepdim: true);

        // Exponentials of less than the smallest numbers are zero.
        var least =
            low / low.Plus((highSum - high).clamp_min(Scalars.Of(0)).Plus(highSum * own)).Plus(Scalars.Of(1e-300)) * (Scalars.Of(1) - own);
        var greatest = (high / high.Plus((lowSum - low - (lowSum * own)).clamp_min(Scalars.Of(0))) * own.Plus(Scalars.Of(1))).clamp_max(
            Scalars.Of(1));
        (least, greatest) = (where(least.isnan(), zeros_like(least), least), where(greatest.isnan(), ones_like(greatest), greatest));
        var product = Product(node, input, lower - top, upper - top, top, lowSum, norms, symbols);
        var (from, to) = product.Limits();
        if (!(to - from).isfinite().all().item<bool>() || product.Error >= 1e-6)
        {
            var range = ProofRelaxation.OfMixture(zeros_like(least), least, greatest, least, greatest);
            return input.Relax(range, symbols.Rows(range.Size), consume: false).MoveOut();
        }

        var share = (((greatest - least) * Scalars.Of(4) / (to - from).clamp_min(Scalars.Of(1e-30))) - Scalars.Of(2)).clamp(
            Scalars.Of(0),
            Scalars.Of(1));
        var mixture = ProofRelaxation.OfMixture(share, least, greatest, from, to);
        return product.Relax(mixture, symbols.Rows(mixture.Size), consume: true).MoveOut();
    }

    private static ProofZonotope Product(
        SoftmaxNode node, ProofZonotope input, Tensor low, Tensor high, Tensor top, Tensor leastSum, ProofNorms norms, ProofSymbols symbols)
    {
        var exponential = ProofRelaxation.OfSmooth(low, high, ProofFunction.Exponential);
        var moved = exponential with
        {
            Offset = exponential.Offset - (exponential.Slope * top),
            Error = exponential.Error.Plus(
                exponential.Offset.abs().Plus(
                    exponential.Slope * top.abs().Plus(low.abs()).Plus(high.abs())) * Scalars.Of(ProofRounding.Gamma(16))),
        };
        var exponentials = input.Relax(moved, symbols.Rows(moved.Size), consume: false);
        var mean = exponentials.Affine(node.Mean, norms, consume: false);
        var (meanLower, meanUpper) = mean.Limits();
        var floor = (leastSum / Scalars.Of((double)node.Places) * Scalars.Of(1 - ProofRounding.Gamma(node.Places + 16))).clamp_min(
            Scalars.Of(1e-300));
        var reciprocal = ProofRelaxation.OfSmooth(
            meanLower.maximum(floor), meanUpper.maximum(floor), ProofFunction.Reciprocal(node.Places));
        var factor = mean.Relax(reciprocal, symbols.Rows(reciprocal.Size), consume: true).Affine(node.Spread, norms, consume: true);
        return ProofBranches.Multiply(exponentials, factor, symbols);
    }
}

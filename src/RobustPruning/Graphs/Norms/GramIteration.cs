using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// Certified upper bounds of spectral norms by Gram iteration (Delattre et al., "Efficient bound of Lipschitz constant for convolutional
/// layers by Gram iteration", 2023): with M₀ = M / ‖M‖_F, G_t = M_t M_t* and M_{t+1} = G_t / ‖G_t‖_F,
/// <c>ln ‖M‖₂ ≤ ln ‖M‖_F + Σ_t 2^−(t+1) ln ‖G_t‖_F</c>, and every step halves what may be lacking. In 64-bit numbers; what they lose is
/// added.
/// </summary>
internal static class GramIteration
{
    /// <summary>No less than the greatest spectral norm of a batch of matrices.</summary>
    /// <param name="real">The real parts, <c>[B, m, n]</c>, 64-bit and finite.</param>
    /// <param name="imaginary">The imaginary parts, <c>[B, m, n]</c>; null if the matrices are real.</param>
    /// <param name="known">Matrices whose norm is below this do not matter; not negative.</param>
    /// <param name="tolerance">How far the bound may be above the norm, relative to it, beside what rounding adds.</param>
    /// <returns>
    /// The bound, at least <paramref name="known"/>, and a number that one of the norms reaches, or <paramref name="known"/>.
    /// </returns>
    public static (double Upper, double Lower) Norm(Tensor real, Tensor? imaginary = null, double known = 0, double tolerance = 1e-6)
    {
        using var scope = NewDisposeScope();
        var scale = Math.Max(Greatest(real), imaginary is null ? 0 : Greatest(imaginary));
        if (!double.IsFinite(scale))
            return (double.PositiveInfinity, known);
        if (scale == 0)
            return (known, known);

        // Squares must neither overflow nor vanish. Other matrices are not copied: a dense layer can be large.
        if (scale is > 1e-100 and < 1e100)
            scale = 1;
        else
            (real, imaginary) = (real / Scalars.Of(scale), imaginary is null ? null : imaginary / Scalars.Of(scale));
        if (real.shape[1] > real.shape[2])
            (real, imaginary) = (real.transpose(1, 2), imaginary?.transpose(1, 2));
        var batch = new Batch(real.alias(), imaginary?.alias(), 0, zeros(real.shape[0], dtype: float64, device: real.device));

        // One Gram matrix of a matrix of norm 1 is off by 2γ in norm, where its own norm is at least 1 / rows; the weights sum to 1.
        long rows = batch.Real.shape[1], columns = batch.Real.shape[2];
        var slack = 1e-13 + (8 * rows * Rounding.Gamma((2 * columns) + 2, Rounding.Epsilon(float64)));
        var (best, settled) = (Math.Log(known / scale), double.NegativeInfinity);
        while (true)
        {
            using var inner = NewDisposeScope();
            var weight = Math.Pow(2, -batch.Step);
            var norms = batch.Norms();
            var upper = batch.Logarithms.Plus(norms.log() * Scalars.Of(weight));

            // ‖M M*‖_F ≤ ‖M‖₂ ‖M‖_F: a matrix of Frobenius norm 1 stretches by no less than the Frobenius norm of its Gram matrix.
            if (batch.Step > 0)
                best = Math.Max(best, upper.Plus(norms.log() * Scalars.Of(weight)).max().item<double>() - slack);

            // Bounds that are near enough to the best norm are settled, and those below it do not matter.
            var enough = best + tolerance + (2 * slack);
            var isOpen = upper.gt(Scalars.Of(Math.Max(enough, double.MinValue)));
            var open = isOpen.nonzero().flatten();
            if (open.numel() < upper.numel())
                settled = Math.Max(settled, upper.masked_select(isOpen.logical_not()).max().item<double>() + slack);
            if (open.numel() == 0)
                return (scale * Math.Exp(Math.Max(settled, best)), scale * Math.Exp(best));
            batch = batch.Next(upper, norms, open);
        }
    }

    private static double Greatest(Tensor values) => Math.Max(values.max().item<double>(), -values.min().item<double>());

    /// <summary>
    /// The matrices M_t that may still hold the greatest norm, and the logarithms of the bounds so far without their own norms.
    /// </summary>
    private sealed record Batch(Tensor Real, Tensor? Imaginary, int Step, Tensor Logarithms)
    {
        public Tensor Norms()
        {
            var norms = linalg.vector_norm(Real, dims: [1, 2]);
            return Imaginary is null ? norms : norms.Squared().Plus(linalg.vector_norm(Imaginary, dims: [1, 2]).Squared()).sqrt();
        }

        /// <summary>The Gram matrices of some of the matrices over their norms; this batch's own tensors go.</summary>
        public Batch Next(Tensor logarithms, Tensor norms, Tensor open)
        {
            var squares = norms.index_select(0, open).Squared().reshape(-1, 1, 1);
            var (real, imaginary) = open.numel() == Real.shape[0]
                ? Gram(Real, Imaginary)
                : Gram(Real.index_select(0, open), Imaginary?.index_select(0, open));
            var next = new Batch(
                (real / squares).MoveToOuterDisposeScope(),
                imaginary is null ? null : (imaginary / squares).MoveToOuterDisposeScope(),
                Step + 1,
                logarithms.index_select(0, open).MoveToOuterDisposeScope());
            Real.Dispose();
            Imaginary?.Dispose();
            Logarithms.Dispose();
            return next;
        }

        /// <summary>M M* of M = A + iB: real part A Aᵀ + B Bᵀ, imaginary part B Aᵀ − (B Aᵀ)ᵀ.</summary>
        private static (Tensor Real, Tensor? Imaginary) Gram(Tensor real, Tensor? imaginary)
        {
            var turned = real.transpose(1, 2);
            if (imaginary is null)
                return (real.bmm(turned), null);
            var mixed = imaginary.bmm(turned);
            return (real.bmm(turned).Plus(imaginary.bmm(imaginary.transpose(1, 2))), mixed - mixed.transpose(1, 2));
        }
    }
}

using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// What rounding may have moved in an enclosure. Moves may cancel: a dark value may be the difference of large ones, and its error is one
/// of those. So it is measured by what is added up, without regard to signs.
/// </summary>
/// <param name="Magnitude">No less than the sum of the absolute values of all terms of a value, centre and generators together.</param>
/// <param name="Roundings">How often such a term is rounded on its way at most.</param>
internal readonly record struct EnclosureError(double Magnitude, double Roundings)
{
    // Beside the terms of its direction, a parameter costs a value fewer roundings: its side's centre and half width, products and sums.
    private const long OfParameter = 12;

    /// <summary>By this share more, a radius computed in 64-bit numbers of few operations is outward.</summary>
    public const double Outward = 1.0 / (1 << 20);

    /// <summary>The error of a value, over centre and generators together, in 64-bit numbers.</summary>
    public double Bound => Rounding.Gamma(Roundings + OfParameter, Rounding.Epsilon(ScalarType.Float64)) * Magnitude;

    /// <summary>What directions lose: the user's are taken as they come, but for as many roundings as they may have terms.</summary>
    /// <param name="image">The clean image.</param>
    /// <param name="directions">The directions, <c>[d, ...]</c>.</param>
    /// <param name="boxes">The boxes of parameters.</param>
    /// <param name="terms">The terms of the longest sum behind a value of the directions.</param>
    public static EnclosureError OfDirections(Tensor image, Tensor directions, IReadOnlyList<ParameterBox> boxes, long terms)
    {
        using var scope = NewDisposeScope();
        var greatest = directions.abs().flatten(1).amax(1).to(float64).cpu().data<double>().ToArray();

        // A direction of this library is the difference of two images at most: of this one and its average, say, or the airlight.
        var parts = 2 * MagnitudeOf(image);
        return new(greatest.Select((size, k) => (size + parts) * Reach(boxes, k)).Sum(), (OfParameter * greatest.Length) + terms);
    }

    /// <summary>What an enclosure of one's own loses where it is added to others: what it lost before is in its radius.</summary>
    public static EnclosureError OfOwn(Tensor centre, Tensor generators)
    {
        using var scope = NewDisposeScope();
        return new(centre.abs().Plus(generators.abs().sum(1)).max().to(float64).item<double>(), OfParameter * generators.shape[1]);
    }

    /// <summary>Of the sum of two enclosures.</summary>
    public EnclosureError Plus(EnclosureError other) => new(Magnitude + other.Magnitude, Roundings + other.Roundings);

    /// <summary>After a stage that adds θ_k L_k of the move before, and moves of its own.</summary>
    /// <param name="growth">No less than Σ_k |θ_k| ‖L_k‖.</param>
    /// <param name="own">The stage's own moves.</param>
    public EnclosureError Then(double growth, EnclosureError own) =>
        new((Magnitude * (1 + growth)) + own.Magnitude, Roundings + own.Roundings);

    /// <summary>Of the moved image.</summary>
    public EnclosureError Of(Tensor image) => this with { Magnitude = Magnitude + MagnitudeOf(image) };

    /// <summary>The greatest absolute value of a parameter.</summary>
    public static double Reach(IReadOnlyList<ParameterBox> boxes, int parameter) =>
        boxes.Max(box => Math.Max(Math.Abs(box.Lower[parameter]), Math.Abs(box.Upper[parameter])));

    private static double MagnitudeOf(Tensor image) => Math.Max(1, image.abs().max().to(float64).item<double>());
}

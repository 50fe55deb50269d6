using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// What is to hold for a network's output under every change: a list of claims, each decided on its own. The kinds are
/// <see cref="KeypointProperty"/>, <see cref="SquaredDeviationProperty"/>, <see cref="LinearProperty"/> and
/// <see cref="AvoidanceProperty"/>; and <see cref="DecodedProperty"/>, the first three of keypoints that are read off heatmaps.
/// </summary>
/// <remarks>
/// A property looks at values v of the output y that are bounded directly: y itself, or A y for linear constraints and regions. A claim's
/// violation is above zero where v breaks it.
/// </remarks>
public abstract record OutputProperty
{
    private protected OutputProperty()
    {
    }

    /// <summary>A claim's name, for reports, for example <c>keypoint 3</c>.</summary>
    /// <param name="claim">The claim's index.</param>
    public abstract string Name(int claim);

    /// <summary>Whether claims are about the distance from a reference, the clean prediction or a label.</summary>
    internal abstract bool HasReference { get; }

    /// <summary>Refuses a network whose output the property cannot be about.</summary>
    /// <exception cref="GraphException">The output has the wrong shape.</exception>
    internal abstract void RequireOutput(GraphNode output);

    /// <summary>Whether the property can be about an output of that length.</summary>
    internal abstract bool Fits(int outputs);

    /// <summary>The number of claims about an output of that length.</summary>
    internal abstract int Claims(int outputs);

    /// <summary>The values v that claims are about, from an output y.</summary>
    internal abstract double[] Values(IReadOnlyList<double> output);

    /// <summary>The values v with what is measured from a reference beside them.</summary>
    internal virtual double[] Values(IReadOnlyList<double> output, IReadOnlyList<double> reference) => Values(output);

    /// <summary>The number of values v of an output of that length.</summary>
    internal abstract int CountValues(int outputs);

    /// <summary>The output y that the property is about, of what the network gives: the same, or what a decoder reads off it.</summary>
    internal virtual double[] Read(double[] output) => output;

    /// <summary>The tolerance of single keypoints that this is, if it is one.</summary>
    internal virtual KeypointProperty? Keypoints => null;

    /// <summary>The same property with another tolerance of single keypoints.</summary>
    internal virtual OutputProperty With(KeypointProperty keypoints) => keypoints;

    /// <summary>Whether claims follow from the distance of each keypoint from its reference.</summary>
    internal virtual bool LooksAtDistances => false;

    /// <summary>
    /// At least the greatest violation of a claim where each keypoint is at most so far from its reference; see
    /// <see cref="LooksAtDistances"/>.
    /// </summary>
    internal virtual double WorstViolationAt(IReadOnlyList<double> distances, IReadOnlyList<double> reference, int claim) => double.NaN;

    /// <summary>What each value may be off by at a sample, see <see cref="Sample.Terms"/>; null for nothing beyond its rounding.</summary>
    internal virtual double[]? Uncertainty(IReadOnlyList<double> output) => null;

    /// <summary>
    /// Whether rounding decides what a claim says of what the network gives, because two cells of a heatmap are equally great.
    /// </summary>
    internal virtual bool IsTie(IReadOnlyList<double> output, int claim) => false;

    /// <summary>
    /// The values v of an output at one θ: where true positions move with the scene, the output less how far they have moved.
    /// </summary>
    internal virtual double[] Values(IReadOnlyList<double> output, IReadOnlyList<double> theta, IReadOnlyList<double> reference) =>
        Values(output, reference);

    /// <summary>
    /// The values v of what the extended network gives at each θ, <c>[N, V]</c>; differentiable. It may be the same tensor.
    /// </summary>
    internal virtual Tensor BatchValues(Tensor given, Tensor theta, IReadOnlyList<double> reference) => given;

    /// <summary>Bounds of the values v over a box, from bounds of what the extended network gives.</summary>
    internal virtual (double[] Lower, double[] Upper) Bounds(
        double[] lower,
        double[] upper,
        ParameterBox box,
        IReadOnlyList<double> reference) => (lower, upper);

    /// <summary>Refuses a set, or images of a shape, that the property cannot be about.</summary>
    /// <exception cref="ArgumentException">Keypoints move with another set, or in images of another size.</exception>
    internal virtual void RequireSet(SemanticSet set, IReadOnlyList<long> image)
    {
    }

    /// <summary>Which of the values a claim looks at.</summary>
    internal abstract IReadOnlyList<int> ValuesOf(int claim);

    /// <summary>The graph with one more layer, if need be, so that its output is v; over the same weights.</summary>
    internal abstract Graph Extend(Graph network);

    /// <summary>Whether there is something to compare with: false where the claim's label is missing.</summary>
    internal abstract bool IsStated(IReadOnlyList<double> reference, int claim);

    /// <summary>By how much v breaks a claim; not above zero where it holds.</summary>
    internal abstract double Violation(IReadOnlyList<double> values, IReadOnlyList<double> reference, int claim);

    /// <summary>
    /// At least the greatest violation of a claim within the bounds; not above zero proves the claim there. NaN bounds give NaN.
    /// </summary>
    internal abstract double WorstViolation(
        IReadOnlyList<double> lower, IReadOnlyList<double> upper, IReadOnlyList<double> reference, int claim);

    /// <summary>
    /// The violations <c>[N, claims]</c> of values v <c>[N, V]</c>, differentiable, to steer a search; of no meaning where a label is
    /// missing.
    /// </summary>
    internal abstract Tensor Violations(Tensor values, IReadOnlyList<double> reference);

    /// <summary>The same of outputs y <c>[N, F]</c>.</summary>
    internal virtual Tensor ViolationsOfOutputs(Tensor outputs, IReadOnlyList<double> reference) => Violations(outputs, reference);
}

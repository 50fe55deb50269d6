namespace RobustPruning.Bounds;

// For whoever writes an engine on plans.
//
// A plan is a list of steps in topological order. Step 0 is the image; a step's number is the number of its value, and Inputs are numbers
// of earlier values. A value is a map of Height × Width × Channels numbers, **channels last**: the number of channel c at row y and column
// x stands at ((y · Width) + x) · Channels + c. Vectors are maps of 1 × 1. A flattened map keeps the memory of its map; there is no step
// for it, and the weights of a linear layer behind it are in that order. The network's own ("logical") order of a value is channels first,
// ((c · Height) + y) · Width + x; only Output and those who hand bounds to the outside need it: see MapShape.ToLogical.
//
// Each affine step states what the rounding analysis needs: Terms, the products and shifts summed to one value (0: values are only
// moved, nothing is rounded); Depth, the roundings that lie behind one product where the sum goes as SumOrder says; Norm ≥ ‖W‖₂ and
// AbsoluteNorm ≥ ‖|W|‖₂; and for b how far the 64-bit one may be from the true one. Bounds are about the true W and b in real numbers.
// Weights, the 32-bit numbers, are rounded once from the true ones; WideWeights are the true ones, or rounded once in 64 bits where a
// batch normalisation was folded; null where the 32-bit numbers are the true ones. Of a 64-bit network there are WideWeights alone.

/// <summary>
/// A network compiled for bounds, on plain arrays: what is to be computed, in which order and with which weights, and the numbers that the
/// rounding analysis needs. Immutable and thread-safe. Made by <see cref="PlanCompiler"/>.
/// </summary>
internal sealed class PropagationPlan
{
    public PropagationPlan(IReadOnlyList<PlanStep> steps, int output, bool isWide, IReadOnlyDictionary<int, double[]> kinks)
    {
        (Steps, Output, IsWide, Kinks) = (steps, output, isWide, kinks);
        LastReader = new int[steps.Count];
        Array.Fill(LastReader, -1);
        foreach (var (number, step) in steps.Index())
        {
            foreach (var input in step.Inputs)
                LastReader[input] = number;
        }
    }

    /// <summary>The steps; the first is an <see cref="InputStep"/>.</summary>
    public IReadOnlyList<PlanStep> Steps { get; }

    /// <summary>The number of the step whose value is the network's output.</summary>
    public int Output { get; }

    /// <summary>Whether the network has 64-bit weights; else they have 32 bits.</summary>
    public bool IsWide { get; }

    /// <summary>
    /// The values that enter nonlinearities, by their numbers, and where these bend: a neuron is unstable whose bounds have such a place
    /// between them.
    /// </summary>
    public IReadOnlyDictionary<int, double[]> Kinks { get; }

    /// <summary>For each value the last step that reads it; −1 for the output.</summary>
    public int[] LastReader { get; }
}

/// <summary>The size of a value, and its order in memory: channels last.</summary>
internal readonly record struct MapShape(int Height, int Width, int Channels)
{
    /// <summary>The places of a map.</summary>
    public int Area => Height * Width;

    /// <summary>The numbers of a value.</summary>
    public int Size => Height * Width * Channels;

    /// <summary>Where the number stands in memory that has this place in the network's order.</summary>
    public int Place(int logical) => (logical % Area * Channels) + (logical / Area);

    /// <summary>Numbers in the network's order, channels first, from those in memory.</summary>
    public double[] ToLogical(ReadOnlySpan<double> values)
    {
        var logical = new double[Size];
        for (var index = 0; index < logical.Length; index++)
            logical[index] = values[Place(index)];
        return logical;
    }

    /// <summary>Numbers in memory from those in the network's order.</summary>
    public void FromLogical(ReadOnlySpan<double> logical, Span<double> values)
    {
        for (var index = 0; index < logical.Length; index++)
            values[Place(index)] = logical[index];
    }
}

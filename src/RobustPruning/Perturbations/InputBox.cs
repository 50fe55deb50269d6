using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// A box of inputs: each value of a network's input, of any shape, lies between limits of its own. What holds for <see cref="Set"/> about
/// <see cref="Centre"/> holds for every real input of the box: the set is the box, rounded outwards. It owns the centre.
/// </summary>
/// <remarks>
/// The widest values are semantic parameters, along which a search splits the box, so that with all of them it is complete in the limit;
/// the others are noise, each with a radius of its own.
/// </remarks>
/// <example>
/// <code>
/// using var box = InputBox.Around(input, 0.01);
/// var certificate = new Certifier(network, box.Set, property).Certify(box.Centre);
/// </code>
/// </example>
public sealed class InputBox : IDisposable
{
    /// <summary>How many of the widest values are parameters, unless another number is asked for.</summary>
    public const int DefaultParameters = 16;

    private InputBox(double[] centre, double[] down, double[] up, long[] shape, int parameters)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parameters, 1);
        if (centre.Length == 0 || shape.Length == 0)
            throw new ArgumentException($"An input has an axis and a value at least, but this one is [{string.Join(", ", shape)}].");

        // A set has a parameter at least; one that cannot move does no harm.
        long[] widest =
        [
            .. Enumerable
                .Range(0, centre.Length)
                .OrderByDescending(entry => down[entry] + up[entry])
                .Select(entry => (long)entry)
                .Take(parameters),
        ];
        long[] moving = [.. widest.Where((entry, rank) => rank == 0 || down[entry] + up[entry] > 0).Order()];
        var radii = down.Zip(up, Math.Max).ToArray();
        foreach (var entry in moving)
            radii[entry] = 0;
        var box = new ParameterBox([.. moving.Select(entry => -down[entry])], [.. moving.Select(entry => up[entry])]);
        Set = SemanticSet.Of(new EntryShift(moving, box)).WithoutClip();
        if (radii.Any(radius => radius > 0))
            Set = Set.WithNoise(NoiseRadii.Of(radii));
        Centre = tensor(centre, shape).DetachFromDisposeScope();
    }

    /// <summary>
    /// The middle of the box, in 64-bit numbers and the input's shape. A certifier takes it for networks of other numbers too.
    /// </summary>
    public Tensor Centre { get; }

    /// <summary>How an input may differ from <see cref="Centre"/>.</summary>
    public SemanticSet Set { get; }

    /// <summary>All inputs between two.</summary>
    /// <param name="lower">The least value of each entry, in the input's shape, without a batch; finite.</param>
    /// <param name="upper">The greatest value of each entry, in the same shape; finite, nowhere below the least.</param>
    /// <param name="parameters">How many of the widest entries are parameters; at least 1.</param>
    /// <exception cref="ArgumentException">The shapes differ, there is no value, or a limit is not finite or inverted.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="parameters"/> is below 1.</exception>
    public static InputBox Of(Tensor lower, Tensor upper, int parameters = DefaultParameters)
    {
        ArgumentNullException.ThrowIfNull(lower);
        ArgumentNullException.ThrowIfNull(upper);
        if (!lower.shape.SequenceEqual(upper.shape))
            throw new ArgumentException(
                $"The lower limits are [{string.Join(", ", lower.shape)}], but the upper ones [{string.Join(", ", upper.shape)}].",
                nameof(upper));
        double[] low = Numbers(lower), high = Numbers(upper);
        for (var entry = 0; entry < low.Length; entry++)
        {
            if (!double.IsFinite(low[entry]) || !double.IsFinite(high[entry]) || low[entry] > high[entry])
                throw new ArgumentException(
                    $"Entry {entry} of the box, [{low[entry]}, {high[entry]}], is inverted or not finite.",
                    nameof(lower));
        }

        // The halves are added, so that their sum does not overflow.
        double[] centre = [.. low.Zip(high, (least, most) => least == most ? least : Math.Clamp((least / 2) + (most / 2), least, most))];
        return new InputBox(centre, [.. centre.Zip(low, Distance)], [.. high.Zip(centre, Distance)], lower.shape, parameters);
    }

    /// <summary>All inputs no further from one than a radius, entry by entry: a ball in the maximum norm.</summary>
    /// <param name="centre">The input in the middle, without a batch; finite.</param>
    /// <param name="radius">The radius; finite and not negative.</param>
    /// <param name="parameters">How many of the entries are parameters; at least 1.</param>
    /// <exception cref="ArgumentException">There is no value, or one is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The radius is negative or not finite, or <paramref name="parameters"/> is below 1.
    /// </exception>
    public static InputBox Around(Tensor centre, double radius, int parameters = DefaultParameters)
    {
        ArgumentNullException.ThrowIfNull(centre);
        if (!(radius >= 0 && double.IsFinite(radius)))
            throw new ArgumentOutOfRangeException(nameof(radius), radius, "The radius is finite and not negative.");
        var middle = Numbers(centre);
        if (middle.Index().FirstOrDefault(entry => !double.IsFinite(entry.Item), (-1, 0)) is { Index: >= 0 } odd)
            throw new ArgumentException($"Entry {odd.Index} of the centre is {odd.Item}.", nameof(centre));
        double[] radii = [.. Enumerable.Repeat(radius, middle.Length)];
        return new InputBox(middle, radii, radii, centre.shape, parameters);
    }

    /// <summary>For example <c>x[0] in [-0.1, 0.1], noise up to 0.01</c>, distances from the centre.</summary>
    public override string ToString() => Set.ToString();

    /// <inheritdoc/>
    public void Dispose() => Centre.Dispose();

    /// <summary>The difference of two numbers, the first not the smaller; rounded upwards where it has no double of its own.</summary>
    private static double Distance(double more, double less)
    {
        var distance = more - less;

        // What the difference lost (Knuth's TwoSum): exactly zero if it lost nothing.
        var back = more - distance;
        var lost = (more - (distance + back)) + (back - less);
        return lost == 0 ? distance : Math.BitIncrement(distance);
    }

    private static double[] Numbers(Tensor values)
    {
        using var scope = NewDisposeScope();
        return values.detach().to(float64).cpu().contiguous().flatten().data<double>().ToArray();
    }
}

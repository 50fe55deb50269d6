namespace RobustPruning.Perturbations;

/// <summary>A box Θ = ∏ [lower_k, upper_k] of semantic parameters. Immutable and thread-safe.</summary>
public sealed class ParameterBox
{
    /// <summary>The greatest number of parameters for which <see cref="Corners"/> are listed.</summary>
    public const int MostSidesWithCorners = 20;

    private readonly double[] _lower;
    private readonly double[] _upper;

    /// <summary>Creates a box from its limits.</summary>
    /// <param name="lower">The least value of each parameter; finite.</param>
    /// <param name="upper">The greatest value of each parameter; finite, nowhere below <paramref name="lower"/>.</param>
    /// <exception cref="ArgumentException">The box has no dimension, the lengths differ, or a side is inverted or not finite.</exception>
    public ParameterBox(IReadOnlyList<double> lower, IReadOnlyList<double> upper)
    {
        ArgumentNullException.ThrowIfNull(lower);
        ArgumentNullException.ThrowIfNull(upper);
        if (lower.Count == 0)
            throw new ArgumentException("A parameter box needs at least one dimension.", nameof(lower));
        if (lower.Count != upper.Count)
            throw new ArgumentException($"The box has {lower.Count} lower and {upper.Count} upper limits.", nameof(upper));
        for (var k = 0; k < lower.Count; k++)
        {
            if (!double.IsFinite(lower[k]) || !double.IsFinite(upper[k]) || lower[k] > upper[k])
                throw new ArgumentException(
                    $"Side {k} of the parameter box, [{lower[k]}, {upper[k]}], is empty, inverted or not finite.",
                    nameof(lower));
        }

        _lower = [.. lower];
        _upper = [.. upper];
    }

    /// <summary>The number of parameters d.</summary>
    public int Dimension => _lower.Length;

    /// <summary>The least value of each parameter.</summary>
    public IReadOnlyList<double> Lower => _lower;

    /// <summary>The greatest value of each parameter.</summary>
    public IReadOnlyList<double> Upper => _upper;

    /// <summary>The midpoint of each side.</summary>
    public double[] Centre => [.. _lower.Zip(_upper, (low, high) => low + ((high - low) / 2))];

    /// <summary>Half the length of each side.</summary>
    public double[] HalfWidths => [.. _lower.Zip(_upper, (low, high) => (high - low) / 2)];

    /// <summary>Whether θ lies in the box, its faces included.</summary>
    public bool Contains(IReadOnlyList<double> theta) =>
        theta.Count == Dimension && Enumerable.Range(0, Dimension).All(k => _lower[k] <= theta[k] && theta[k] <= _upper[k]);

    /// <summary>The 2^d corners.</summary>
    /// <exception cref="InvalidOperationException">
    /// There are more than <see cref="MostSidesWithCorners"/> parameters: use <see cref="Sample"/>.
    /// </exception>
    public IReadOnlyList<double[]> Corners() =>
        Dimension <= MostSidesWithCorners
            ?
            [
                .. Enumerable
                    .Range(0, 1 << Dimension)
                    .Select(bits => Enumerable.Range(0, Dimension).Select(k => (bits >> k & 1) == 0 ? _lower[k] : _upper[k]).ToArray()),
            ]
            : throw new InvalidOperationException(
                $"A box of {Dimension} parameters has 2^{Dimension} corners: they are listed for {MostSidesWithCorners} parameters at most.");

    /// <summary>
    /// Cuts every side into equal parts; neighbours share their faces, so the parts cover the box. A side of no length stays one part, and
    /// one of a few numbers has fewer parts.
    /// </summary>
    /// <param name="cellsPerSide">Parts a side, at least 1; the result holds this number to the power of d boxes, or fewer.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="cellsPerSide"/> is below 1.</exception>
    public IReadOnlyList<ParameterBox> Grid(int cellsPerSide)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cellsPerSide, 1);
        IEnumerable<ParameterBox> boxes = [this];
        for (var k = 0; k < Dimension; k++)
        {
            var side = k;
            double[] cuts = [.. Enumerable.Range(0, cellsPerSide + 1).Select(index => Cut(side, index, cellsPerSide)).Distinct()];
            boxes =
                cuts.Length == 1
                    ? boxes
                    : boxes.SelectMany(box => cuts.Zip(cuts.Skip(1), (low, high) => box.With(side, low, high))).ToList();
        }

        return [.. boxes];
    }

    /// <summary>
    /// The greatest number of parts a side, of those wanted, that gives a <see cref="Grid"/> of no more boxes than so many; at least 1.
    /// </summary>
    internal int CellsPerSide(int wanted, double most) =>
        Enumerable
            .Range(1, wanted)
            .Last(cells => cells == 1 || Math.Pow(cells, _lower.Zip(_upper).Count(side => side.First < side.Second)) <= most);

    /// <summary>Cuts one side in the middle; the halves share a face.</summary>
    /// <param name="side">The index of the side.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such side.</exception>
    public IReadOnlyList<ParameterBox> Halve(int side)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(side);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(side, Dimension);
        var middle = Centre[side];
        return [With(side, _lower[side], middle), With(side, middle, _upper[side])];
    }

    /// <summary>The box of some of the sides, next to each other.</summary>
    internal ParameterBox Part(int first, int count) => new(_lower[first..(first + count)], _upper[first..(first + count)]);

    /// <summary>The two points at the ends of one side, at the centre of all others.</summary>
    internal IReadOnlyList<double[]> Ends(int side)
    {
        double[] low = Centre, high = Centre;
        (low[side], high[side]) = (_lower[side], _upper[side]);
        return [low, high];
    }

    /// <summary>Draws θ uniformly from the box.</summary>
    /// <param name="count">How many.</param>
    /// <param name="random">The source of randomness; the same state gives the same draws.</param>
    public IReadOnlyList<double[]> Sample(int count, Random random) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ => _lower.Zip(_upper, (low, high) => low + (random.NextDouble() * (high - low))).ToArray()),
        ];

    /// <summary>For example <c>[-0.1, 0.1] x [-0.05, 0.05]</c>.</summary>
    public override string ToString() => string.Join(" x ", _lower.Zip(_upper, (low, high) => $"[{low}, {high}]"));

    // The outermost cuts are the limits themselves, not sums that round away from them.
    private double Cut(int side, int index, int cells) =>
        index == 0 ? _lower[side] : index == cells ? _upper[side] : _lower[side] + ((_upper[side] - _lower[side]) * index / cells);

    private ParameterBox With(int side, double low, double high)
    {
        double[] lower = [.. _lower], upper = [.. _upper];
        (lower[side], upper[side]) = (low, high);
        return new ParameterBox(lower, upper);
    }
}

using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Regions of outputs that no input may reach, one claim each, as VNN-LIB states them: a claim is proved where some row of its region
/// cannot hold, and broken where all rows hold, be it with equality.
/// </summary>
public sealed record AvoidanceProperty : OutputProperty
{
    private readonly OutputRegion[] _regions;
    private readonly AvoidanceRow[][] _rows;

    /// <summary>Creates the property.</summary>
    /// <param name="regions">
    /// The regions, at least one, all about outputs of one length. Weights that 32-bit numbers cannot hold are kept in parts.
    /// </param>
    /// <exception cref="ArgumentException">
    /// There is no region, their lengths differ, or a weight is beyond the range of 32-bit numbers.
    /// </exception>
    public AvoidanceProperty(IReadOnlyList<OutputRegion> regions)
    {
        ArgumentNullException.ThrowIfNull(regions);
        if (regions.Count == 0)
            throw new ArgumentException("There is no region to avoid.", nameof(regions));
        if (regions.FirstOrDefault(region => region.Weights[0].Count != regions[0].Weights[0].Count) is { } odd)
            throw new ArgumentException(
                $"A region is about {odd.Weights[0].Count} outputs, but the first about {regions[0].Weights[0].Count}.",
                nameof(regions));
        _regions = [.. regions];
        var values = 0;
        _rows = [.. regions.Select(region => region.Weights.Zip(region.Limits, (weights, limit) =>
        {
            var row = AvoidanceRow.Of(weights, limit, values);
            values += row.Parts.Count;
            return row;
        }).ToArray())];
    }

    /// <summary>The regions.</summary>
    public IReadOnlyList<OutputRegion> Regions => _regions;

    /// <inheritdoc/>
    public override string Name(int claim) => $"region {claim}";

    /// <summary>For example <c>2 regions to avoid on 5 outputs</c>.</summary>
    public override string ToString() => $"{_regions.Length} regions to avoid on {Outputs} outputs";

    internal override bool HasReference => false;

    internal override void RequireOutput(GraphNode output)
    {
        if (output.Neurons != Outputs)
            throw new GraphException(
                output.Name,
                $"the output is [{string.Join(", ", output.Shape)}], but the regions are of {Outputs} values.")
            {
                Value = output.Shape,
            };
    }

    internal override bool Fits(int outputs) => outputs == Outputs;

    internal override int Claims(int outputs) => _rows.Length;

    internal override double[] Values(IReadOnlyList<double> output) => ConstraintRows.Values(Parts, output);

    internal override int CountValues(int outputs) => Parts.Count();

    internal override IReadOnlyList<int> ValuesOf(int claim) => [.. _rows[claim].SelectMany(row => row.Values)];

    internal override Graph Extend(Graph network) => ClaimLayer.Append(network, [.. Parts]);

    internal override bool IsStated(IReadOnlyList<double> reference, int claim) => true;

    internal override double Violation(IReadOnlyList<double> values, IReadOnlyList<double> reference, int claim) =>
        _rows[claim].Min(row => row.Depth(values));

    internal override double WorstViolation(
        IReadOnlyList<double> lower, IReadOnlyList<double> upper, IReadOnlyList<double> reference, int claim) =>
        _rows[claim].Min(row => row.GreatestDepth(lower, upper));

    internal override Tensor Violations(Tensor values, IReadOnlyList<double> reference)
    {
        // Short regions repeat a row; the smaller parts of rows are below what 32-bit values tell apart.
        var longest = _rows.Max(rows => rows.Length);
        AvoidanceRow[] table =
        [
            .. _rows.SelectMany(rows => Enumerable.Range(0, longest).Select(index => rows[Math.Min(index, rows.Length - 1)])),
        ];
        using var scope = NewDisposeScope();
        var columns = tensor(table.Select(row => (long)row.First).ToArray(), device: values.device);
        var outside = tensor(table.Select(row => row.Outside).ToArray(), dtype: values.dtype, device: values.device);
        return (outside - values.index_select(1, columns)).reshape(-1, _rows.Length, longest).amin(2).MoveToOuterDisposeScope();
    }

    private int Outputs => _regions[0].Weights[0].Count;

    private IEnumerable<double[]> Parts => _rows.SelectMany(rows => rows).SelectMany(row => row.Parts);
}

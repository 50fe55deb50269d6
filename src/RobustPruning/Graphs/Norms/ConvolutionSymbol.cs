using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// An upper bound of a convolution's spectral norm for maps of any size: the norm of the same convolution on the infinite plane, of which
/// the layer with its zero padding is a part. There it multiplies by its symbol <c>M(ω) = Σ_k K_k e^(iω·k)</c>, and its norm is
/// sup_ω ‖M(ω)‖₂. For every v, v* M M* v is a trigonometric polynomial, which by M. Riesz's lemma is at most 1 / cos(π / resolution) times
/// its greatest value on a grid, for each axis; so then is ‖M‖₂².
/// </summary>
internal sealed class ConvolutionSymbol
{
    // Grid points for each degree of the polynomial, the finest that is affordable: the bound rises by 2, 8 or 41 %.
    private static readonly int[] Resolutions = [16, 8, 4];

    // About so many steps go over all of the grid.
    private const double GramSteps = 10;

    // Values of one batch of symbols, 32 MiB.
    private const long BatchValues = 1 << 22;

    private readonly Tensor _weight;
    private readonly NormEffort _effort;
    private readonly long _groups;
    private readonly SymbolAxis _rows;
    private readonly SymbolAxis _columns;

    private ConvolutionSymbol(Tensor weight, NormEffort effort, long groups, SymbolAxis rows, SymbolAxis columns) =>
        (_weight, _effort, _groups, _rows, _columns) = (weight, effort, groups, rows, columns);

    /// <summary>No less than the convolution's spectral norm.</summary>
    /// <param name="node">Whose strides, dilations and groups count.</param>
    /// <param name="weight">The weight, <c>[C', C / groups, kH, kW]</c>, 64-bit and finite.</param>
    /// <param name="effort">
    /// How tight the bound is to be; where even the coarsest grid takes more work than that, it is a simple one.
    /// </param>
    public static double Norm(ConvolutionNode node, Tensor weight, NormEffort effort)
    {
        var symbols = Resolutions
            .Select(resolution => new ConvolutionSymbol(
                weight, effort, node.Input.Channels / weight.shape[1], SymbolAxis.Of(node, 0, resolution),
                SymbolAxis.Of(node, 1, resolution)))
            .ToList();
        return symbols.FirstOrDefault(symbol => GramSteps * symbol.Work <= effort.MostWork)?.Norm() ?? symbols[0].NormOfTaps();
    }

    private long Phases => _rows.Stride * _columns.Stride;

    /// <summary>The smaller side of one group's symbol.</summary>
    private long Side => Math.Min(_weight.shape[0] / _groups, _weight.shape[1] * Phases);

    private long SymbolValues => _weight.shape[0] * _weight.shape[1] * Phases;

    private double Work => 1.5 * _rows.Points * _columns.Points * Side * Math.Max(_groups * Side * Side, SymbolValues);

    private double Norm()
    {
        var (upper, lower) = (0.0, 0.0);
        foreach (var batch in Frequencies().Chunk((int)Math.Max(1, BatchValues / SymbolValues)))
        {
            using var scope = NewDisposeScope();
            var (real, imaginary) = Symbols(batch);
            var (batchUpper, batchLower) = GramIteration.Norm(real, imaginary, lower, _effort.Tolerance);
            (upper, lower) = (Math.Max(upper, batchUpper), Math.Max(lower, batchLower));
        }

        // Each symbol sums taps times cosines that are off by a few ulps; somewhere its norm is at least ‖K‖_F over the root of its side.
        var taps = (double)_weight.shape[2] * _weight.shape[3];
        var rounding = 8 * (taps + 8) * Math.Sqrt(taps * Side) * Rounding.Epsilon(float64) / 2;
        return upper * Math.Sqrt(_rows.Rise * _columns.Rise) * (1 + rounding);
    }

    /// <summary>
    /// For layers too wide for a grid: M(ω) is the matrix of all taps side by side, times a phase for each tap, and the phases that meet in
    /// one column have the length √taps. Some 2 times the norm for 3×3 kernels.
    /// </summary>
    private double NormOfTaps()
    {
        using var scope = NewDisposeScope();
        var taps = _rows.Taps(0).Count() * _columns.Taps(0).Count();
        return GramIteration.Norm(_weight.reshape(_groups, _weight.shape[0] / _groups, -1)).Upper * Math.Sqrt(taps);
    }

    /// <summary>One of ω and −ω, at which symbols are conjugate.</summary>
    private IEnumerable<(long Row, long Column)> Frequencies()
    {
        for (var row = 0L; row < _rows.Points; row++)
        {
            for (var column = 0L; column < _columns.Points; column++)
            {
                var mirror = (Row: (_rows.Points - row) % _rows.Points, Column: (_columns.Points - column) % _columns.Points);
                if ((row, column).CompareTo(mirror) <= 0)
                    yield return (row, column);
            }
        }
    }

    /// <summary>The symbols of all groups, <c>[frequencies · groups, C' / groups, C / groups · phases]</c>.</summary>
    private (Tensor Real, Tensor Imaginary) Symbols((long Row, long Column)[] frequencies)
    {
        using var scope = NewDisposeScope();
        var taps = _weight.permute(2, 3, 0, 1).reshape(_weight.shape[2] * _weight.shape[3], -1);
        List<Tensor> real = [], imaginary = [];
        for (var phase = 0L; phase < Phases; phase++)
        {
            var members = (from row in _rows.Taps(phase / _columns.Stride)
                           from column in _columns.Taps(phase % _columns.Stride)
                           select (Row: row, Column: column)).ToArray();

            // A stride longer than the kernel steps over values.
            if (members.Length == 0)
                continue;
            var indices = tensor(members.Select(tap => (tap.Row * _weight.shape[3]) + tap.Column).ToArray(), device: _weight.device);
            var angles = tensor(
                (from frequency in frequencies
                 from tap in members
                 select _rows.Angle(frequency.Row, tap.Row) + _columns.Angle(frequency.Column, tap.Column)).ToArray(),
                [frequencies.Length, members.Length], device: _weight.device);
            real.Add(angles.cos().mm(taps.index_select(0, indices)));
            imaginary.Add(angles.sin().mm(taps.index_select(0, indices)));
        }

        return (Shaped(real), Shaped(imaginary));

        Tensor Shaped(List<Tensor> phases) => stack([.. phases], -1)
            .reshape(frequencies.Length * _groups, _weight.shape[0] / _groups, _weight.shape[1] * phases.Count).MoveToOuterDisposeScope();
    }
}

using RobustPruning.Numerics;
using RobustPruning.Perturbations;

namespace RobustPruning.Certification;

/// <summary>
/// How far a value's move may lie off a centre and generators over a box of θ: the worst part is cut in two until all stay within a stated
/// radius, or a limit is reached. It keeps its arrays from value to value.
/// </summary>
/// <param name="pixels">The moves.</param>
/// <param name="whole">The box.</param>
internal sealed class ProofSearch(ProofPixels pixels, ParameterBox whole)
{
    /// <summary>So little beyond the stated radius is taken as it comes.</summary>
    public const double LeastAllowance = 1e-9;

    // So much too, or parts at the very edge of the radius would be cut for ever.
    private const double Allowance = 1.0 / (1 << 10);
    private const double SideError = 1.0 / (1L << 50);

    // Parts of a box that are looked at for one value at most; each cut makes two.
    private const int MostParts = 2000;

    private readonly double[] _lower = [.. whole.Lower];
    private readonly double[] _upper = [.. whole.Upper];
    private readonly double[] _middle = whole.Centre;
    private readonly double[] _half = whole.HalfWidths;
    private readonly OutwardInterval[] _slopes = new OutwardInterval[whole.Dimension];
    private readonly OutwardInterval[] _rates = new OutwardInterval[whole.Dimension];
    private readonly OutwardInterval[] _least = new OutwardInterval[whole.Dimension];
    private readonly OutwardInterval[] _most = new OutwardInterval[whole.Dimension];
    private readonly PriorityQueue<(OutwardInterval[] Part, int Cut), double> _open = new();
    private readonly Stack<OutwardInterval[]> _spent = new();

    /// <summary>The radius of one value.</summary>
    /// <param name="value">Its index.</param>
    /// <param name="centre">The stated centre.</param>
    /// <param name="generators">The stated generators.</param>
    /// <param name="stated">The stated radius, at which the search aims.</param>
    public double Radius(int value, double centre, double[] generators, double stated)
    {
        var allowed = 0.0;
        for (var k = 0; k < _rates.Length; k++)
        {
            _rates[k] = _half[k] > 0 ? generators[k] / new OutwardInterval(_half[k], _half[k]) : 0;

            // The ends of a side are at ξ = −1 and 1 but for the rounding of its centre and half width.
            allowed += _rates[k].Magnitude * Math.Max(Math.Abs(_lower[k]), Math.Abs(_upper[k])) * SideError;
        }

        var first = Fresh();
        for (var k = 0; k < first.Length; k++)
            first[k] = new(_lower[k], _upper[k]);
        Add(value, centre, first);
        var limit = (stated * (1 + Allowance)) + LeastAllowance;
        while (true)
        {
            // The worst part is cut first: what is left at the limit is as good as it gets.
            _open.TryPeek(out var worst, out var key);
            if (-key <= limit || worst.Cut < 0 || _open.Count >= MostParts)
            {
                while (_open.TryDequeue(out var left, out _))
                    _spent.Push(left.Part);
                return Math.BitIncrement(-key + allowed);
            }

            _open.Dequeue();
            var second = Fresh();
            worst.Part.CopyTo(second, 0);
            var side = worst.Part[worst.Cut];
            worst.Part[worst.Cut] = new(side.Lower, Middle(side));
            second[worst.Cut] = new(Middle(side), side.Upper);
            Add(value, centre, worst.Part);
            Add(value, centre, second);
        }
    }

    private OutwardInterval[] Fresh() => _spent.TryPop(out var part) ? part : new OutwardInterval[_rates.Length];

    /// <summary>
    /// Bounds one part. Where the move only rises or only falls with a parameter, the ends of that side tell; elsewhere the middle and all
    /// slopes.
    /// </summary>
    private void Add(int value, double centre, OutwardInterval[] part)
    {
        pixels.Slopes(value, part, _slopes);
        var (cut, widest, spread) = (-1, 0.0, (OutwardInterval)0);
        for (var k = 0; k < part.Length; k++)
        {
            var slope = _slopes[k] - _rates[k];
            if (slope.Lower >= 0 || slope.Upper <= 0)
            {
                (_least[k], _most[k]) = slope.Lower >= 0 ? (part[k].Lower, part[k].Upper) : (part[k].Upper, part[k].Lower);
                continue;
            }

            var middle = Middle(part[k]);
            _least[k] = _most[k] = middle;
            var along = slope * (part[k] - middle);
            spread += along;
            if (along.Width > widest && part[k].Lower < middle && middle < part[k].Upper)
                (cut, widest) = (k, along.Width);
        }

        var off = new OutwardInterval(Off(value, centre, _least).Lower, Off(value, centre, _most).Upper) + spread;
        _open.Enqueue((part, cut), double.IsNaN(off.Magnitude) ? double.NegativeInfinity : -off.Magnitude);
    }

    private OutwardInterval Off(int value, double centre, OutwardInterval[] theta)
    {
        var off = pixels.Value(value, theta) - centre;
        for (var k = 0; k < theta.Length; k++)
            off -= _rates[k] * (theta[k] - _middle[k]);
        return off;
    }

    private static double Middle(OutwardInterval side) => Math.Clamp(side.Lower + ((side.Upper - side.Lower) / 2), side.Lower, side.Upper);
}

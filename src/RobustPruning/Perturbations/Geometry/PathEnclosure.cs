using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// Encloses the values that pixels show while they take them from elsewhere in an image: <c>v(θ) ∈ centre + Σ_k generator_k ξ_k ±
/// radius</c> over a box. Within one cell of the image v is a second-order function but for the path's bend. Where a path crosses cells,
/// the box is cut into smaller ones, and in those that still cross, v lies on a cone whose slopes are the hull of those of all cells
/// touched.
/// </summary>
internal sealed class PathEnclosure
{
    // So often a box is cut in two where a path crosses cells.
    private const int Cuts = 5;

    // So far away, in pixels, cells are no longer told apart.
    private const double Far = 1e9;

    // What 64-bit numbers lose, in units of what is added up.
    private const double Roundings = 64;
    private const double Lost = Roundings / (1L << 53);

    private readonly BilinearImage _image;
    private readonly IPixelPaths _paths;
    private readonly int _parameters;
    private readonly PathSegment[] _segments;
    private readonly double[][] _centres;
    private readonly double[][] _halves;
    private readonly double[] _low;
    private readonly double[] _high;
    private readonly double[] _slopes;

    public PathEnclosure(BilinearImage image, IPixelPaths paths)
    {
        (_image, _paths, _parameters) = (image, paths, paths.Parameters);
        _segments = [.. Enumerable.Range(0, Cuts + 2).Select(_ => new PathSegment(_parameters))];
        _centres = [.. Enumerable.Range(0, Cuts + 2).Select(_ => new double[_parameters])];
        _halves = [.. Enumerable.Range(0, Cuts + 2).Select(_ => new double[_parameters])];
        (_low, _high, _slopes) = (new double[image.Channels], new double[image.Channels], new double[image.Channels * _parameters]);
    }

    /// <summary>What rounding may have moved where the radius is zero.</summary>
    public EnclosureError Error { get; private set; }

    /// <summary>The moves of an image over boxes.</summary>
    public static EnclosedMove Moves(Tensor image, WarpEdges edges, IPixelPaths paths, IReadOnlyList<ParameterBox> boxes)
    {
        using var scope = NewDisposeScope();
        var enclosure = new PathEnclosure(new BilinearImage(image, edges), paths);
        var values = (int)image.numel();
        double[] centre = new double[boxes.Count * values],
            generators = new double[centre.Length * paths.Parameters],
            radius = new double[centre.Length];
        for (var box = 0; box < boxes.Count; box++)
        {
            enclosure.Enclose(
                boxes[box],
                centre.AsSpan(box * values, values),
                generators.AsSpan(box * values * paths.Parameters, values * paths.Parameters),
                radius.AsSpan(box * values, values));
        }

        Tensor From(double[] numbers, params long[] shape) =>
            tensor(numbers, [.. shape, .. image.shape], dtype: image.dtype, device: image.device);
        return new EnclosedMove(
            From(centre, boxes.Count) - image, From(generators, boxes.Count, paths.Parameters),
            Array.TrueForAll(radius, value => value == 0) ? null : From(radius, boxes.Count))
        {
            Error = enclosure.Error,
        }.MoveOut();
    }

    /// <summary>Encloses all pixels over one box.</summary>
    /// <param name="box">The box.</param>
    /// <param name="centre">Takes the centres, <c>[C, H, W]</c>.</param>
    /// <param name="generators">Takes the generators, <c>[d, C, H, W]</c>.</param>
    /// <param name="radius">Takes the radii, <c>[C, H, W]</c>.</param>
    public void Enclose(ParameterBox box, Span<double> centre, Span<double> generators, Span<double> radius)
    {
        double[] middle = box.Centre, half = box.HalfWidths;
        int area = _image.Height * _image.Width, values = area * _image.Channels;
        for (var row = 0; row < _image.Height; row++)
        {
            for (var column = 0; column < _image.Width; column++)
            {
                var lost = Enclose(column, row, middle, half);
                for (var channel = 0; channel < _image.Channels; channel++)
                {
                    var place = (channel * area) + (row * _image.Width) + column;
                    centre[place] = (_low[channel] + _high[channel]) / 2;
                    for (var k = 0; k < _parameters; k++)
                        generators[(k * values) + place] = _slopes[(channel * _parameters) + k] * half[k];

                    // A radius has its own rounding in it; where there is none, rounding makes no symbol of its own.
                    var width = (_high[channel] - _low[channel]) / 2;
                    radius[place] = width > 0 ? (width * (1 + EnclosureError.Outward)) + lost : 0;
                    Error = new(Math.Max(Error.Magnitude, width > 0 ? _image.Greatest : lost / Lost), Roundings);
                }
            }
        }
    }

    /// <summary>Finds slopes and what lies off them for one pixel; returns what rounding may have lost.</summary>
    private double Enclose(int column, int row, double[] middle, double[] half)
    {
        var whole = _segments[0];
        _paths.Follow(column, row, middle, half, whole);
        var lost = Lost * whole.Magnitude * 8 * _image.Greatest;
        var single = Single(whole, half, out var cellX, out var cellY);
        for (var channel = 0; channel < _image.Channels; channel++)
        {
            (_low[channel], _high[channel]) = (double.PositiveInfinity, double.NegativeInfinity);
            if (!single)
                continue;
            var cell = _image.Cell(channel, cellX, cellY);
            double slopeX = cell.SlopeX(Near(whole.Y, _image.Height) - cellY), slopeY = cell.SlopeY(Near(whole.X, _image.Width) - cellX);
            for (var k = 0; k < _parameters; k++)
                _slopes[(channel * _parameters) + k] = (slopeX * whole.SlopeX[k]) + (slopeY * whole.SlopeY[k]);
        }

        if (!single)
            SetChords(column, row, middle, half);
        middle.CopyTo(_centres[0], 0);
        half.CopyTo(_halves[0], 0);
        Bound(column, row, 0, middle);
        return lost;
    }

    /// <summary>Slopes of the chords between the middles of opposite faces.</summary>
    private void SetChords(int column, int row, double[] middle, double[] half)
    {
        var (point, nothing, end) = (_centres[^1], _halves[^1], _segments[^1]);
        Array.Clear(nothing);
        middle.CopyTo(point, 0);
        for (var k = 0; k < _parameters; k++)
        {
            for (var channel = 0; channel < _image.Channels; channel++)
                _slopes[(channel * _parameters) + k] = 0;
            for (var side = -1; side <= 1 && half[k] > 0; side += 2)
            {
                point[k] = middle[k] + (side * half[k]);
                _paths.Follow(column, row, point, nothing, end);
                for (var channel = 0; channel < _image.Channels; channel++)
                    _slopes[(channel * _parameters) + k] += side * _image.Value(channel, end.X, end.Y) / (2 * half[k]);
            }

            point[k] = middle[k];
        }
    }

    /// <summary>Bounds what lies off the slopes over one part of the box.</summary>
    private void Bound(int column, int row, int depth, double[] whole)
    {
        var (segment, centre, half) = (_segments[depth], _centres[depth], _halves[depth]);
        if (depth > 0)
            _paths.Follow(column, row, centre, half, segment);
        if (Single(segment, half, out var cellX, out var cellY))
        {
            for (var channel = 0; channel < _image.Channels; channel++)
                BoundInCell(channel, cellX, cellY, segment, centre, half, whole);
            return;
        }

        var side = depth < Cuts ? Widest(segment, half) : -1;
        if (side < 0)
        {
            for (var channel = 0; channel < _image.Channels; channel++)
                BoundAcross(channel, segment, centre, half, whole);
            return;
        }

        for (var part = -1; part <= 1; part += 2)
        {
            centre.CopyTo(_centres[depth + 1], 0);
            half.CopyTo(_halves[depth + 1], 0);
            _halves[depth + 1][side] = half[side] / 2;
            _centres[depth + 1][side] = centre[side] + (part * half[side] / 2);
            Bound(column, row, depth + 1, whole);
        }
    }

    /// <summary>All in one cell: the value at the centre, slopes, the twist's second order, and the bend.</summary>
    private void BoundInCell(int channel, int cellX, int cellY, PathSegment segment, double[] centre, double[] half, double[] whole)
    {
        var cell = _image.Cell(channel, cellX, cellY);
        double x = Near(segment.X, _image.Width) - cellX,
            y = Near(segment.Y, _image.Height) - cellY,
            slopeX = cell.SlopeX(y),
            slopeY = cell.SlopeY(x),
            twist = cell.Twist;
        double value = cell.Value(x, y), low = 0.0, high = 0.0, even = 0.0;
        for (var k = 0; k < _parameters; k++)
        {
            var slope = _slopes[(channel * _parameters) + k];
            value -= slope * (centre[k] - whole[k]);
            even += Math.Abs((slopeX * segment.SlopeX[k]) + (slopeY * segment.SlopeY[k]) - slope) * half[k];
            var square = twist * segment.SlopeX[k] * segment.SlopeY[k] * half[k] * half[k];
            (low, high) = (low + Math.Min(square, 0), high + Math.Max(square, 0));
            for (var other = 0; other < k; other++)
            {
                even +=
                    Math.Abs(twist * ((segment.SlopeX[k] * segment.SlopeY[other]) + (segment.SlopeX[other] * segment.SlopeY[k])))
                    * half[k]
                    * half[other];
            }
        }

        even += (Math.Abs(slopeX) * segment.BendX) + (Math.Abs(slopeY) * segment.BendY)
            + (Math.Abs(twist) * ((segment.BendX * segment.ReachY(half)) + (segment.BendY * segment.ReachX(half))));
        Take(channel, value + low - even, value + high + even);
    }

    /// <summary>
    /// Across cells: on a cone about the value at the centre, and between the least and the greatest value of what is touched.
    /// </summary>
    private void BoundAcross(int channel, PathSegment segment, double[] centre, double[] half, double[] whole)
    {
        double reachX = segment.ReachX(half), reachY = segment.ReachY(half);
        var hull = Hull(channel, segment.X - reachX, segment.X + reachX, segment.Y - reachY, segment.Y + reachY);
        double shift = 0.0, along = 0.0, cone = 0.0;
        for (var k = 0; k < _parameters; k++)
        {
            var slope = _slopes[(channel * _parameters) + k];
            shift += slope * (centre[k] - whole[k]);
            along += Math.Abs(slope) * half[k];
            double leastX = segment.SlopeX[k] - segment.TurnX[k], mostX = segment.SlopeX[k] + segment.TurnX[k];
            double leastY = segment.SlopeY[k] - segment.TurnY[k], mostY = segment.SlopeY[k] + segment.TurnY[k];
            var least = Least(hull.LeastX, hull.MostX, leastX, mostX) + Least(hull.LeastY, hull.MostY, leastY, mostY);
            var most = -Least(-hull.MostX, -hull.LeastX, leastX, mostX) - Least(-hull.MostY, -hull.LeastY, leastY, mostY);
            cone += Math.Max(Math.Abs(least - slope), Math.Abs(most - slope)) * half[k];
        }

        var value = _image.Value(channel, segment.X, segment.Y) - shift;
        Take(channel, Math.Max(value - cone, hull.Least - shift - along), Math.Min(value + cone, hull.Most - shift + along));
    }

    /// <summary>Hulls of value and slopes over a rectangle.</summary>
    private (double Least, double Most, double LeastX, double MostX, double LeastY, double MostY) Hull(
        int channel, double left, double right, double top, double bottom)
    {
        double least = double.PositiveInfinity, most = double.NegativeInfinity, leastX = least, mostX = most, leastY = least, mostY = most;
        (left, right) = Periods(left, right, _image.Width);
        (top, bottom) = Periods(top, bottom, _image.Height);
        for (var row = (int)Math.Floor(top); row <= (int)Math.Floor(bottom); row++)
        {
            for (var column = (int)Math.Floor(left); column <= (int)Math.Floor(right); column++)
            {
                var cell = _image.Cell(channel, column, row);
                double x0 = Math.Clamp(left - column, 0, 1),
                    x1 = Math.Clamp(right - column, 0, 1),
                    y0 = Math.Clamp(top - row, 0, 1),
                    y1 = Math.Clamp(bottom - row, 0, 1);
                double a = cell.Value(x0, y0), b = cell.Value(x1, y0), c = cell.Value(x0, y1), d = cell.Value(x1, y1);
                least = Math.Min(least, Math.Min(Math.Min(a, b), Math.Min(c, d)));
                most = Math.Max(most, Math.Max(Math.Max(a, b), Math.Max(c, d)));
                leastX = Math.Min(leastX, Math.Min(cell.SlopeX(y0), cell.SlopeX(y1)));
                mostX = Math.Max(mostX, Math.Max(cell.SlopeX(y0), cell.SlopeX(y1)));
                leastY = Math.Min(leastY, Math.Min(cell.SlopeY(x0), cell.SlopeY(x1)));
                mostY = Math.Max(mostY, Math.Max(cell.SlopeY(x0), cell.SlopeY(x1)));
            }
        }

        return (least, most, leastX, mostX, leastY, mostY);
    }

    /// <summary>A stretch no longer than all there is to see.</summary>
    private (double From, double To) Periods(double from, double to, int size)
    {
        (from, to) = (Near(from, size), Near(to, size));
        return Math.Max(Math.Abs(from), Math.Abs(to)) < Far ? (from, Math.Min(to, from + (2.0 * size) + 6)) : (-3, (2.0 * size) + 3);
    }

    /// <summary>Whether a segment stays in one cell, but for what rounding may have moved; and which.</summary>
    private bool Single(PathSegment segment, double[] half, out int cellX, out int cellY)
    {
        var slack = Lost * segment.Magnitude;
        double reachX = segment.ReachX(half), reachY = segment.ReachY(half);
        cellX = cellY = 0;
        return double.IsFinite(reachX + reachY)
            && Single(segment.X, reachX, slack, _image.Width, ref cellX)
            && Single(segment.Y, reachY, slack, _image.Height, ref cellY);
    }

    private bool Single(double place, double reach, double slack, int size, ref int cell)
    {
        double from = Math.Floor(Near(place - reach, size) + slack), to = Math.Ceiling(Near(place + reach, size) - slack) - 1;
        cell = (int)from;
        return to <= from;
    }

    private int Widest(PathSegment segment, double[] half)
    {
        var (side, most) = (-1, 0.0);
        for (var k = 0; k < _parameters; k++)
        {
            var movement = (Math.Abs(segment.SlopeX[k]) + segment.TurnX[k] + Math.Abs(segment.SlopeY[k]) + segment.TurnY[k]) * half[k];
            if (movement > most)
                (side, most) = (k, movement);
        }

        return side;
    }

    private double Near(double coordinate, int size) => _image.Near(coordinate, size);

    private void Take(int channel, double low, double high) =>
        (_low[channel], _high[channel]) = (Math.Min(_low[channel], low), Math.Max(_high[channel], high));

    /// <summary>The least product of a number of each interval.</summary>
    private static double Least(double a0, double a1, double b0, double b1) =>
        Math.Min(Math.Min(a0 * b0, a0 * b1), Math.Min(a1 * b0, a1 * b1));
}

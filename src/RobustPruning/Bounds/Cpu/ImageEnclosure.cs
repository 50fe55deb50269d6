using System.Numerics;
using RobustPruning.Numerics;

namespace RobustPruning.Bounds.Cpu;

/// <summary>The images that a box reaches, clipped if the camera clips, as the first value of a plan.</summary>
internal sealed unsafe class ImageEnclosure<T>(BufferPool pool)
    where T : unmanaged, INumber<T>
{
    // A shared symbol is a whole image to propagate, so few pixels are better off with symbols of their own.
    private const int FewestSharing = 16;

    private readonly Relaxations<T> _relaxations = new(pool);

    /// <summary>The images of one box.</summary>
    public Enclosure<T> Of(MapShape map, ImageBoxes images, int box, bool shareClipErrors)
    {
        var unclipped = Unclipped(map, images, box);
        if (!images.Clip)
            return unclipped;
        var radius = images.Radii?[box];
        var clipped = _relaxations.Apply(
            unclipped, index =>
            {
                var (lower, upper) = unclipped.Bounds(index);
                return ScalarRelaxation.OfClip(lower, upper, 0, 1);
            }, shareClipErrors ? sizes => Shared(unclipped, radius, (T*)sizes) : null);
        unclipped.Release();
        return clipped;
    }

    private Enclosure<T> Unclipped(MapShape map, ImageBoxes images, int box)
    {
        double[] centres = images.Centres[box], generators = images.Generators[box];
        BufferPool.Buffer centre = pool.Rent<double>(map.Size), directions = pool.Rent<double>(generators.Length);
        centres.CopyTo(new Span<double>(centre.Doubles, map.Size));
        generators.CopyTo(new Span<double>(directions.Doubles, generators.Length));
        BufferPool.Buffer? radius = null;
        List<SymbolBlock<T>> symbols = [];
        if (images.Radii?[box] is { } radii)
        {
            var sizes = pool.Rent<T>(map.Size);
            radius = pool.Rent<double>(map.Size);
            for (var index = 0; index < map.Size; index++)
            {
                sizes.As<T>()[index] = Relaxations<T>.Up(radii[index]);
                radius.Doubles[index] = double.CreateTruncating(sizes.As<T>()[index]);
            }

            if (ReluLayer<T>.NewSymbols.Of(pool, map, sizes.As<T>()) is { } noise)
                symbols.Add(noise);
            sizes.Release();
        }

        return new Enclosure<T>(map, centre, directions, map.Size == 0 ? 0 : generators.Length / map.Size)
        {
            RadiusBuffer = radius,
            Symbols = symbols,
            Error = images.RoundingError * Math.Sqrt(map.Size) * (1 + Rounding.Arithmetic),
        };
    }

    /// <summary>
    /// The errors of the clip as symbols. Pixels with the same centre and the same generators have the same value at every θ, hence the
    /// same error at every θ: they share one symbol. In an image with large saturated areas that is most of them. Those with noise do not.
    /// </summary>
    private IEnumerable<SymbolBlock<T>> Shared(Enclosure<T> unclipped, double[]? radius, T* sizes)
    {
        var map = unclipped.Map;
        var groups = new Dictionary<PixelValue, List<int>>();
        var values = new double[1 + unclipped.GeneratorCount][];
        for (var row = 0; row < values.Length; row++)
            values[row] = new Span<double>(
                row == 0 ? unclipped.Centre : unclipped.Generators + ((long)(row - 1) * map.Size),
                map.Size).ToArray();
        for (var index = 0; index < map.Size; index++)
        {
            if (sizes[index] == T.Zero || (radius is not null && radius[index] != 0))
                continue;
            var key = new PixelValue(values, index);
            if (!groups.TryGetValue(key, out var group))
                groups[key] = group = [];
            group.Add(index);
        }

        List<int>[] shared = [.. groups.Values.Where(group => group.Count >= FewestSharing)];
        List<SymbolBlock<T>> blocks = [];
        if (shared.Length > 0)
        {
            var dense = SymbolBlock<T>.Windows(pool, new object(), shared.Length, map, map.Height, map.Width);
            for (var symbol = 0; symbol < shared.Length; symbol++)
            {
                new Span<T>(dense.Values + (symbol * dense.Size), map.Size).Clear();
                foreach (var index in shared[symbol])
                    (dense.Values[(symbol * dense.Size) + index], sizes[index]) = (sizes[index], T.Zero);
            }

            blocks.Add(dense);
        }

        if (ReluLayer<T>.NewSymbols.Of(pool, map, sizes) is { } alone)
            blocks.Add(alone);
        return blocks;
    }

    /// <summary>One pixel's centre and generators.</summary>
    private readonly struct PixelValue(double[][] values, int index) : IEquatable<PixelValue>
    {
        private readonly double[][] _values = values;
        private readonly int _index = index;

        public bool Equals(PixelValue other)
        {
            foreach (var row in _values)
            {
                if (BitConverter.DoubleToInt64Bits(row[_index]) != BitConverter.DoubleToInt64Bits(row[other._index]))
                    return false;
            }

            return true;
        }

        public override bool Equals(object? obj) => obj is PixelValue other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            foreach (var row in _values)
                hash.Add(BitConverter.DoubleToInt64Bits(row[_index]));
            return hash.ToHashCode();
        }
    }
}

using System.Numerics;
using RobustPruning.Numerics;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// Affine steps: exact on centre, generators and symbols but for rounding; the box error term goes through |W|, with what the sums of
/// symbols of few digits lose, and the error ρ through ‖W‖₂.
/// </summary>
internal sealed unsafe class AffineLayers<T>(BufferPool pool)
    where T : unmanaged, INumber<T>
{
    private static readonly double OwnEpsilon = 1.0 / (1L << 52);

    /// <summary>The value behind a step.</summary>
    public Enclosure<T> Apply(AffineStep step, Enclosure<T> input)
    {
        var size = step.Map.Size;
        BufferPool.Buffer centre = New(size), generators = New((long)size * input.GeneratorCount);
        var uncertain = Uncertain(step, input);
        var spread = uncertain is null ? null : New(size);
        double*[] maps = new double*[1 + input.GeneratorCount], targets = new double*[maps.Length];
        for (var map = 0; map < maps.Length; map++)
        {
            maps[map] = map == 0 ? input.Centre : input.Generators + ((long)(map - 1) * input.Map.Size);
            targets[map] = map == 0 ? centre.Doubles : generators.Doubles + ((long)(map - 1) * size);
        }

        var radius = input.Symbols.Count == 0 || step.Terms == 0 ? null : new SymbolRadius<T>(pool, step.Map);
        var moved = step.Terms == 0 && input.RadiusBuffer is not null ? pool.RentZeros<double>(size) : null;
        var symbols = Linear(step, input, maps, targets, uncertain, spread, radius);
        if (moved is not null)
            Move(step, input.Radius, moved.Doubles);
        AddShift(step, centre.Doubles);
        if (spread is not null && step.Terms > 0)
            Widen(step, input, spread.Doubles);
        uncertain?.Release();
        return new Enclosure<T>(step.Map, centre, generators, input.GeneratorCount)
        {
            RemainderBuffer = spread,
            RadiusBuffer = moved ?? radius?.Finish(),
            Symbols = symbols,
            Error = step.Terms == 0 ? Increased(input.Error * step.Norm) : Error(step, input),
        };

        // Convolutions write, others add.
        BufferPool.Buffer New(long count) =>
            step is ConvolutionStep convolution && !IsLinear(convolution) ? pool.Rent<double>(count) : pool.RentZeros<double>(count);
    }

    private IReadOnlyList<SymbolBlock<T>> Linear(
        AffineStep step, Enclosure<T> input, double*[] maps, double*[] targets, BufferPool.Buffer? uncertain, BufferPool.Buffer? spread,
        SymbolRadius<T>? radius)
    {
        double* loose = uncertain is null ? null : uncertain.Doubles, looser = spread is null ? null : spread.Doubles;
        switch (step)
        {
            case ConvolutionStep convolution:
                return Convolve(convolution, input, maps, targets, loose, looser, radius);

            case ElementwiseStep elementwise:
                for (var map = 0; map <= maps.Length; map++)
                {
                    double* source = map < maps.Length ? maps[map] : loose, target = map < maps.Length ? targets[map] : looser;
                    for (var index = 0; index < step.Map.Size && source is not null; index++)
                        target[index] = source[index] * (map < maps.Length ? elementwise.Scale[index] : Math.Abs(elementwise.Scale[index]));
                }

                return Summed(radius, [.. input.Symbols.Select(block => SymbolMoves<T>.Scale(pool, block, elementwise.Scale))]);

            default:
                for (var map = 0; map < maps.Length; map++)
                    Move(step, maps[map], targets[map]);
                if (loose is not null)
                    Move(step, loose, looser);
                return Summed(radius, [.. input.Symbols.Select(block => step is GatherStep gather
                    ? SymbolMoves<T>.Gather(pool, block, gather) : SymbolMoves<T>.Channelwise(pool, block, (ChannelwiseStep)step))]);
        }
    }

    private static SymbolBlock<T>[] Summed(SymbolRadius<T>? radius, SymbolBlock<T>[] blocks)
    {
        foreach (var block in blocks)
            radius?.Add(block, 0, block.Count);
        return blocks;
    }

    private IReadOnlyList<SymbolBlock<T>> Convolve(
        ConvolutionStep step, Enclosure<T> input, double*[] maps, double*[] targets, double* uncertain, double* spread,
        SymbolRadius<T>? radius)
    {
        fixed (float* narrow = step.Weights)
        {
            fixed (double* wide = step.WideWeights)
            {
                if (IsLinear(step))
                {
                    return wide is null
                        ? Linear(step, narrow, input, maps, targets, uncertain, spread, radius)
                        : Linear(step, wide, input, maps, targets, uncertain, spread, radius);
                }

                if (wide is null)
                    new MapConvolution<float>(step, narrow).Apply(pool, maps, targets, uncertain, spread);
                else
                    new MapConvolution<double>(step, wide).Apply(pool, maps, targets, uncertain, spread);
                if (radius is null)
                    return [];
                if (wide is null || typeof(T) == typeof(float))
                {
                    var symbols = new SymbolConvolution<T, float>(pool, step, narrow, radius);
                    return [.. input.Symbols.Select(symbols.Of)];
                }

                var wideSymbols = new SymbolConvolution<T, double>(pool, step, wide, radius);
                return [.. input.Symbols.Select(wideSymbols.Of)];
            }
        }
    }

    /// <summary>Whether the kernel is as large as the map and the same numbers serve maps and symbols.</summary>
    private static bool IsLinear(ConvolutionStep step) =>
        step.Map.Area == 1
        && step.Groups == 1
        && step.Rows == new ConvolutionAxis(step.From.Height, 1, 0, 1)
        && step.Columns == new ConvolutionAxis(step.From.Width, 1, 0, 1)
        && (typeof(T) == typeof(double) || step.WideWeights is null);

    private SymbolBlock<T>[] Linear<TWeight>(
        ConvolutionStep step, TWeight* weights, Enclosure<T> input, double*[] maps, double*[] targets, double* uncertain, double* spread,
        SymbolRadius<T>? radius)
        where TWeight : unmanaged
    {
        var results = new SymbolBlock<T>[input.Symbols.Count];
        SymbolBlock<T>[] windows = [.. input.Symbols.Where(block => !block.IsSingle)];
        for (var index = 0; index < results.Length; index++)
        {
            var block = input.Symbols[index];
            if (block.IsSingle)
            {
                results[index] = new SymbolConvolution<T, TWeight>(pool, step, weights, radius!).Of(block);
                continue;
            }

            results[index] = SymbolBlock<T>.Windows(pool, block.Birth, block.Count, step.Map, 1, 1);
            new Span<T>(results[index].Values, checked(block.Count * step.Map.Channels)).Clear();
        }

        SymbolBlock<T>[] dense = [.. results.Where((_, index) => !input.Symbols[index].IsSingle)];
        new LinearProducts<T, TWeight>(pool, step, weights).Add(maps, targets, uncertain, spread, windows, dense);
        foreach (var block in dense)
            radius!.Add(block, 0, block.Count);
        return results;
    }

    private static void Move(AffineStep step, double* source, double* target)
    {
        if (step is GatherStep gather)
        {
            for (var index = 0; index < gather.Sources.Length; index++)
                target[index] = gather.Sources[index] < 0 ? 0 : source[gather.Sources[index]];
            return;
        }

        var channelwise = (ChannelwiseStep)step;
        int channels = step.Map.Channels, from = channelwise.From.Channels;
        for (var row = 0; row < step.Map.Height; row++)
        {
            for (var column = 0; column < step.Map.Width; column++, target += channels)
            {
                foreach (var sourceRow in channelwise.Rows.Sources[row])
                {
                    foreach (var sourceColumn in channelwise.Columns.Sources[column])
                    {
                        var place = source + ((((long)sourceRow * channelwise.From.Width) + sourceColumn) * from);
                        for (var channel = 0; channel < channels; channel++)
                            target[channel] +=
                                channelwise.Channels is null ? place[channel]
                                : channelwise.Channels[channel] is >= 0 and var read ? place[read]
                                : 0;
                    }
                }

                if (channelwise.Terms > 0)
                {
                    var scale = channelwise.ScaleOf(row, column);
                    for (var channel = 0; channel < channels; channel++)
                        target[channel] *= scale;
                }
            }
        }
    }

    private static void AddShift(AffineStep step, double* centre)
    {
        if (step.Shift is not { } shift)
            return;
        for (var index = 0; index < step.Map.Size; index++)
            centre[index] += shift[shift.Length == step.Map.Size ? index : index % step.Map.Channels];
    }

    /// <summary>
    /// The box error term and what the layer's sums of symbols of few digits may lose, each number times its |W| still to come; null if
    /// nothing.
    /// </summary>
    private BufferPool.Buffer? Uncertain(AffineStep step, Enclosure<T> input)
    {
        var symbols = step.Terms == 0 || Enclosure<T>.IsWide || input.Radius is null ? null : input.Radius;
        if (symbols is null && input.Remainder is null)
            return null;
        var uncertain = pool.Rent<double>(input.Map.Size);
        var lost = Rounding.Gamma(Depth(step, input) + 2, Enclosure<T>.Epsilon);
        for (var index = 0; index < input.Map.Size; index++)
            uncertain.Doubles[index] = Increased(
                (input.Remainder is null ? 0 : input.Remainder[index]) + (symbols is null ? 0 : symbols[index] * lost));
        return uncertain;
    }

    /// <summary>A single symbol is multiplied once.</summary>
    private static long Depth(AffineStep step, Enclosure<T> input) =>
        step is ConvolutionStep && input.Symbols.All(block => block.IsSingle) ? 1 : step.Depth;

    /// <summary>
    /// What sums of |W| lose themselves, and products too small for all digits, for folding may have made weights smaller.
    /// </summary>
    private static void Widen(AffineStep step, Enclosure<T> input, double* spread)
    {
        var growth = 1 + (4 * Rounding.Gamma(step.Depth + 4, OwnEpsilon));
        var least = step.Terms * input.Underflow;
        if (!Enclosure<T>.IsWide && input.Radius is not null)
        {
            var greatest = 0.0;
            for (var index = 0; index < input.Map.Size; index++)
                greatest = Math.Max(greatest, input.Radius[index]);
            least += greatest * step.Terms * Enclosure<T>.Least;
        }

        for (var index = 0; index < step.Map.Size; index++)
            spread[index] = (spread[index] * growth) + least;
    }

    /// <summary>‖W‖₂ ρ, and what the sums of the layer's own terms may lose: γ_n |W| |x| + γ |b| as vectors, by norms.</summary>
    private static double Error(AffineStep step, Enclosure<T> input)
    {
        double own = Rounding.Gamma(step.Depth + 10, OwnEpsilon),
            symbols = Enclosure<T>.IsWide ? Rounding.Gamma(Depth(step, input) + 10, OwnEpsilon) : 0;
        var kernel = ReluLayer<T>.Kernel(input);
        var error = (input.Error * step.Norm) + (kernel.Uncertainty(input.Map.Size, own, symbols) * step.AbsoluteNorm)
            + (step.Terms * Math.Sqrt(step.Map.Size) * 1e-307 * (2 + input.SymbolCount));
        if (step.Shift is { } shift)
        {
            var squares = 0.0;
            for (var index = 0; index < shift.Length; index++)
            {
                var loss = (Math.Abs(shift[index]) * own) + (step.ShiftError is { } given ? given[index] : 0);
                squares += loss * loss;
            }

            error += EuclideanNorm.Upper(squares, shift.Length) * Math.Sqrt((double)step.Map.Size / shift.Length);
        }

        return Increased(error);
    }

    private static double Increased(double value) => value * (1 + Rounding.Arithmetic);
}

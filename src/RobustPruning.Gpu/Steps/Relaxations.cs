using RobustPruning.Bounds;
using RobustPruning.Bounds.Cpu;
using RobustPruning.Gpu.Kernels;
using RobustPruning.Numerics;

namespace RobustPruning.Gpu.Steps;

/// <summary>
/// Nonlinearities: each number times a slope, plus an offset, plus or minus an error, which becomes a new symbol. One count is read back:
/// that of the new symbols. Of smooth functions the CPU computes slopes, offsets and errors, for which the bounds are read back.
/// </summary>
internal sealed class Relaxations(DeviceSession session, Errors errors)
{
    /// <summary>The value behind an activation.</summary>
    public DeviceValue Apply(ActivationStep step, DeviceValue input)
    {
        switch (step.Kind)
        {
            case ActivationKind.Relu:
                return Rectify(input);

            case ActivationKind.LeakyRelu:
                return Apply(input, arrays => session.Launch(RelaxationKernels.LeakyRelu, input.Map.Size, input.View, arrays.View,
                    step.First));

            case ActivationKind.Clip:
                return Clip(input, step.First, step.Second);

            default:
                if (step.Smooth?.IsSteep != true)
                    return Apply(input, (_, lower, upper) => ScalarRelaxation.Of(step, lower, upper));

                // What rounding has lost, one norm for all numbers, would grow beyond use: each number takes its own share into its error.
                var error = session.Download(input.Error.View)[0] * (1 + Rounding.Arithmetic);
                var (lowers, uppers) = Bounds(input);
                var exact = input.WithError(session.RentFilled(1, 0));
                var output = Apply(exact, (index, _, _) =>
                {
                    var (slope, offset, size) = ScalarRelaxation.Of(step, lowers[index], uppers[index]);
                    return new ScalarRelaxation(slope, offset, size + (Math.Abs(slope) * error));
                });
                exact.Release();
                return output;
        }
    }

    /// <summary>min(max(z, a), b); pixels that have a leader share its symbol.</summary>
    public DeviceValue Clip(DeviceValue input, double a, double b, DeviceArray<int>? leaders = null) =>
        Apply(input, arrays => session.Launch(RelaxationKernels.Clip, input.Map.Size, input.View, arrays.View, a, b), leaders);

    /// <summary>Each number by a relaxation that the CPU computes from its bounds.</summary>
    public DeviceValue Apply(DeviceValue input, Func<int, double, double, ScalarRelaxation> relaxation)
    {
        var (lower, upper) = Bounds(input);
        double[] slopes = new double[lower.Length], offsets = new double[lower.Length], sizes = new double[lower.Length];
        for (var index = 0; index < lower.Length; index++)
            (slopes[index], offsets[index], sizes[index]) = relaxation(index, lower[index], upper[index]);
        return Apply(input, arrays =>
        {
            session.Write<double>(arrays.Slopes, slopes);
            session.Write<double>(arrays.Offsets, offsets);
            session.Write<double>(arrays.Sizes, sizes);
        });
    }

    /// <summary>Each number by a relaxation that is written on the device.</summary>
    public DeviceValue Apply(DeviceValue input, Action<RelaxationArrays> write, DeviceArray<int>? leaders = null)
    {
        var arrays = new RelaxationArrays(session, input.Map.Size);
        write(arrays);
        var (maps, radius) = (session.Rent<double>(input.Maps.Count), session.Rent<double>(input.Map.Size));
        session.Launch(RelaxationKernels.Relax, input.Map.Size, input.View, input.View with { Maps = maps.View, Radius = radius.View },
            arrays.View, input.Underflow);
        return Finish(input, arrays, maps, radius, leaders);
    }

    /// <summary>Each number times a slope of its own, with no error but rounding.</summary>
    public DeviceValue Scale(DeviceValue input, DeviceArray<double> slopes)
    {
        var arrays = new RelaxationArrays(session, input.Map.Size);
        session.Copy(slopes, arrays.Slopes);
        session.Launch(ReductionKernels.Fill, input.Map.Size, arrays.Offsets.View, 0.0);
        session.Launch(ReductionKernels.Fill, input.Map.Size, arrays.Sizes.View, 0.0);
        var (maps, radius) = (session.Rent<double>(input.Maps.Count), session.Rent<double>(input.Map.Size));
        session.Launch(RelaxationKernels.Relax, input.Map.Size, input.View, input.View with { Maps = maps.View, Radius = radius.View },
            arrays.View, input.Underflow);
        var scaled = new DeviceValue(
            input.Map, input.Rows, maps, radius, errors.Next(input.Error, null, arrays.Lost, arrays.Slopes),
                [.. input.Symbols.Select(block => Sloped(block, arrays.Slopes))]);
        arrays.Release();
        return scaled;
    }

    /// <summary>Lower and upper bounds, in the order of memory.</summary>
    public (double[] Lower, double[] Upper) Bounds(DeviceValue value)
    {
        DeviceArray<double> lower = session.Rent<double>(value.Map.Size), upper = session.Rent<double>(value.Map.Size);
        session.Launch(RelaxationKernels.Bounds, value.Map.Size, value.View, lower.View, upper.View);
        var bounds = (session.Download(lower.View), session.Download(upper.View));
        lower.Release();
        upper.Release();
        return bounds;
    }

    /// <summary>New symbols of some errors, each of one place, and those that are shared; the sizes stay the caller's.</summary>
    public IEnumerable<DeviceSymbols> NewSymbols(MapShape map, DeviceArray<double> sizes, DeviceArray<int>? leaders)
    {
        if (leaders is not null && NewSymbols(map, sizes, leaders, shared: 1) is { } shared)
            yield return shared;
        var none = leaders?.Share() ?? session.RentFilledInts(map.Size, -1);
        var single = NewSymbols(map, sizes, none, shared: 0);
        none.Release();
        if (single is not null)
            yield return single;
    }

    private DeviceSymbols? NewSymbols(MapShape map, DeviceArray<double> sizes, DeviceArray<int> leaders, int shared)
    {
        var chunks = (map.Size + ReductionKernels.Chunk - 1) / ReductionKernels.Chunk;
        var counts = session.Rent<int>(chunks + 1);
        session.Launch(ReductionKernels.CountNew, chunks, sizes.View, leaders.View, shared, counts.View);
        session.Launch(ReductionKernels.ScanNew, 1, counts.View);
        var count = session.Download(counts.View.SubView(chunks, 1))[0];
        DeviceSymbols? symbols = null;
        if (count > 0)
        {
            var places = session.Rent<int>(count);
            session.Launch(ReductionKernels.ListNew, chunks, sizes.View, leaders.View, shared, counts.View, places.View);
            symbols = shared != 0
                ? DeviceSymbols.New(session, new object(), count, map, map.Height, map.Width)
                : DeviceSymbols.New(session, new object(), count, map, 1, 1);
            session.Launch(ReductionKernels.FillNew, symbols.Size, symbols.View, sizes.View, leaders.View, shared, places.View);
            places.Release();
        }

        counts.Release();
        return symbols;
    }

    private DeviceValue Rectify(DeviceValue input)
    {
        var arrays = new RelaxationArrays(session, input.Map.Size);
        var (maps, radius) = (session.Rent<double>(input.Maps.Count), session.Rent<double>(input.Map.Size));
        session.Launch(RelaxationKernels.Rectify, input.Map.Size, input.View, input.View with { Maps = maps.View, Radius = radius.View },
            arrays.View, input.Underflow);
        return Finish(input, arrays, maps, radius, null);
    }

    private DeviceValue Finish(DeviceValue input, RelaxationArrays arrays,
        DeviceArray<double> maps, DeviceArray<double> radius, DeviceArray<int>? leaders)
    {
        var error = errors.Next(input.Error, null, arrays.Lost, arrays.Slopes);
        DeviceSymbols[] symbols =
            [.. input.Symbols.Select(block => Sloped(block, arrays.Slopes)), .. NewSymbols(input.Map, arrays.Sizes, leaders)];
        arrays.Release();
        return new DeviceValue(input.Map, input.Rows, maps, radius, error, symbols);
    }

    private DeviceSymbols Sloped(DeviceSymbols block, DeviceArray<double> slopes)
    {
        var sloped = block with { Values = session.Rent<double>(block.Size), Corners = block.Corners.Share() };
        session.Launch(AffineKernels.Scale, block.Size, block.View, sloped.View, slopes.View);
        return sloped;
    }
}

/// <summary>Slope, offset and error of each number, and what computing them may lose.</summary>
internal sealed class RelaxationArrays(DeviceSession session, int size)
{
    public DeviceArray<double> Slopes { get; } = session.Rent<double>(size);

    public DeviceArray<double> Offsets { get; } = session.Rent<double>(size);

    public DeviceArray<double> Sizes { get; } = session.Rent<double>(size);

    public DeviceArray<double> Lost { get; } = session.Rent<double>(size);

    public RelaxationView View => new() { Slopes = Slopes.View, Offsets = Offsets.View, Sizes = Sizes.View, Lost = Lost.View };

    public void Release()
    {
        Slopes.Release();
        Offsets.Release();
        Sizes.Release();
        Lost.Release();
    }
}

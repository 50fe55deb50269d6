using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Devices;

/// <summary>The kernels on libtorch's CPU memory, with SIMD over channels and one thread a core; in 32-bit and 64-bit numbers.</summary>
internal sealed unsafe class CpuKernels : IBoundKernels
{
    // Below this many numbers a second thread costs more than it saves.
    private const long SerialWork = 1 << 15;

    public string Name => "CPU SIMD";

    public void AddAbsoluteWindows(Tensor windows, ReadOnlySpan<WindowPlace> places, Tensor sum)
    {
        if (IsDouble(windows))
            AddAbsolute<double>(windows, places.ToArray(), sum);
        else
            AddAbsolute<float>(windows, places.ToArray(), sum);
    }

    public Tensor ScaleWindows(Tensor windows, ReadOnlySpan<WindowPlace> places, Tensor slope) => IsDouble(windows)
        ? Scale<double>(windows, places.ToArray(), slope)
        : Scale<float>(windows, places.ToArray(), slope);

    public void ClearOutside(Tensor windows, ReadOnlySpan<WindowPlace> places, int height, int width)
    {
        if (IsDouble(windows))
            Clear<double>(windows, places, height, width);
        else
            Clear<float>(windows, places, height, width);
    }

    public void Convolve(
        Tensor windows, WindowPlace[] places, Tensor? active, Tensor weights, ConvolutionShape shape, Tensor result, WindowPlace[] newPlaces)
    {
        if (IsDouble(windows))
            Convolve<double>(windows, places, active, weights, shape, result, newPlaces);
        else
            Convolve<float>(windows, places, active, weights, shape, result, newPlaces);
    }

    public ReluRelaxation RelaxRelu(OutwardZonotope zonotope, ScalarType type, double underflow) => type switch
    {
        ScalarType.Float32 => Relax<float>(zonotope, type, underflow),
        ScalarType.Float64 => Relax<double>(zonotope, type, underflow),
        _ => BoundKernels.Libtorch.RelaxRelu(zonotope, type, underflow),
    };

    public Tensor Uncertainty(OutwardZonotope zonotope, double own, double symbols)
    {
        var result = empty(zonotope.Centre.shape[0], dtype: float64);
        var neurons = zonotope.Centre.numel() / zonotope.Centre.shape[0];
        var norms = At<double>(result, 0);
        ForBoxes<double>(zonotope, (box, relu) => norms[box] = relu.Uncertainty(neurons, own, symbols));
        return result;
    }

    private static void AddAbsolute<T>(Tensor windows, WindowPlace[] places, Tensor sum)
        where T : unmanaged, INumber<T>
    {
        var (geometry, total) = (new Geometry(windows, (int)sum.shape[1], (int)sum.shape[2]), (int)sum.numel());
        T* source = Pointer<T>(windows), target = Pointer<T>(sum);
        var workers = Workers(windows.numel());
        if (workers == 1)
        {
            AddRange(geometry, places, 0, places.Length, source, target);
            return;
        }

        // Threads add to maps of their own: windows overlap.
        var partial = new T[workers][];
        Parallel.For(0, workers, worker =>
        {
            partial[worker] = new T[total];
            fixed (T* own = partial[worker])
                AddRange(geometry, places, worker * places.Length / workers, (worker + 1) * places.Length / workers, source, own);
        });
        foreach (var map in partial)
        {
            fixed (T* own = map)
                Add(own, target, total);
        }
    }

    private static Tensor Scale<T>(Tensor windows, WindowPlace[] places, Tensor slope)
        where T : unmanaged, INumber<T>
    {
        var geometry = new Geometry(windows, (int)slope.shape[1], (int)slope.shape[2]);
        var scaled = empty(windows.shape, dtype: windows.dtype);
        T* source = Pointer<T>(windows), factor = Pointer<T>(slope), target = Pointer<T>(scaled);
        ForRanges(places.Length, windows.numel(), (from, to) =>
        {
            for (var symbol = from; symbol < to; symbol++)
            {
                for (var y = 0; y < geometry.WindowHeight; y++)
                {
                    var line = geometry.Line(places[symbol], symbol, y);
                    new Span<T>(target + line.Window, geometry.LineLength).Clear();
                    Multiply(source + line.Window + line.Skip, factor + line.Map, target + line.Window + line.Skip, line.Length);
                }
            }
        });
        return scaled;
    }

    private static void Clear<T>(Tensor windows, ReadOnlySpan<WindowPlace> places, int height, int width)
        where T : unmanaged
    {
        var geometry = new Geometry(windows, height, width);
        var target = Pointer<T>(windows);
        for (var symbol = 0; symbol < places.Length; symbol++)
        {
            var place = places[symbol];
            if (place.Row >= 0 && place.Column >= 0 && place.Row + geometry.WindowHeight <= height && place.Column + geometry.WindowWidth <= width)
                continue;
            for (var y = 0; y < geometry.WindowHeight; y++)
            {
                var line = geometry.Line(place, symbol, y);
                new Span<T>(target + line.Window, line.Skip).Clear();
                new Span<T>(target + line.Window + line.Skip + line.Length, geometry.LineLength - line.Skip - line.Length).Clear();
            }
        }
    }

    private static void Convolve<T>(
        Tensor windows, WindowPlace[] places, Tensor? active, Tensor weights, ConvolutionShape shape, Tensor result, WindowPlace[] newPlaces)
        where T : unmanaged, INumber<T>
    {
        var convolution = new SparseConvolution<T>(shape, Taps<T>(weights));
        var source = new SparseConvolution<T>.Windows((nint)Pointer<T>(windows), places, (int)windows.shape[1], (int)windows.shape[2]);
        var target = new SparseConvolution<T>.Windows((nint)Pointer<T>(result), newPlaces, (int)result.shape[1], (int)result.shape[2]);
        var mask = active is null ? null : Pointer<T>(active);
        ForRanges(places.Length, windows.numel() * weights.shape[3], (from, to) => convolution.Add(source, mask, target, from, to));
    }

    private static ReluRelaxation Relax<T>(OutwardZonotope zonotope, ScalarType type, double underflow)
        where T : unmanaged
    {
        var shape = zonotope.Centre.shape;
        long boxes = shape[0], neurons = zonotope.Centre.numel() / boxes, generators = zonotope.Generators.shape[1];
        var result = new ReluRelaxation(
            New(shape), New(shape), empty(shape, dtype: type), empty(shape, dtype: type), New(shape), New(zonotope.Generators.shape),
            LibtorchKernels.HasRemainder(zonotope, type) ? New(shape) : null, New(shape), New([boxes]));
        var errors = At<double>(result.Error, 0);
        ForBoxes<T>(zonotope, (box, relu) => errors[box] = relu.Relax(neurons, underflow, new OutwardRelu<T>.Output
        {
            Lower = At<double>(result.Lower, box * neurons),
            Upper = At<double>(result.Upper, box * neurons),
            Slope = At<T>(result.Slope, box * neurons),
            Size = At<T>(result.Size, box * neurons),
            Centre = At<double>(result.Centre, box * neurons),
            Generators = At<double>(result.Generators, box * neurons * generators),
            Remainder = result.Remainder is null ? null : At<double>(result.Remainder, box * neurons),
            SymbolRadius = At<double>(result.SymbolRadius, box * neurons),
        }));
        return result;

        static Tensor New(long[] shape) => empty(shape, dtype: float64);
    }

    private static void ForBoxes<T>(OutwardZonotope zonotope, Action<long, OutwardRelu<T>> work)
        where T : unmanaged
    {
        var (centre, generators, remainder, symbols, error) = zonotope;
        var neurons = centre.numel() / centre.shape[0];
        using var own = generators[0].is_contiguous() ? generators.alias() : generators.contiguous();
        for (var box = 0L; box < centre.shape[0]; box++)
        {
            work(box, new OutwardRelu<T>
            {
                Centre = At<double>(centre, box * neurons),
                Generators = generators.shape[1] == 0 ? null : At<double>(own, 0) + (box * own.stride(0)),
                GeneratorStep = neurons,
                GeneratorCount = (int)generators.shape[1],
                Remainder = remainder is null ? null : At<double>(remainder, box * neurons),
                Symbols = symbols is null ? null : At<double>(symbols, box * neurons),
                Error = At<double>(error, 0)[box],
            });
        }
    }

    private static void AddRange<T>(Geometry geometry, WindowPlace[] places, int from, int to, T* source, T* target)
        where T : unmanaged, INumber<T>
    {
        for (var symbol = from; symbol < to; symbol++)
        {
            for (var y = 0; y < geometry.WindowHeight; y++)
            {
                var line = geometry.Line(places[symbol], symbol, y);
                AddAbsolute(source + line.Window + line.Skip, target + line.Map, line.Length);
            }
        }
    }

    private static void AddAbsolute<T>(T* source, T* target, int length)
        where T : unmanaged, INumber<T>
    {
        var index = 0;
        for (; index <= length - Vector<T>.Count; index += Vector<T>.Count)
            Vector.Store(Vector.Load(target + index) + Vector.Abs(Vector.Load(source + index)), target + index);
        for (; index < length; index++)
            target[index] += T.Abs(source[index]);
    }

    private static void Add<T>(T* source, T* target, int length)
        where T : unmanaged, INumber<T>
    {
        var index = 0;
        for (; index <= length - Vector<T>.Count; index += Vector<T>.Count)
            Vector.Store(Vector.Load(target + index) + Vector.Load(source + index), target + index);
        for (; index < length; index++)
            target[index] += source[index];
    }

    private static void Multiply<T>(T* left, T* right, T* target, int length)
        where T : unmanaged, INumber<T>
    {
        var index = 0;
        for (; index <= length - Vector<T>.Count; index += Vector<T>.Count)
            Vector.Store(Vector.Load(left + index) * Vector.Load(right + index), target + index);
        for (; index < length; index++)
            target[index] = left[index] * right[index];
    }

    private static int Workers(long work) => work < SerialWork ? 1 : Math.Min(Environment.ProcessorCount, get_num_threads());

    private static void ForRanges(int count, long work, Action<int, int> range)
    {
        var workers = Workers(work);
        if (workers == 1)
            range(0, count);
        else
            Parallel.For(0, workers, worker => range((int)((long)worker * count / workers), (int)((long)(worker + 1) * count / workers)));
    }

    private static SparseConvolution<T>.Taps Taps<T>(Tensor weights)
        where T : unmanaged, INumber<T>
    {
        if (weights.stride(3) != 1 && weights.shape[3] != 1)
            throw new ArgumentException("The CPU kernels need weights with contiguous outputs.", nameof(weights));
        return new((nint)At<T>(weights, 0), (int)weights.shape[2], (int)weights.shape[3], weights.stride(0), weights.stride(1), weights.stride(2));
    }

    private static bool IsDouble(Tensor values) => values.dtype == float64;

    private static T* Pointer<T>(Tensor values)
        where T : unmanaged => values.is_contiguous()
        ? At<T>(values, 0)
        : throw new ArgumentException("The CPU kernels need contiguous numbers.", nameof(values));

    private static T* At<T>(Tensor values, long index)
        where T : unmanaged
    {
        var type = typeof(T) == typeof(float) ? float32 : float64;
        if (values.device_type != DeviceType.CPU || values.dtype != type)
            throw new ArgumentException($"The CPU kernels need {type} on the CPU here, not {values.dtype} on {values.device_type}.", nameof(values));
        return Start<T>(values) + index;
    }

    /// <summary>A tensor's first number.</summary>
    private static T* Start<T>(Tensor values)
        where T : unmanaged
    {
        if (values.is_contiguous() && values.numel() <= int.MaxValue / sizeof(T))
            return (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(values.bytes));

        // A span is contiguous and at most 2 GiB long, so it is one over that number alone.
        using var scope = NewDisposeScope();
        var first = values;
        for (var dimension = 0; dimension < values.dim(); dimension++)
            first = first.narrow(dimension, 0, 1);
        return (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes));
    }

    /// <summary>The part of a window's line that lies inside the map: offsets and lengths in numbers.</summary>
    private readonly record struct LinePart(long Window, long Map, int Skip, int Length);

    /// <summary>How windows lie in a map.</summary>
    private readonly struct Geometry(Tensor windows, int height, int width)
    {
        public readonly int WindowHeight = (int)windows.shape[1];
        public readonly int WindowWidth = (int)windows.shape[2];
        private readonly int _channels = (int)windows.shape[3];

        public int LineLength => WindowWidth * _channels;

        public LinePart Line(WindowPlace place, int symbol, int y)
        {
            var window = (((long)symbol * WindowHeight) + y) * LineLength;
            var (top, bottom, left, right) = place.Inside(WindowHeight, WindowWidth, height, width);
            var row = place.Row + y;
            if (row < top || row >= bottom || right <= left)
                return new LinePart(window, 0, 0, 0);
            var map = ((((long)place.Box * height) + row) * width) + left;
            return new LinePart(window, map * _channels, (left - place.Column) * _channels, (right - left) * _channels);
        }
    }
}

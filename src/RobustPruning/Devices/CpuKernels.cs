using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Devices;

/// <summary>The kernels on libtorch's CPU memory, with SIMD over channels and one thread a core.</summary>
internal sealed unsafe class CpuKernels : IBoundKernels
{
    // Below this many numbers a second thread costs more than it saves.
    private const long SerialWork = 1 << 15;

    public string Name => "CPU SIMD";

    public void AddAbsoluteWindows(Tensor windows, ReadOnlySpan<WindowPlace> places, Tensor sum)
    {
        var (geometry, total) = (new Geometry(windows, (int)sum.shape[1], (int)sum.shape[2]), (int)sum.numel());
        float* source = Pointer(windows), target = Pointer(sum);
        var copied = places.ToArray();
        var workers = Workers(windows.numel());
        if (workers == 1)
        {
            AddRange(geometry, copied, 0, copied.Length, source, target);
            return;
        }

        // Threads add to maps of their own: windows overlap.
        var partial = new float[workers][];
        Parallel.For(0, workers, worker =>
        {
            partial[worker] = new float[total];
            fixed (float* own = partial[worker])
                AddRange(geometry, copied, worker * copied.Length / workers, (worker + 1) * copied.Length / workers, source, own);
        });
        foreach (var map in partial)
        {
            fixed (float* own = map)
                Add(own, target, total);
        }
    }

    public Tensor ScaleWindows(Tensor windows, ReadOnlySpan<WindowPlace> places, Tensor slope)
    {
        var geometry = new Geometry(windows, (int)slope.shape[1], (int)slope.shape[2]);
        var scaled = empty(windows.shape, dtype: float32);
        float* source = Pointer(windows), factor = Pointer(slope), target = Pointer(scaled);
        var copied = places.ToArray();
        ForRanges(copied.Length, windows.numel(), (from, to) =>
        {
            for (var symbol = from; symbol < to; symbol++)
            {
                for (var y = 0; y < geometry.WindowHeight; y++)
                {
                    var line = geometry.Line(copied[symbol], symbol, y);
                    new Span<float>(target + line.Window, geometry.LineLength).Clear();
                    Multiply(source + line.Window + line.Skip, factor + line.Map, target + line.Window + line.Skip, line.Length);
                }
            }
        });
        return scaled;
    }

    public void ClearOutside(Tensor windows, ReadOnlySpan<WindowPlace> places, int height, int width)
    {
        var geometry = new Geometry(windows, height, width);
        var target = Pointer(windows);
        for (var symbol = 0; symbol < places.Length; symbol++)
        {
            var place = places[symbol];
            if (place.Row >= 0 && place.Column >= 0 && place.Row + geometry.WindowHeight <= height && place.Column + geometry.WindowWidth <= width)
                continue;
            for (var y = 0; y < geometry.WindowHeight; y++)
            {
                var line = geometry.Line(place, symbol, y);
                new Span<float>(target + line.Window, line.Skip).Clear();
                new Span<float>(target + line.Window + line.Skip + line.Length, geometry.LineLength - line.Skip - line.Length).Clear();
            }
        }
    }

    public void Convolve(
        Tensor windows, WindowPlace[] places, Tensor? active, Tensor weights, ConvolutionShape shape, Tensor result, WindowPlace[] newPlaces)
    {
        var convolution = new SparseConvolution(shape, Taps(weights));
        var source = new SparseConvolution.Windows((nint)Pointer(windows), places, (int)windows.shape[1], (int)windows.shape[2]);
        var target = new SparseConvolution.Windows((nint)Pointer(result), newPlaces, (int)result.shape[1], (int)result.shape[2]);
        var mask = active is null ? null : Pointer(active);
        ForRanges(places.Length, windows.numel() * weights.shape[3], (from, to) => convolution.Add(source, mask, target, from, to));
    }

    public ReluRelaxation RelaxRelu(OutwardZonotope zonotope, ScalarType type, double underflow)
    {
        if (type != float32)
            return BoundKernels.Libtorch.RelaxRelu(zonotope, type, underflow);
        var shape = zonotope.Centre.shape;
        long boxes = shape[0], neurons = zonotope.Centre.numel() / boxes, generators = zonotope.Generators.shape[1];
        var result = new ReluRelaxation(
            New(shape), New(shape), empty(shape, dtype: float32), empty(shape, dtype: float32), New(shape), New(zonotope.Generators.shape), New(shape), New(shape));
        ForBoxes(zonotope, (box, relu) => relu.Relax(neurons, underflow, new OutwardRelu.Output
        {
            Lower = At<double>(result.Lower, box * neurons),
            Upper = At<double>(result.Upper, box * neurons),
            Slope = At<float>(result.Slope, box * neurons),
            Size = At<float>(result.Size, box * neurons),
            Centre = At<double>(result.Centre, box * neurons),
            Generators = At<double>(result.Generators, box * neurons * generators),
            Remainder = At<double>(result.Remainder, box * neurons),
            SymbolRadius = At<double>(result.SymbolRadius, box * neurons),
        }));
        return result;

        static Tensor New(long[] shape) => empty(shape, dtype: float64);
    }

    public Tensor Uncertainty(OutwardZonotope zonotope, double own, double symbols, ScalarType type)
    {
        if (type != float32)
            return BoundKernels.Libtorch.Uncertainty(zonotope, own, symbols, type);
        var result = empty(zonotope.Centre.shape, dtype: float32);
        var neurons = zonotope.Centre.numel() / zonotope.Centre.shape[0];
        ForBoxes(zonotope, (box, relu) => relu.Uncertainty(neurons, own, symbols, At<float>(result, box * neurons)));
        return result;
    }

    private static void ForBoxes(OutwardZonotope zonotope, Action<long, OutwardRelu> work)
    {
        var (centre, generators, remainder, symbols) = zonotope;
        var neurons = centre.numel() / centre.shape[0];
        using var own = generators[0].is_contiguous() ? generators.alias() : generators.contiguous();
        for (var box = 0L; box < centre.shape[0]; box++)
        {
            work(box, new OutwardRelu
            {
                Centre = At<double>(centre, box * neurons),
                Generators = generators.shape[1] == 0 ? null : At<double>(own, 0) + (box * own.stride(0)),
                GeneratorStep = neurons,
                GeneratorCount = (int)generators.shape[1],
                Remainder = At<double>(remainder, box * neurons),
                Symbols = symbols is null ? null : At<double>(symbols, box * neurons),
            });
        }
    }

    private static void AddRange(Geometry geometry, WindowPlace[] places, int from, int to, float* source, float* target)
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

    private static void AddAbsolute(float* source, float* target, int length)
    {
        var index = 0;
        for (; index <= length - Vector<float>.Count; index += Vector<float>.Count)
            Vector.Store(Vector.Load(target + index) + Vector.Abs(Vector.Load(source + index)), target + index);
        for (; index < length; index++)
            target[index] += Math.Abs(source[index]);
    }

    private static void Add(float* source, float* target, int length)
    {
        var index = 0;
        for (; index <= length - Vector<float>.Count; index += Vector<float>.Count)
            Vector.Store(Vector.Load(target + index) + Vector.Load(source + index), target + index);
        for (; index < length; index++)
            target[index] += source[index];
    }

    private static void Multiply(float* left, float* right, float* target, int length)
    {
        var index = 0;
        for (; index <= length - Vector<float>.Count; index += Vector<float>.Count)
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

    private static SparseConvolution.Taps Taps(Tensor weights)
    {
        if (weights.dtype != float32 || weights.device_type != DeviceType.CPU || (weights.stride(3) != 1 && weights.shape[3] != 1))
            throw new ArgumentException($"The CPU kernels need 32-bit weights on the CPU with contiguous outputs, not {weights.dtype} on {weights.device_type}.", nameof(weights));
        return new((nint)Start<float>(weights), (int)weights.shape[2], (int)weights.shape[3], weights.stride(0), weights.stride(1), weights.stride(2));
    }

    private static float* Pointer(Tensor values) => values.is_contiguous()
        ? At<float>(values, 0)
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

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// The products of a few rows of numbers with weights, in registers: target_i[f] += Σ_k packed_i[k] · weight_k[f], the sum over k first and
/// in the order of k, then added to the target. On any processor: each product and sum is rounded at most once.
/// </summary>
/// <typeparam name="T">The numbers: float or double.</typeparam>
/// <typeparam name="TWeight">The weights: T, or float where T is double.</typeparam>
internal static unsafe class Tiles<T, TWeight>
    where T : unmanaged, INumber<T>
    where TWeight : unmanaged
{
    // Hot loops are compiled with all optimisations at once: a first image is certified in less time than it takes to find out that they
    // are hot.

    /// <summary>So many rows share each weight that is read where rows are many; half of it where they are few.</summary>
    public const int Rows = 8;

    /// <summary>Adds the products of eight rows.</summary>
    /// <param name="packed">Σ over k of these: eight numbers for each k.</param>
    /// <param name="weights">Where weights begin.</param>
    /// <param name="rows">For each k, how far behind that its weights begin.</param>
    /// <param name="count">The number of k.</param>
    /// <param name="targets">Eight targets.</param>
    /// <param name="features">How many numbers each target has; weights and targets have a vector's length to spare behind them.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add8(T* packed, TWeight* weights, nint* rows, int count, T** targets, int features)
    {
        var feature = 0;
        for (; feature + Vector512<T>.Count < features; feature += 2 * Vector512<T>.Count)
            Tile8x2(packed, weights, rows, count, targets, feature, Kept(features - feature - Vector512<T>.Count));
        if (feature < features)
            Tile8x1(packed, weights, rows, count, targets, feature, Kept(features - feature));
    }

    /// <summary>
    /// Adds the products of four rows, of the last one with the absolute values of the weights if so wanted; otherwise as
    /// <see cref="Add8"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add4(T* packed, TWeight* weights, nint* rows, int count, T** targets, int features, bool absoluteLast)
    {
        var all = Vector512<T>.AllBitsSet;
        var ofLast = all;
        if (absoluteLast)
            ofLast =
                typeof(T) == typeof(double) ? Vector512.Create(long.MaxValue).As<long, T>() : Vector512.Create(int.MaxValue).As<int, T>();
        var feature = 0;
        for (; feature + Vector512<T>.Count < features; feature += 2 * Vector512<T>.Count)
            Tile4x2(packed, weights, rows, count, targets, feature, Kept(features - feature - Vector512<T>.Count), ofLast);
        if (feature < features)
            Tile4x1(packed, weights, rows, count, targets, feature, Kept(features - feature), ofLast);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile8x2(T* packed, TWeight* weights, nint* rows, int count, T** targets, int feature, Vector512<T> kept)
    {
        Vector512<T> sum00 = default, sum01 = default;
        Vector512<T> sum10 = default, sum11 = default;
        Vector512<T> sum20 = default, sum21 = default;
        Vector512<T> sum30 = default, sum31 = default;
        Vector512<T> sum40 = default, sum41 = default;
        Vector512<T> sum50 = default, sum51 = default;
        Vector512<T> sum60 = default, sum61 = default;
        Vector512<T> sum70 = default, sum71 = default;
        weights += feature;
        for (var k = 0; k < count; k++, packed += 8)
        {
            var line = weights + rows[k];
            var weight0 = Load(line);
            var weight1 = Load(line + Vector512<T>.Count);
            var value0 = Vector512.Create(*packed);
            sum00 = MultiplyAdd(value0, weight0, sum00);
            sum01 = MultiplyAdd(value0, weight1, sum01);
            var value1 = Vector512.Create(packed[1]);
            sum10 = MultiplyAdd(value1, weight0, sum10);
            sum11 = MultiplyAdd(value1, weight1, sum11);
            var value2 = Vector512.Create(packed[2]);
            sum20 = MultiplyAdd(value2, weight0, sum20);
            sum21 = MultiplyAdd(value2, weight1, sum21);
            var value3 = Vector512.Create(packed[3]);
            sum30 = MultiplyAdd(value3, weight0, sum30);
            sum31 = MultiplyAdd(value3, weight1, sum31);
            var value4 = Vector512.Create(packed[4]);
            sum40 = MultiplyAdd(value4, weight0, sum40);
            sum41 = MultiplyAdd(value4, weight1, sum41);
            var value5 = Vector512.Create(packed[5]);
            sum50 = MultiplyAdd(value5, weight0, sum50);
            sum51 = MultiplyAdd(value5, weight1, sum51);
            var value6 = Vector512.Create(packed[6]);
            sum60 = MultiplyAdd(value6, weight0, sum60);
            sum61 = MultiplyAdd(value6, weight1, sum61);
            var value7 = Vector512.Create(packed[7]);
            sum70 = MultiplyAdd(value7, weight0, sum70);
            sum71 = MultiplyAdd(value7, weight1, sum71);
        }

        AddTo(targets[0] + feature, sum00);
        AddTo(targets[0] + feature + Vector512<T>.Count, sum01 & kept);
        AddTo(targets[1] + feature, sum10);
        AddTo(targets[1] + feature + Vector512<T>.Count, sum11 & kept);
        AddTo(targets[2] + feature, sum20);
        AddTo(targets[2] + feature + Vector512<T>.Count, sum21 & kept);
        AddTo(targets[3] + feature, sum30);
        AddTo(targets[3] + feature + Vector512<T>.Count, sum31 & kept);
        AddTo(targets[4] + feature, sum40);
        AddTo(targets[4] + feature + Vector512<T>.Count, sum41 & kept);
        AddTo(targets[5] + feature, sum50);
        AddTo(targets[5] + feature + Vector512<T>.Count, sum51 & kept);
        AddTo(targets[6] + feature, sum60);
        AddTo(targets[6] + feature + Vector512<T>.Count, sum61 & kept);
        AddTo(targets[7] + feature, sum70);
        AddTo(targets[7] + feature + Vector512<T>.Count, sum71 & kept);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile8x1(T* packed, TWeight* weights, nint* rows, int count, T** targets, int feature, Vector512<T> kept)
    {
        Vector512<T> sum00 = default;
        Vector512<T> sum10 = default;
        Vector512<T> sum20 = default;
        Vector512<T> sum30 = default;
        Vector512<T> sum40 = default;
        Vector512<T> sum50 = default;
        Vector512<T> sum60 = default;
        Vector512<T> sum70 = default;
        weights += feature;
        for (var k = 0; k < count; k++, packed += 8)
        {
            var line = weights + rows[k];
            var weight0 = Load(line);
            var value0 = Vector512.Create(*packed);
            sum00 = MultiplyAdd(value0, weight0, sum00);
            var value1 = Vector512.Create(packed[1]);
            sum10 = MultiplyAdd(value1, weight0, sum10);
            var value2 = Vector512.Create(packed[2]);
            sum20 = MultiplyAdd(value2, weight0, sum20);
            var value3 = Vector512.Create(packed[3]);
            sum30 = MultiplyAdd(value3, weight0, sum30);
            var value4 = Vector512.Create(packed[4]);
            sum40 = MultiplyAdd(value4, weight0, sum40);
            var value5 = Vector512.Create(packed[5]);
            sum50 = MultiplyAdd(value5, weight0, sum50);
            var value6 = Vector512.Create(packed[6]);
            sum60 = MultiplyAdd(value6, weight0, sum60);
            var value7 = Vector512.Create(packed[7]);
            sum70 = MultiplyAdd(value7, weight0, sum70);
        }

        AddTo(targets[0] + feature, sum00 & kept);
        AddTo(targets[1] + feature, sum10 & kept);
        AddTo(targets[2] + feature, sum20 & kept);
        AddTo(targets[3] + feature, sum30 & kept);
        AddTo(targets[4] + feature, sum40 & kept);
        AddTo(targets[5] + feature, sum50 & kept);
        AddTo(targets[6] + feature, sum60 & kept);
        AddTo(targets[7] + feature, sum70 & kept);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile4x2(
        T* packed, TWeight* weights, nint* rows, int count, T** targets, int feature, Vector512<T> kept, Vector512<T> ofLast)
    {
        Vector512<T> sum00 = default, sum01 = default;
        Vector512<T> sum10 = default, sum11 = default;
        Vector512<T> sum20 = default, sum21 = default;
        Vector512<T> sum30 = default, sum31 = default;
        weights += feature;
        for (var k = 0; k < count; k++, packed += 4)
        {
            var line = weights + rows[k];
            var weight0 = Load(line);
            var weight1 = Load(line + Vector512<T>.Count);
            var value0 = Vector512.Create(*packed);
            sum00 = MultiplyAdd(value0, weight0, sum00);
            sum01 = MultiplyAdd(value0, weight1, sum01);
            var value1 = Vector512.Create(packed[1]);
            sum10 = MultiplyAdd(value1, weight0, sum10);
            sum11 = MultiplyAdd(value1, weight1, sum11);
            var value2 = Vector512.Create(packed[2]);
            sum20 = MultiplyAdd(value2, weight0, sum20);
            sum21 = MultiplyAdd(value2, weight1, sum21);
            var value3 = Vector512.Create(packed[3]);
            sum30 = MultiplyAdd(value3, weight0 & ofLast, sum30);
            sum31 = MultiplyAdd(value3, weight1 & ofLast, sum31);
        }

        AddTo(targets[0] + feature, sum00);
        AddTo(targets[0] + feature + Vector512<T>.Count, sum01 & kept);
        AddTo(targets[1] + feature, sum10);
        AddTo(targets[1] + feature + Vector512<T>.Count, sum11 & kept);
        AddTo(targets[2] + feature, sum20);
        AddTo(targets[2] + feature + Vector512<T>.Count, sum21 & kept);
        AddTo(targets[3] + feature, sum30);
        AddTo(targets[3] + feature + Vector512<T>.Count, sum31 & kept);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile4x1(
        T* packed, TWeight* weights, nint* rows, int count, T** targets, int feature, Vector512<T> kept, Vector512<T> ofLast)
    {
        Vector512<T> sum00 = default;
        Vector512<T> sum10 = default;
        Vector512<T> sum20 = default;
        Vector512<T> sum30 = default;
        weights += feature;
        for (var k = 0; k < count; k++, packed += 4)
        {
            var line = weights + rows[k];
            var weight0 = Load(line);
            var value0 = Vector512.Create(*packed);
            sum00 = MultiplyAdd(value0, weight0, sum00);
            var value1 = Vector512.Create(packed[1]);
            sum10 = MultiplyAdd(value1, weight0, sum10);
            var value2 = Vector512.Create(packed[2]);
            sum20 = MultiplyAdd(value2, weight0, sum20);
            var value3 = Vector512.Create(packed[3]);
            sum30 = MultiplyAdd(value3, weight0 & ofLast, sum30);
        }

        AddTo(targets[0] + feature, sum00 & kept);
        AddTo(targets[1] + feature, sum10 & kept);
        AddTo(targets[2] + feature, sum20 & kept);
        AddTo(targets[3] + feature, sum30 & kept);
    }

    /// <summary>All bits set in the first lanes, as many as there are numbers left.</summary>
    public static Vector512<T> Kept(int left)
    {
        if (left >= Vector512<T>.Count)
            return Vector512<T>.AllBitsSet;
        return typeof(T) == typeof(double)
            ? Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)left)).As<long, T>()
            : Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(left)).As<int, T>();
    }

    /// <summary>A vector of weights as the rows' numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(TWeight* weights)
    {
        if (typeof(T) == typeof(TWeight))
            return Vector512.Load((T*)weights);
        var narrow = Vector256.Load((float*)weights);
        if (Avx512F.IsSupported)
            return Avx512F.ConvertToVector512Double(narrow).As<double, T>();
        var (lower, upper) = Vector256.Widen(narrow);
        return Vector512.Create(lower, upper).As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> MultiplyAdd(Vector512<T> left, Vector512<T> right, Vector512<T> sum) => typeof(T) == typeof(double)
        ? Vector512.FusedMultiplyAdd(left.AsDouble(), right.AsDouble(), sum.AsDouble()).As<double, T>()
        : Vector512.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), sum.AsSingle()).As<float, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(T* target, Vector512<T> sum) => Vector512.Store(Vector512.Load(target) + sum, target);
}

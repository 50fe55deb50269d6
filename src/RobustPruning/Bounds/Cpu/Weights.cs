using System.Numerics;
using System.Runtime.CompilerServices;

namespace RobustPruning.Bounds.Cpu;

/// <summary>Products of a line of weights with as many numbers, each by itself.</summary>
internal static unsafe class Weights<T, TWeight>
    where T : unmanaged, INumber<T>
    where TWeight : unmanaged
{
    /// <summary>target = weights · size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(TWeight* weights, T size, T* target, int count)
    {
        if (typeof(T) == typeof(TWeight))
        {
            var own = (T*)weights;
            var index = 0;
            for (; index <= count - Vector<T>.Count; index += Vector<T>.Count)
                Vector.Store(Vector.Load(own + index) * size, target + index);
            for (; index < count; index++)
                target[index] = own[index] * size;
        }
        else
        {
            var (narrow, wide, factor) = ((nint)weights, (nint)target, *(double*)&size);
            for (var index = 0; index < count; index++)
                ((double*)wide)[index] = ((float*)narrow)[index] * factor;
        }
    }

    /// <summary>target += weights · (source · slope), the slope 1 if null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddProducts(TWeight* weights, T* source, T* slope, T* target, int count)
    {
        if (typeof(T) == typeof(TWeight))
        {
            var own = (T*)weights;
            for (var index = 0; index < count; index++)
                target[index] += own[index] * (slope is null ? source[index] : source[index] * slope[index]);
        }
        else
        {
            double* values = (double*)source, slopes = (double*)slope, sums = (double*)target;
            for (var index = 0; index < count; index++)
                sums[index] += ((float*)weights)[index] * (slopes is null ? values[index] : values[index] * slopes[index]);
        }
    }
}

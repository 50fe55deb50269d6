using System.Numerics;
using RobustPruning.Numerics;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// The product of two values: with the middles p and q of x and y, xy = q·x + p·y − pq + (x − p)(y − q), and the last term is no greater
/// than the product of the radii. What the factors have in common stays in the first two; no other planes are closer to the product over a
/// rectangle.
/// </summary>
internal sealed unsafe class Products<T>(BufferPool pool)
    where T : unmanaged, INumber<T>
{
    private readonly Relaxations<T> _relaxations = new(pool);
    private readonly Joining<T> _joining = new(pool);

    /// <summary>The product of two values of one size.</summary>
    public Enclosure<T> Apply(Enclosure<T> first, Enclosure<T> second)
    {
        var size = first.Map.Size;
        double[] p = new double[size], q = new double[size], offsets = new double[size], sizes = new double[size];
        for (var index = 0; index < size; index++)
        {
            double x, y;
            (p[index], x) = Middle(first.Bounds(index));
            (q[index], y) = Middle(second.Bounds(index));
            offsets[index] = -p[index] * q[index];
            sizes[index] = x * y * (1 + Rounding.Arithmetic);
        }

        Enclosure<T> a = _relaxations.Scale(first, q), b = _relaxations.Scale(second, p), sum = _joining.Sum(a, b);
        var product = _relaxations.Apply(sum, index => new ScalarRelaxation(1, offsets[index], sizes[index]));
        foreach (var value in new[] { a, b, sum })
            value.Release();
        return product;
    }

    private static (double Middle, double Radius) Middle((double Lower, double Upper) bounds)
    {
        var middle = (bounds.Lower / 2) + (bounds.Upper / 2);
        return (middle, Math.BitIncrement(Math.Max(bounds.Upper - middle, middle - bounds.Lower)));
    }
}

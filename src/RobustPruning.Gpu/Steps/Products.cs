using RobustPruning.Bounds;
using RobustPruning.Gpu.Kernels;

namespace RobustPruning.Gpu.Steps;

/// <summary>
/// The product of two values: with the middles p and q of x and y, xy = q·x + p·y − pq + (x − p)(y − q), and the last term is no greater
/// than the product of the radii. What the factors have in common stays in the first two; no other planes are closer to the product over
/// a rectangle.
/// </summary>
internal sealed class Products(DeviceSession session, Relaxations relaxations, Joining joining)
{
    /// <summary>The product of two values of one size.</summary>
    public DeviceValue Apply(DeviceValue first, DeviceValue second)
    {
        var size = first.Map.Size;
        var planes = new RelaxationArrays(session, size);
        var middles = session.Rent<double>(size);
        session.Launch(RelaxationKernels.Multiply, size, first.View, second.View, planes.View, middles.View);
        DeviceValue a = relaxations.Scale(first, planes.Slopes), b = relaxations.Scale(second, middles), sum = joining.Sum(a, b);
        a.Release();
        b.Release();
        middles.Release();
        var product = relaxations.Apply(sum, arrays =>
        {
            session.Launch(ReductionKernels.Fill, size, arrays.Slopes.View, 1.0);
            session.Copy(planes.Offsets, arrays.Offsets);
            session.Copy(planes.Sizes, arrays.Sizes);
        });
        sum.Release();
        planes.Release();
        return product;
    }
}

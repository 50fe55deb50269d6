using RobustPruning.Bounds;
using RobustPruning.Gpu.Kernels;

namespace RobustPruning.Gpu.Steps;

/// <summary>
/// Max pooling as a running maximum over the entries of a window, row by row: with d = b − a, max(a, b) = a + max(d, 0), and where max(d,
/// 0) lies in λd + μ ± μ, that is (1 − λ)a + λb + μ ± μ. What a and b have in common stays; where one is never below the other, the
/// maximum is exact.
/// </summary>
internal sealed class MaxPooling(DeviceSession session, DevicePlan plan, Errors errors, Affine affine, Relaxations relaxations,
    Joining joining)
{
    /// <summary>The greatest number of each window.</summary>
    public DeviceValue Apply(MaxPoolStep step, DeviceValue input)
    {
        DeviceValue? greatest = null;
        foreach (var entry in step.Entries)
        {
            var candidate = affine.Apply(entry, input);
            if (greatest is null)
            {
                greatest = candidate;
                continue;
            }

            var next = Greater(greatest, candidate, plan.Of(entry).Present!);
            greatest.Release();
            candidate.Release();
            greatest = next;
        }

        var narrowed = Narrowed(step, greatest!, input);
        greatest!.Release();

        // Until here the error is that of a single number; then a window errs no more than its worst entry, which may be in several
        // windows.
        var pooled = narrowed.WithError(errors.Grown(narrowed.Error, step.Norm));
        narrowed.Release();
        return pooled;
    }

    /// <summary>
    /// Many numbers of a window that cross may leave much more than the box [max l, max u], which in turn forgets what they have in
    /// common. The maximum lies in both, and so in any mixture of them.
    /// </summary>
    private DeviceValue Narrowed(MaxPoolStep step, DeviceValue greatest, DeviceValue input)
    {
        var size = step.Map.Size;
        var least = session.RentFilled(size, double.NegativeInfinity);
        var most = session.RentFilled(size, double.NegativeInfinity);
        var zeros = session.RentFilledInts(2, 0);
        foreach (var entry in step.Entries)
        {
            var arrays = plan.Of(entry);
            session.Launch(
                RelaxationKernels.Greatest, size, input.View, DeviceSymbols.Whole(input.Maps, zeros, 1, input.Map),
                DeviceSymbols.Whole(least, zeros, 1, step.Map),
                arrays.Rows!.View, arrays.Columns!.View, least.View, most.View);
        }

        var narrowed = relaxations.Apply(greatest, mix =>
            session.Launch(RelaxationKernels.Narrow, size, greatest.View, least.View, most.View, mix.View));
        zeros.Release();
        least.Release();
        most.Release();
        return narrowed;
    }

    /// <summary>
    /// The greater of two numbers, or the one that is no padding. A mixture errs no more than the one of the two that errs most.
    /// </summary>
    private DeviceValue Greater(DeviceValue first, DeviceValue second, DeviceArray<int> present)
    {
        var size = first.Map.Size;
        var minus = session.RentFilled(size, -1);
        DeviceValue negative = relaxations.Scale(first, minus), difference = joining.Sum(second, negative);
        minus.Release();
        negative.Release();
        var mix = new RelaxationArrays(session, size);
        session.Launch(RelaxationKernels.Mix, size, difference.View, present.View, mix.View);
        difference.Release();
        DeviceValue a = Exact(first, mix.Offsets), b = Exact(second, mix.Slopes), mixed = joining.Sum(a, b);
        a.Release();
        b.Release();
        DeviceArray<double> worse = session.Rent<double>(1), both = session.Rent<double>(1);
        session.Launch(ReductionKernels.GreaterError, 1, first.Error.View, second.Error.View, worse.View);
        session.Launch(ReductionKernels.JoinErrors, 1, mixed.Error.View, worse.View, both.View, 0);
        var sum = mixed.WithError(errors.Next(both, 1, mix.Lost, mix.Lost));
        mixed.Release();
        worse.Release();
        both.Release();
        var output = relaxations.Apply(sum, arrays =>
        {
            session.Copy(mix.Sizes, arrays.Sizes);
            session.Launch(RelaxationKernels.Raise, size, arrays.View);
        });
        sum.Release();
        mix.Release();
        return output;
    }

    private DeviceValue Exact(DeviceValue value, DeviceArray<double> slopes)
    {
        var exact = value.WithError(session.RentFilled(1, 0));
        var scaled = relaxations.Scale(exact, slopes);
        exact.Release();
        return scaled;
    }
}

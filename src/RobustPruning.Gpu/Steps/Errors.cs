using RobustPruning.Gpu.Kernels;
using RobustPruning.Numerics;

namespace RobustPruning.Gpu.Steps;

/// <summary>New ρ of old ones, on the device.</summary>
internal sealed class Errors(DeviceSession session)
{
    // Squares of smaller numbers vanish.
    private const double Vanishing = 1e-150;

    /// <summary><c>norm·ρ + absolute·‖lost‖ + constant</c>, rounded up; the greatest of the slopes as the norm if it is null.</summary>
    /// <param name="before">ρ.</param>
    /// <param name="norm">How much of ρ stays; null for the greatest slope.</param>
    /// <param name="lost">What is lost of each number.</param>
    /// <param name="slopes">The slopes, or any numbers where the norm is given.</param>
    /// <param name="absolute">What the norm of the losses is multiplied with.</param>
    /// <param name="constant">What is added.</param>
    public DeviceArray<double> Next(
        DeviceArray<double> before, double? norm, DeviceArray<double> lost, DeviceArray<double> slopes,
        double absolute = 1, double constant = 0)
    {
        DeviceArray<double> squares = session.Rent<double>(ReductionKernels.Parts), steepest = session.Rent<double>(ReductionKernels.Parts);
        var after = session.Rent<double>(1);
        session.Launch(ReductionKernels.Reduce, ReductionKernels.Parts, lost.View, slopes.View, squares.View, steepest.View);
        session.Launch(ReductionKernels.FinishError, 1, squares.View, steepest.View, before.View, after.View, new ErrorView
        {
            Norm = norm ?? -1,
            Absolute = absolute,
            Growth = 1 + Rounding.Gamma(lost.Count + ReductionKernels.Parts + 8, 1.0 / (1L << 52)),
            Vanished = Math.Sqrt(lost.Count) * Vanishing,
            Constant = constant,
        });
        squares.Release();
        steepest.Release();
        return after;
    }

    /// <summary>norm·ρ, rounded up.</summary>
    public DeviceArray<double> Grown(DeviceArray<double> before, double norm)
    {
        var nothing = session.RentFilled(1, 0);
        var after = Next(before, norm, nothing, nothing);
        nothing.Release();
        return after;
    }
}

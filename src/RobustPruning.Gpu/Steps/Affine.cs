using RobustPruning.Bounds;
using RobustPruning.Gpu.Kernels;
using RobustPruning.Numerics;

namespace RobustPruning.Gpu.Steps;

/// <summary>
/// Affine steps: exact on centre, generators and symbols but for rounding. The error ρ goes through ‖W‖₂, and what sums may lose through
/// ‖ |W| ‖₂.
/// </summary>
internal sealed class Affine(DeviceSession session, DevicePlan plan, Errors errors, Radii radii)
{
    private const double Epsilon = 1.0 / (1L << 52);
    private const double Least = 1e-307;

    /// <summary>The value behind a step.</summary>
    public DeviceValue Apply(AffineStep step, DeviceValue input)
    {
        var arrays = plan.Of(step);
        var maps = session.Rent<double>((long)input.Rows * step.Map.Size);
        var zeros = session.RentFilledInts(2L * input.Rows, 0);
        Linear(step, arrays, DeviceSymbols.Whole(input.Maps, zeros, input.Rows, input.Map),
            DeviceSymbols.Whole(maps, zeros, input.Rows, step.Map));
        zeros.Release();
        if (arrays.Shift is { } shift)
            session.Launch(AffineKernels.Shift, step.Map.Size, maps.View.SubView(0, step.Map.Size), shift.View);
        DeviceSymbols[] symbols = [.. input.Symbols.Select(block => Linear(step, arrays, block))];
        return new DeviceValue(step.Map, input.Rows, maps, radii.Of(step.Map, symbols), Error(step, input), symbols);
    }

    private DeviceSymbols Linear(AffineStep step, StepArrays arrays, DeviceSymbols block)
    {
        var (height, width) = step switch
        {
            ConvolutionStep convolution => (convolution.Rows.OutputSize(block.Height), convolution.Columns.OutputSize(block.Width)),
            ChannelwiseStep channelwise => (channelwise.Rows.TargetSize(block.Height), channelwise.Columns.TargetSize(block.Width)),
            ElementwiseStep => (block.Height, block.Width),
            _ => (step.Map.Height, step.Map.Width),
        };
        var result = DeviceSymbols.New(session, block.Birth, block.Count, step.Map,
            Size(height, block.Height, block.Map.Height, step.Map.Height), Size(width, block.Width, block.Map.Width, step.Map.Width));
        WindowView from = block.View, to = result.View;
        switch (step)
        {
            case ConvolutionStep convolution:
                session.Launch(AffineKernels.ConvolutionCorners, block.Count, from, to, View(convolution.Rows), View(convolution.Columns));
                break;

            case ChannelwiseStep:
                session.Launch(AffineKernels.ChannelwiseCorners, block.Count, from, to, arrays.Rows!.View, arrays.Columns!.View);
                break;

            case ElementwiseStep:
                session.Copy(block.Corners, result.Corners);
                break;

            default:
                session.Launch(ReductionKernels.FillInts, result.Corners.Count, result.Corners.View, 0);
                break;
        }

        Linear(step, arrays, from, to);
        return result;

        // Whole maps reach all places, and a window no larger than its map begins inside of it.
        int Size(int reached, int window, int map, int newMap) =>
            step is not ElementwiseStep && window >= map ? newMap : Math.Clamp(reached, 1, newMap);
    }

    private void Linear(AffineStep step, StepArrays arrays, WindowView from, WindowView to)
    {
        var count = (long)to.Count * to.Height * to.Width * to.Channels;
        switch (step)
        {
            case ConvolutionStep convolution:
                int features = convolution.FeaturesPerGroup, quarter = (features + AffineKernels.Tile - 1) / AffineKernels.Tile;
                var tiles = (to.Count + AffineKernels.Tile - 1) / AffineKernels.Tile;
                session.Launch(
                    AffineKernels.Convolve, tiles * (long)to.Height * to.Width * convolution.Groups * quarter,
                    from, to, new ConvolutionView
                    {
                        Weights = arrays.Weights!.View, Rows = View(convolution.Rows), Columns = View(convolution.Columns),
                        ChannelsPerGroup = convolution.ChannelsPerGroup, FeaturesPerGroup = features,
                    });
                break;

            case ChannelwiseStep:
                session.Launch(AffineKernels.Channelwise, count, from, to, arrays.Rows!.View, arrays.Columns!.View, arrays.Indices!.View,
                    arrays.Factors!.View);
                break;

            case ElementwiseStep:
                session.Launch(AffineKernels.Scale, count, from, to, arrays.Factors!.View);
                break;

            default:
                session.Launch(AffineKernels.Gather, count, from, to, arrays.Indices!.View);
                break;
        }
    }

    private static AxisView View(ConvolutionAxis axis) => new()
    {
        Kernel = axis.Kernel, Stride = axis.Stride, Padding = axis.Padding, Dilation = axis.Dilation, Spread = axis.Spread,
    };

    /// <summary>‖W‖₂ ρ, and what the sums of the layer's own terms may lose: γ_n |W| |x| + γ |b| as vectors, by norms.</summary>
    private DeviceArray<double> Error(AffineStep step, DeviceValue input)
    {
        if (step.Terms == 0)
            return errors.Grown(input.Error, step.Norm);

        // Kernels sum plainly, one term after the other.
        var share = Rounding.Gamma(Math.Max(step.Depth, step.Terms) + 10, Epsilon);
        var lost = session.Rent<double>(input.Map.Size);
        session.Launch(AffineKernels.Loss, input.Map.Size, input.View, lost.View, share);
        var constant = step.Terms * Math.Sqrt(step.Map.Size) * Least * (2 + input.SymbolCount);
        if (step.Shift is { } shift)
        {
            var squares = 0.0;
            for (var index = 0; index < shift.Length; index++)
            {
                var loss = (Math.Abs(shift[index]) * share) + (step.ShiftError is { } given ? given[index] : 0);
                squares += loss * loss;
            }

            constant += EuclideanNorm.Upper(squares, shift.Length) * Math.Sqrt((double)step.Map.Size / shift.Length);
        }

        var after = errors.Next(input.Error, step.Norm, lost, lost, step.AbsoluteNorm, constant);
        lost.Release();
        return after;
    }
}

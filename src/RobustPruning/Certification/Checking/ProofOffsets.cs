using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>The move of a blur whose kernel grows with θ: the mean of the image at <c>p + θ b_i</c> less the image at p.</summary>
internal sealed class ProofOffsets(OffsetBlur blur, Tensor image) : ProofBilinear(image, blur.Edges)
{
    public override OutwardInterval Value(int value, OutwardInterval[] theta)
    {
        OutwardInterval sum = 0;
        foreach (var (x, y) in blur.Offsets)
            sum += At(value, (value % Width) + (theta[0] * x), (value / Width % Height) + (theta[0] * y)) - Image[value];
        return sum / blur.Offsets.Count;
    }

    public override void Slopes(int value, OutwardInterval[] theta, OutwardInterval[] slopes)
    {
        OutwardInterval sum = 0;
        foreach (var (x, y) in blur.Offsets)
        {
            var (alongX, alongY) = Gradient(value, (value % Width) + (theta[0] * x), (value / Width % Height) + (theta[0] * y));
            sum += (alongX * x) + (alongY * y);
        }

        slopes[0] = sum / blur.Offsets.Count;
    }
}

using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.PublicApi;

/// <summary>A change of the scene that is not affine in its parameter: <c>h(x, θ) = x + θ x + θ²</c>.</summary>
internal sealed class OutsideExposure(double lower, double upper) : ISemanticTransform
{
    public IReadOnlyList<ParameterRange> Parameters { get; } = [new("exposure", lower, upper)];

    public Tensor Move(Tensor image, Tensor theta)
    {
        using var scope = NewDisposeScope();
        var each = theta.reshape([theta.shape[0], .. image.shape.Select(_ => 1L)]);
        return ((each * image) + (each * each)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// With θ = c + w ξ the move is <c>c x + c² + w²/2 + (w x + 2 c w) ξ</c>, up to w²/2 and what the computation itself loses.
    /// </summary>
    public EnclosedMove Enclose(Tensor image, IReadOnlyList<ParameterBox> boxes)
    {
        using var scope = NewDisposeScope();
        List<Tensor> centres = [], generators = [], radii = [];
        foreach (var box in boxes)
        {
            double low = box.Lower[0], high = box.Upper[0], middle = (low / 2) + (high / 2);
            var half = Math.BitIncrement(Math.Max(high - middle, middle - low));
            var lost = 32 * Math.Pow(2, -53) * (Math.Abs(middle) + half) * (image.abs() + 2 * (Math.Abs(middle) + half) + 1);
            centres.Add((image * middle) + (middle * middle) + (half * half / 2));
            generators.Add(((image * half) + (2 * middle * half)).unsqueeze(0));
            radii.Add(lost + (half * half / 2) + 1e-300);
        }

        return new EnclosedMove(
            stack(centres).MoveToOuterDisposeScope(), stack(generators).MoveToOuterDisposeScope(), stack(radii).MoveToOuterDisposeScope());
    }
}

/// <summary>An affine change that may follow others: the image's own values, more where it is dark already.</summary>
internal sealed class OutsideContrast(double lower, double upper) : AffineTransform(new ParameterRange("gain", lower, upper))
{
    public override LinearPart LinearPart => new(1.0);

    public override Tensor Directions(Tensor image) => (image - 0.25).unsqueeze(0);
}

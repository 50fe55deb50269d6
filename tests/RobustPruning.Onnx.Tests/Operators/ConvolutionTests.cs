using RobustPruning.Onnx.Writing;
using RobustPruning.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Tests.Operators;

/// <summary>Random convolutions and poolings over one to three axes against plain loops.</summary>
public sealed class ConvolutionTests
{
    [Test]
    public void ConvolutionsAreTheirDefinition([Values(1, 2, 3)] int rank, [Values] bool isTransposed)
    {
        var seed = TestEnvironment.FreshSeed();
        using var folder = new TemporaryFolder();
        for (var index = 0; index < 20; index++)
        {
            using var scope = NewDisposeScope();
            manual_seed(seed + index);
            var draw = new Random(seed + index);
            var window = DrawnWindow.Draw(draw, rank, isTransposed);
            long groups = draw.Next(1, 3), inputs = groups * draw.Next(1, 3), outputs = groups * draw.Next(1, 3);
            var weight = randn(isTransposed ? [inputs, outputs / groups, .. window.Kernel] : [outputs, inputs / groups, .. window.Kernel]);
            var (bias, x) = (randn(outputs), randn([1, inputs, .. window.Sizes]));
            var name = isTransposed ? "ConvTranspose" : "Conv";
            new ModelBuilder()
                .Input("x", [.. x.shape.Select(size => (long?)size)])
                .Output("y", 1)
                .Initializer("w", weight)
                .Initializer("b", bias)
                .Add(name, "y", ["x", "w", "b"], [.. window.Attributes, AttributeWriter.Integer("group", groups)])
                .Save(folder["conv.onnx"]);
            using var model = OnnxModel.Load(folder["conv.onnx"]);
            var expected = isTransposed ? window.Transposed(x, weight, bias, groups) : window.Convolved(x, weight, bias, groups);
            Assert.That(model.HasBatch, Is.True);
            Assert.That(TensorValues.Gap(model.Graph.Forward(x), expected), Is.LessThan(1e-4), $"seed {seed + index}");
        }
    }

    [Test]
    public void PoolingsAreTheirDefinition([Values(1, 2, 3)] int rank, [Values("MaxPool", "AveragePool")] string name)
    {
        var seed = TestEnvironment.FreshSeed();
        using var folder = new TemporaryFolder();
        for (var index = 0; index < 20; index++)
        {
            using var scope = NewDisposeScope();
            manual_seed(seed + index);
            var draw = new Random(seed + index);
            var window = DrawnWindow.Draw(draw, rank, isPooling: true);
            var (x, counts) = (randn([1, 2, .. window.Sizes]), draw.Next(2));
            var attributes =
                name == "MaxPool" ? window.Attributes : [.. window.Attributes, AttributeWriter.Integer("count_include_pad", counts)];
            new ModelBuilder(19)
                .Input("x", [.. x.shape.Select(size => (long?)size)])
                .Output("y", 1)
                .Add(name, "y", ["x"], attributes)
                .Save(folder["pool.onnx"]);
            var expected = window.Pooled(x, isMaximum: name == "MaxPool", counts == 1);
            if (expected is null)
            {
                Assert.That(
                    () => OnnxModel.Load(folder["pool.onnx"]),
                    Throws.InstanceOf<OnnxException>().With.Message.Contains("nothing but padding"));
                continue;
            }

            using var model = OnnxModel.Load(folder["pool.onnx"]);
            Assert.That(TensorValues.Gap(model.Graph.Forward(x), expected), Is.LessThan(1e-5), $"seed {seed + index}");
        }
    }
}

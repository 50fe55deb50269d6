using RobustPruning.Bounds;
using RobustPruning.Onnx.Writing;
using RobustPruning.Perturbations;
using RobustPruning.Tests;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Tests;

/// <summary>Bounds of loaded models hold what drawn inputs give, whatever the operators became.</summary>
public sealed class BoundsTests
{
    private const int Models = 20;
    private const int Samples = 300;

    [Test]
    public void BoundsHoldEverySample()
    {
        var seed = TestEnvironment.FreshSeed();
        using var folder = new TemporaryFolder();
        for (var index = 0; index < Models; index++)
        {
            using var scope = NewDisposeScope();
            manual_seed(seed + index);
            Draw(new Random(seed + index)).Save(folder["model.onnx"]);
            using var model = OnnxModel.Load(folder["model.onnx"]);
            var lower = randn([.. model.Graph.Input.Shape]);
            var width = rand([.. model.Graph.Input.Shape]) * 0.3;
            using var box = InputBox.Of(lower, lower + width, parameters: 4);
            var inputs = lower + (rand([Samples, .. model.Graph.Input.Shape]) * width);
            var outputs = model.Graph.Forward(inputs.clamp(lower, lower + width)).to(float64);
            foreach (IBoundPropagator propagator in new IBoundPropagator[]
                {
                    new IntervalPropagator(),
                    new SemanticIntervalPropagator(SymbolBudget.All),
                })
            {
                using var images = box.Set.Enclose(box.Centre, box.Set.Box);
                using var bounds = propagator.Propagate(model.Graph, images);
                var (least, greatest) = (bounds.Output.Lower.to(float64), bounds.Output.Upper.to(float64));
                var slack = outputs.abs().max().item<double>() * 1e-5;
                Assert.That((outputs - greatest).max().item<double>(), Is.LessThan(slack), $"seed {seed + index}");
                Assert.That((least - outputs).max().item<double>(), Is.LessThan(slack), $"seed {seed + index}");
            }
        }
    }

    /// <summary>Operators that keep a map of 2 channels, 6 high and 6 wide, in a random order, and a linear layer.</summary>
    private static ModelBuilder Draw(Random random)
    {
        var builder = new ModelBuilder(19)
            .Input("x", null, 2, 6, 6)
            .Output("y", null, 3)
            .Initializer("w", randn(2, 2, 2, 2) * 0.4)
            .Initializer("t", randn(2, 2, 3, 3) * 0.3)
            .Initializer("m", randn(6, 6) * 0.4)
            .Initializer("c", randn(2, 1, 6))
            .Initializer("low", tensor(-0.5f))
            .Initializer("high", tensor(0.7f))
            .Initializer("starts", -1)
            .Initializer("ends", long.MinValue)
            .Initializer("axes", 2)
            .Initializer("steps", -1)
            .Initializer("crop", 0, 0, -1, 0, 0, 0, 1, 0)
            .Initializer("v", randn(72, 3) * 0.2)
            .Initializer("b", randn(3));
        var last = "x";
        for (var step = 0; step < 6; step++)
        {
            var (read, next) = (last, $"v{step}");
            last = next;
            switch (random.Next(12))
            {
                case 0: builder.Add("Conv", next, [read, "w"], AttributeWriter.Integers("pads", [1, 0, 0, 1])); break;
                case 1: builder.Add("ConvTranspose", next, [read, "t"], AttributeWriter.Integers("pads", [1, 1, 1, 1])); break;
                case 2: builder.Add("MatMul", next, [read, "m"]); break;
                case 3: builder.Add("MatMul", next, ["m", read]); break;
                case 4: builder.Add("Sub", next, ["c", read]); break;
                case 5: builder.Add("Mul", next, [read, "c"]); break;
                case 6: builder.Add("Clip", next, [read, "low", "high"]); break;
                case 7: builder.Add("Transpose", next, [read], AttributeWriter.Integers("perm", [0, 1, 3, 2])); break;
                case 8: builder.Add("Slice", next, [read, "starts", "ends", "axes", "steps"]); break;
                case 9: builder.Add("Pad", next, [read, "crop", "high"]); break;
                case 10: builder.Add("GlobalAveragePool", $"{next}/mean", [read]).Add(
                    "Relu", $"{next}/relu", [read]).Add("Sub", next, [$"{next}/relu", $"{next}/mean"]); break;
                default:
                    builder.Add(
                        random.Next(2) == 0 ? "MaxPool" : "AveragePool",
                        next,
                        [read],
                        AttributeWriter.Integers("kernel_shape", [2, 3]),
                        AttributeWriter.Integers("pads", [1, 1, 0, 1]));
                    break;
            }
        }

        return builder.Add("Flatten", "flat", [last]).Add("MatMul", "product", ["flat", "v"]).Add("Add", "y", ["product", "b"]);
    }
}

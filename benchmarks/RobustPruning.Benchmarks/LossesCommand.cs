using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks;

/// <summary>
/// <c>losses</c>: what each training loss costs beside a step with robust augmentation alone, one JSON line a loss. A step draws the
/// parameters, makes the images, runs forward and backward, and updates the weights.
/// </summary>
internal static class LossesCommand
{
    public static Command Create()
    {
        var width = new Option<double>("--width") { Description = "The CNN7's width multiplier.", DefaultValueFactory = _ => 0.25 };
        var size = new Option<int>("--size") { Description = "Height and width of the images in pixels.", DefaultValueFactory = _ => 32 };
        var images = new Option<int>("--images") { Description = "Images in a step.", DefaultValueFactory = _ => 32 };
        var samples = new Option<int>("--samples") { Description = "Perturbed copies of each image.", DefaultValueFactory = _ => 8 };
        var runs = new Option<int>("--runs")
        {
            Description = "Steps of each loss, of which the median counts; at least 1.",
            DefaultValueFactory = _ => 15,
        };
        var threads = new Option<int>("--threads") { Description = "libtorch's threads.", DefaultValueFactory = _ => 2 };
        var command = new Command("losses", "Measures what the training losses cost.") { width, size, images, samples, runs, threads };
        command.SetAction(parsed =>
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(parsed.GetValue(runs), 1, "--runs");
            set_num_threads(parsed.GetValue(threads));
            var options = new Cnn7Options(3, parsed.GetValue(size), parsed.GetValue(size), 23, parsed.GetValue(width));
            Measure(options, parsed.GetValue(images), parsed.GetValue(samples), parsed.GetValue(runs));
            return 0;
        });
        return command;
    }

    private static void Measure(Cnn7Options options, int images, int samples, int runs)
    {
        var task = new SampledLoss();
        (string Name, TrainingLoss Loss)[] losses =
        [
            ("sampled", task),
            ("sampled and Wasserstein", task.PlusRelative(new WassersteinLoss(), 1)),
            ("sampled and Wasserstein, p = 1", task.PlusRelative(new WassersteinLoss(new() { Order = 1 }), 1)),
            ("sampled and relaxation area, sampled", task.PlusRelative(new RelaxationAreaLoss(), 1)),
            ("sampled and relaxation area, bounds", task.PlusRelative(new RelaxationAreaLoss(SemanticIntervalPropagator.ForTraining), 1)),
            ("worst sampled", new WorstSampledLoss()),
            ("sampled and certified", task.PlusRelative(new CertifiedLoss(warmup: 0), 1)),
        ];
        var networks = losses.Select(_ => Cnn7.Create(options)).ToList();
        var optimizers = networks.Select(network => optim.Adam(network.parameters(), 1e-3)).ToList();
        manual_seed(0);
        using var pictures = rand(images, 3, options.Height, options.Width);
        using var labels = rand(images, 2 * options.Keypoints) * options.Width;

        // All losses in turn, run by run, so that a slow minute of the machine does not fall on one of them; two runs to warm up.
        var milliseconds = losses.Select(_ => new List<double>()).ToList();
        for (var run = -2; run < runs; run++)
        {
            for (var loss = 0; loss < losses.Length; loss++)
            {
                var clock = Stopwatch.StartNew();
                Step(networks[loss].Graph, optimizers[loss], losses[loss].Loss, pictures, labels, samples, run);
                if (run >= 0)
                    milliseconds[loss].Add(clock.Elapsed.TotalMilliseconds);
            }
        }

        for (var loss = 0; loss < losses.Length; loss++)
        {
            var ratios = milliseconds[loss].Zip(milliseconds[0], (own, alone) => own / alone).ToList();
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                loss = losses[loss].Name, milliseconds = Median(milliseconds[loss]), cost = Median(ratios) - 1,
                width = options.WidthMultiplier, size = options.Width, images, samples,
            }));
            optimizers[loss].Dispose();
            networks[loss].Dispose();
        }
    }

    private static void Step(Graph network, Adam optimizer, TrainingLoss loss, Tensor images, Tensor labels, int samples, int seed)
    {
        using var scope = NewDisposeScope();
        var light = SemanticSet.Of(new Brightness(-0.05, 0.05), new Contrast(-0.05, 0.05));
        using var batch = new TrainingBatch(network, images, light, new Random(seed), labels, samples);
        optimizer.zero_grad();
        loss.Of(batch).backward();
        optimizer.step();
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}

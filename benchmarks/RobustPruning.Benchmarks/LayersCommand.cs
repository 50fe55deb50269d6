using System.CommandLine;
using System.Text.Json;
using KeypointRobustness.Commands;
using KeypointRobustness.Runs;
using RobustPruning.Bounds;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks;

/// <summary>
/// <c>layers --model M ...</c>: bounds one box about no change of a held-back image, and prints layer by layer how wide the bounds of the
/// pre-activations are beside sampled ones; one JSON line a layer, the output last. It shows where tightness is lost.
/// </summary>
internal static class LayersCommand
{
    private const int Samples = 500;
    private const int Batch = 50;

    public static Command Create()
    {
        var model = new ModelOptions();
        var seed = CommonOptions.Seed();
        var files = new DataOptions(seed);
        var image = new Option<int>("--image") { Description = "Which of the held-back images.", DefaultValueFactory = _ => 0 };
        var halfWidth = new Option<double>("--half-width")
        {
            Description = "The half width of the box, of brightness and of contrast.", DefaultValueFactory = _ => 0.005,
        };
        var command = new Command("layers", "Measures how wide bounds are beside samples, layer by layer.")
        {
            files.Data, files.Count, files.HeldBack, seed, image, halfWidth,
        };
        model.AddTo(command);
        files.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            using var noGradient = no_grad();
            using var scope = NewDisposeScope();
            using var network = model.Load(parsed);
            var request = files.Read(parsed, model.Notes(parsed));
            using var testing = DataSource.ToTensors(
                ModelData.Load(network, model.Decoder(parsed, network.Graph), request, cancellationToken).Split(request.HeldBack).HeldBack);
            var (index, half) = (parsed.GetValue(image), parsed.GetValue(halfWidth));
            if (index < 0 || index >= testing.Count)
                throw new ArgumentOutOfRangeException("--image", index, $"There are {testing.Count} held-back images.");
            var set = SemanticSet.Of(new Brightness(-half, half), new Contrast(-half, half));
            Print(network.Graph, testing, index, set, parsed.GetValue(seed));
            return Task.FromResult(0);
        });
        return command;
    }

    private static void Print(Graph network, KeypointData testing, int index, SemanticSet set, int seed)
    {
        using var perturbed = set.Enclose(testing.Images[index], [set.Box]);
        using var bounds = new SemanticIntervalPropagator(SymbolBudget.All).Propagate(network, perturbed);
        var sampled = Sampled(network, testing.Images[index], set, seed);
        var position = 0;
        foreach (var layer in bounds.PreActivations.Append(bounds.Output))
        {
            using var scope = NewDisposeScope();
            var (least, greatest) = sampled[layer.Node];
            Tensor width = (layer.Upper - layer.Lower).to(float64).flatten(), range = (greatest - least).to(float64).flatten();
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                layer = position++,
                name = layer.Node.Name,
                neurons = layer.Node.Neurons,
                width = width.mean().item<double>(),
                sampledWidth = range.mean().item<double>(),
                ratio = width.sum().item<double>() / range.sum().item<double>(),
                unstable = layer.Node == network.Output ? 0 : Unstable(layer.Lower, layer.Upper),
                unstableInSamples = layer.Node == network.Output ? 0 : Unstable(least, greatest),
            }));
        }
    }

    private static long Unstable(Tensor lower, Tensor upper) => lower.lt(0).logical_and(upper.gt(0)).sum().item<long>();

    /// <summary>The least and greatest values of all pre-activations and of the output, at the corners and at random.</summary>
    private static Dictionary<GraphNode, (Tensor Least, Tensor Greatest)> Sampled(Graph network, Tensor image, SemanticSet set, int seed)
    {
        var found = new Dictionary<GraphNode, (Tensor Least, Tensor Greatest)>();
        GraphNode[] kept = [.. network.PreActivations.Append(network.Output).Distinct()];
        foreach (var thetas in set.Box.Corners().Concat(set.Box.Sample(Samples, new Random(seed))).Chunk(Batch))
        {
            foreach (var (node, values) in network.Run(set.Apply(image, thetas), kept))
            {
                var (least, greatest) = (values.amin([0]), values.amax([0]));
                found[node] = found.TryGetValue(node, out var before)
                    ? (before.Least.minimum(least), before.Greatest.maximum(greatest)) : (least, greatest);
            }
        }

        return found;
    }
}

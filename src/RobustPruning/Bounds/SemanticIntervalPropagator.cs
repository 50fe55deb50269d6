using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// The semantic interval domain: every value as an affine function of the semantic parameters, of kept noise symbols and of a
/// remainder. With no symbols kept it is the hybrid zonotope, with all kept DeepZ (Singh et al., "Fast and effective robustness
/// certification", 2018). Thread-safe.
/// </summary>
/// <remarks>
/// With all symbols kept, rounding included and no gradient wanted, it runs on the library's own engine, on plain memory: that is what
/// certifies. Otherwise it runs on tensors and is differentiable in the weights.
/// </remarks>
/// <param name="budget">How many noise symbols to keep apart.</param>
/// <param name="shareClipErrors">
/// Whether pixels of equal value share the symbol of their clip error, which is tighter and faster; false gives plain DeepZ. Only with
/// all symbols kept.
/// </param>
/// <param name="outward">
/// Whether what rounding may lose is added, so that the bounds hold for the network in real numbers; false is for training losses.
/// </param>
public sealed class SemanticIntervalPropagator(SymbolBudget budget, bool shareClipErrors = true, bool outward = true) : IInterruptiblePropagator
{
    // Of the width of a value, on average: bounds are no wider than that for it, but for what layers behind make of it.
    private const double GreatestRoundingShare = 0.01;

    private EngineAdapter Engine { get; init; } = new(ComputeDevice.Cpu.NewEngine(), shareClipErrors);

    /// <summary>For training losses: no symbols kept, rounding ignored, differentiable.</summary>
    public static SemanticIntervalPropagator ForTraining { get; } = new(SymbolBudget.None, outward: false);

    /// <summary>How many noise symbols are kept apart.</summary>
    public SymbolBudget Budget => budget;

    /// <summary>Whether what rounding may lose is added; bounds without it certify nothing.</summary>
    public bool Outward => outward;

    /// <summary>What the bounds are computed on: the CPU unless made by <see cref="On"/>.</summary>
    public ComputeDevice Device { get; private init; } = ComputeDevice.Cpu;

    internal bool SharesClipErrors => shareClipErrors;

    /// <summary>
    /// The same domain on a device. A GPU bounds with all symbols kept, rounding included and without gradients; it refuses all else.
    /// </summary>
    /// <param name="device">The device; it must live as long as the domain is used.</param>
    /// <exception cref="ArgumentException">The domain has a limited number of symbols or ignores rounding, which only the CPU can
    /// do.</exception>
    public SemanticIntervalPropagator On(ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device != ComputeDevice.Cpu && (!outward || budget != SymbolBudget.All))
        {
            throw new ArgumentException(
                $"The device '{device.Name}' bounds with all symbols and rounding, but the domain is '{Name}': that runs on the CPU.", nameof(device));
        }

        return new SemanticIntervalPropagator(budget, shareClipErrors, outward)
        {
            Device = device,
            Engine = new EngineAdapter(device.NewEngine(), shareClipErrors),
        };
    }

    /// <inheritdoc/>
    public string Name => $"semantic interval, {budget}{(outward ? "" : ", unrounded")}";

    /// <inheritdoc/>
    public NetworkBounds Propagate(Graph graph, PerturbedImages images) => ((IInterruptiblePropagator)this).Propagate(graph, images, () => false)!;

    /// <inheritdoc/>
    NetworkBounds? IInterruptiblePropagator.Propagate(Graph graph, PerturbedImages images, Func<bool> stop)
    {
        graph.RequireShape(images.Centre);
        return RunsOnEngine(graph, images) ? Engine.Propagate(graph, images, stop) : OnTensors(graph, images, stop);
    }

    /// <summary>Whether the engine bounds this graph over these images.</summary>
    /// <exception cref="ComputeDeviceException">Gradients are asked for, and the device has none.</exception>
    internal bool RunsOnEngine(Graph graph, PerturbedImages images)
    {
        var gradients = is_grad_enabled() && (images.Centre.requires_grad || images.Generators.requires_grad
            || graph.Modules.SelectMany(module => module.parameters()).Any(weights => weights.requires_grad));
        return gradients && Device != ComputeDevice.Cpu
            ? throw new ComputeDeviceException(Device.Name,
                "its bounds have no gradients; freeze the weights, turn gradients off, or use the CPU.")
            : outward && budget == SymbolBudget.All && !gradients;
    }

    /// <summary>The output's bounds and the unstable neurons of each box, where <see cref="RunsOnEngine"/>; null if told to stop.</summary>
    internal IReadOnlyList<BoxBounds>? BoundOutputs(Graph graph, PerturbedImages images, Func<bool> stop, OutputRows? rows = null)
    {
        graph.RequireShape(images.Centre);
        return Engine.Bound(graph, images, stop, rows);
    }

    /// <summary>The bounds by operations on tensors, whatever the settings: for gradients, and to test the engine against.</summary>
    internal NetworkBounds? OnTensors(Graph graph, PerturbedImages images, Func<bool> stop) => Run(graph, images, (type, isLast) =>
    {
        var recorder = new BoundsRecorder(graph);
        if (Evaluate(graph, images, type, isLast, recorder, (_, _) => { }, stop) is not { } output)
            return null;
        var (lower, upper) = output.Limits();
        return recorder.Finish(lower, upper);
    });

    /// <summary>The bounds of some nodes, the input not among them, in the graph's order; the caller owns them.</summary>
    internal IReadOnlyList<NodeBounds> Bounds(Graph graph, PerturbedImages images, IReadOnlyCollection<GraphNode> nodes)
    {
        graph.RequireShape(images.Centre);
        return RunsOnEngine(graph, images) ? Engine.Bounds(graph, images, nodes) : BoundsOnTensors(graph, images, nodes);
    }

    private IReadOnlyList<NodeBounds> BoundsOnTensors(Graph graph, PerturbedImages images, IReadOnlyCollection<GraphNode> nodes) => Run(graph, images, (type, isLast) =>
    {
        var found = new List<NodeBounds>();
        var output = Evaluate(graph, images, type, isLast, new BoundsRecorder(graph), (node, value) =>
        {
            if (!nodes.Contains(node))
                return;
            var (lower, upper) = value.Limits();
            found.Add(new NodeBounds(node, lower, upper));
        }, () => false);
        if (output is null)
            return null;
        foreach (var bounds in found)
        {
            bounds.Lower.MoveToOuterDisposeScope();
            bounds.Upper.MoveToOuterDisposeScope();
        }

        return found;
    })!;

    /// <summary>
    /// With symbols of the network's type, and where rounding would be too much of the bounds, again with 64-bit ones. Each batch decides for
    /// itself, so that it does not matter which came before it. Null if the last attempt, too, gave nothing.
    /// </summary>
    private T? Run<T>(Graph graph, PerturbedImages images, Func<ScalarType, bool, T?> attempt)
        where T : class
    {
        var narrow = graph.WeightType ?? images.Centre.dtype;
        if (outward && budget == SymbolBudget.All && narrow != float64)
        {
            using var scope = NewDisposeScope();
            if (attempt(narrow, false) is { } found)
                return found;
            narrow = float64;
        }

        using var last = NewDisposeScope();
        return attempt(narrow, true);
    }

    /// <summary>The output, or null if told to stop, or if there is another attempt and too much of some value is rounding.</summary>
    private Zonotope? Evaluate(
        Graph graph, PerturbedImages images, ScalarType type, bool isLast, BoundsRecorder recorder, Action<GraphNode, Zonotope> told, Func<bool> stop) =>
        graph.Evaluate<Zonotope?>(
            Zonotope.Of(images, budget, shareClipErrors, type, outward),
            (node, inputs) =>
            {
                if (inputs.Any(input => input is null) || stop())
                    return null;
                var value = Step(node, inputs!, recorder);
                if (!isLast && (node == graph.Output || node is ActivationNode) && value.RoundingShare() > GreatestRoundingShare)
                {
                    value.Dispose();
                    return null;
                }

                told(node, value);
                return value;
            },
            (_, zonotope) => zonotope?.Dispose());

    private Zonotope Step(GraphNode node, IReadOnlyList<Zonotope> inputs, BoundsRecorder recorder)
    {
        var input = inputs[0];
        switch (node)
        {
            case AffineNode affine:
                return input.Affine(affine);

            case ReluNode relu when input.Outward is not null:
            {
                var output = input.Rectify(budget, out var lower, out var upper);
                recorder.Record(relu.PreActivation, lower, upper);
                lower.Dispose();
                upper.Dispose();
                return output;
            }

            case ActivationNode activation:
            {
                var measured = input.Measured();
                var (lower, upper) = measured.Limits();
                recorder.Record(activation.PreActivation, lower, upper);
                using var relaxation = Relaxation.Of(activation, lower, upper);
                var isSteep = activation is ScalarFunctionNode { IsSteep: true } && measured.Error is not null;
                var output = isSteep ? measured.Exact().Relax(relaxation.With(measured.Error!), budget) : measured.Relax(relaxation, budget);
                measured.DisposeMeasure(input);
                lower.Dispose();
                upper.Dispose();
                return output;
            }

            case MaxPoolNode pool:
                return MaxPooling.Apply(pool, input, budget);

            case AdditionNode:
                return Branches.Sum(inputs, budget);

            case SoftmaxNode softmax:
                return Softmax.Apply(softmax, input, budget);

            case ProductNode:
                return Branches.Product(inputs[0], inputs[1], budget);

            case ConcatenationNode:
                return Branches.Concatenate(inputs, budget);

            default:
                throw BoundsRecorder.Unknown(node, "semantic interval");
        }
    }
}

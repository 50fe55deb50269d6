using RobustPruning.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>Compiles graphs to plans: the last place on the way to a certificate that sees the modules' tensors.</summary>
internal static class PlanCompiler
{
    /// <summary>Compiles a graph with the weights that it has now, batch normalisation as in evaluation mode.</summary>
    /// <param name="graph">The graph; a frozen one keeps the norms of its layers.</param>
    /// <param name="all">Whether every node's value is wanted; else steps may be merged.</param>
    /// <exception cref="GraphException">There is no rule for a node.</exception>
    public static CompiledGraph Compile(Graph graph, bool all = false)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var compiler = new Lowering(graph, all);
        foreach (var node in graph.Nodes)
            compiler.Lower(node);
        return compiler.Finish();
    }

    private sealed class Lowering(Graph graph, bool all)
    {
        private readonly List<PlanStep> _steps = [];
        private readonly Dictionary<GraphNode, int> _values = [];
        private readonly bool _isWide = graph.WeightType is null or ScalarType.Float64;

        public CompiledGraph Finish()
        {
            var kinks = new Dictionary<int, double[]>();
            foreach (var node in graph.PreActivations)
                kinks[_values[node]] = [.. graph.Kinks(node).Union(kinks.GetValueOrDefault(_values[node]) ?? [])];
            return new CompiledGraph(new PropagationPlan(_steps, _values[graph.Output], _isWide, kinks), _values);
        }

        public void Lower(GraphNode node)
        {
            if (IsMergedWithItsReaders(node))
                return;
            _values[node] = node switch
            {
                InputNode => Add(new InputStep(node.Name, Shape(node))),
                FlattenNode flatten => _values[flatten.Input],
                RearrangementNode rearrangement => Rearrange(rearrangement),
                LinearNode linear => Add(Linear(linear)),
                ConvolutionNode convolution => Add(Convolution(convolution)),
                TransposedConvolutionNode convolution => Add(Transposed(convolution)),
                ElementwiseAffineNode or BatchNormalizationNode => Add(Elementwise((AffineNode)node)),
                AdaptiveAveragePoolNode { Uniform: { } pool } => Add(AveragePool(pool)),
                AdaptiveAveragePoolNode pool => Add(AdaptivePool(pool)),
                AveragePoolNode pool => Add(AveragePool(pool)),
                MaxPoolNode pool => Add(MaxPool(pool)),
                ActivationNode activation => Add(Activation(activation)),
                SoftmaxNode softmax => Add(Softmax(softmax)),
                AdditionNode => Addition(node),
                ProductNode => Product(node),
                ConcatenationNode => Concatenation(node),
                _ => throw BoundsRecorder.Unknown(node, "semantic interval"),
            };
        }

        private int Add(PlanStep step)
        {
            _steps.Add(step);
            return _steps.Count - 1;
        }

        private static MapShape Shape(GraphNode node) => node.Shape.Count == 3
            ? new((int)node.Shape[1], (int)node.Shape[2], (int)node.Shape[0])
            : new(1, 1, checked((int)node.Neurons));

        private MapShape Map(GraphNode node) => _steps[_values[node]].Map;

        /// <summary>A gather that puts zeros between the inputs of convolutions, and is read by nothing else: the convolutions are transposed ones.</summary>
        private bool IsMergedWithItsReaders(GraphNode node)
        {
            if (all || node == graph.Output || node is not RearrangementNode { Sources: not null } gather || SeparableGather.Of(gather) is not { Spread: { } spread })
                return false;
            GraphNode[] readers = [.. graph.Nodes.Where(reader => reader.Inputs.Contains(node))];
            return readers.Length > 0 && readers.All(reader => reader is ConvolutionNode convolution
                && (convolution.Padding.All(size => size == 0) || !spread.CutsPlaces));
        }

        private ConvolutionStep Convolution(ConvolutionNode node)
        {
            ConvolutionAxis rows = Axis(node, 0), columns = Axis(node, 1);
            var input = node.Input;
            if (!_values.ContainsKey(input))
            {
                var gather = (RearrangementNode)input;
                var spread = SeparableGather.Of(gather)!.Spread!;
                rows = rows with { Padding = rows.Padding + spread.FirstRow, Spread = spread.Rows };
                columns = columns with { Padding = columns.Padding + spread.FirstColumn, Spread = spread.Columns };
                input = gather.Input;
            }

            long channels = node.Input.Channels / node.Groups, taps = node.Kernel[0] * node.Kernel[1];
            var groups = (int)node.Groups;

            // [C', C / groups, kH, kW] to [kH, kW, C, C' / groups].
            Tensor Order(Tensor weight) => weight.cpu().reshape([groups, -1, .. weight.shape.Skip(1)]).permute(3, 4, 0, 2, 1).contiguous().reshape(-1);
            var isFolded = !_isWide && node.WeightIn(float64).ne(node.Convolution.weight.to(float64)).any().item<bool>();
            return new ConvolutionStep(node.Name, [_values[input]], Shape(node))
            {
                From = Map(input),
                Rows = rows,
                Columns = columns,
                Groups = groups,
                Weights = _isWide ? null : WithSpare(Order(node.WeightIn(float32)).to(float32).data<float>()),
                WideWeights = _isWide || isFolded ? WithSpare(Order(node.WeightIn(float64)).data<double>()) : null,
                Terms = node.Terms,
                Depth = ConvolutionStep.DepthOf(channels, taps),
                Norm = node.Norm,
                AbsoluteNorm = node.AbsoluteNorm,
                Shift = ShiftOf(node),
                ShiftError = ErrorOf(node, (int)node.Channels),
            };

            static ConvolutionAxis Axis(ConvolutionNode node, int axis) =>
                new((int)node.Kernel[axis], (int)node.Stride[axis], (int)node.Padding[axis], (int)node.Dilation[axis]);
        }

        /// <summary>A convolution by the turned kernel over values with zeros between them.</summary>
        private ConvolutionStep Transposed(TransposedConvolutionNode node)
        {
            // [C, C' / groups, kH, kW] to [kH, kW, C, C' / groups].
            var weight = node.Convolution.weight.cpu().flip(2, 3).permute(2, 3, 0, 1).contiguous().reshape(-1);
            return new ConvolutionStep(node.Name, [_values[node.Input]], Shape(node))
            {
                From = Map(node.Input),
                Rows = Axis(0),
                Columns = Axis(1),
                Groups = (int)node.Groups,
                Weights = _isWide ? null : WithSpare(weight.to(float32).data<float>()),
                WideWeights = _isWide ? WithSpare(weight.to(float64).data<double>()) : null,
                Terms = node.Terms,
                Depth = ConvolutionStep.DepthOf(node.Input.Channels / node.Groups, node.Kernel[0] * node.Kernel[1]),
                Norm = node.Norm,
                AbsoluteNorm = node.AbsoluteNorm,
                Shift = ShiftOf(node),
                ShiftError = ErrorOf(node, (int)node.Channels),
            };

            ConvolutionAxis Axis(int axis) => new(
                (int)node.Kernel[axis], 1, (int)((node.Dilation[axis] * (node.Kernel[axis] - 1)) - node.Padding[axis]), (int)node.Dilation[axis], (int)node.Stride[axis]);
        }

        private ConvolutionStep Linear(LinearNode node)
        {
            var map = Map(node.Input);

            // [F, C·H·W] to [H, W, C, F].
            var weight = node.Weights.weight.reshape([node.Channels, map.Channels, map.Height, map.Width]).permute(2, 3, 1, 0).cpu().contiguous().reshape(-1);
            return new ConvolutionStep(node.Name, [_values[node.Input]], Shape(node))
            {
                From = map,
                Rows = new(map.Height, 1, 0, 1),
                Columns = new(map.Width, 1, 0, 1),
                Groups = 1,
                Weights = _isWide ? null : WithSpare(weight.to(float32).data<float>()),
                WideWeights = _isWide ? WithSpare(weight.to(float64).data<double>()) : null,
                Terms = node.Input.Neurons + 1,
                Depth = ConvolutionStep.LinearDepthOf(map),
                Norm = node.Norm,
                AbsoluteNorm = node.AbsoluteNorm,
                Shift = ShiftOf(node),
            };
        }

        private ElementwiseStep Elementwise(AffineNode node)
        {
            var map = Map(node.Input);
            var scale = node is ElementwiseAffineNode scaled ? scaled.ScaleValues.to(float64) : PerChannel(((BatchNormalizationNode)node).ScaleAndShift(float64).Scale);
            var like = zeros([.. node.Shape], dtype: float64);
            var error = node.ShiftError;
            return new ElementwiseStep(node.Name, [_values[node.Input]], map)
            {
                Scale = Spread(scale)!,
                Shift = Spread(node.Shift(like)),
                ShiftError = Spread(error),
                Terms = node.Terms,
                Depth = node.Terms,
                Norm = node.Norm,
                AbsoluteNorm = node.AbsoluteNorm,
            };

            Tensor PerChannel(Tensor values) => node.Shape.Count == 1 ? values : values.reshape(-1, 1, 1);

            double[]? Spread(Tensor? values)
            {
                if (values is null)
                    return null;
                var spread = new double[map.Size];
                map.FromLogical(Doubles(values.to(float64).expand([.. node.Shape])), spread);
                return spread;
            }
        }

        private ChannelwiseStep AveragePool(AveragePoolNode node)
        {
            AxisMap rows = Windows(0), columns = Windows(1);

            // Where padding counts, all windows divide alike; else each by the values that it holds.
            double[] Counts(AxisMap map) => [.. map.Sources.Select(read => 1.0 / read.Length)];
            return Channelwise(node, rows, columns,
                node.IsUniform ? [.. Enumerable.Repeat(node.Weight, rows.Sources.Length)] : Counts(rows), node.IsUniform ? null : Counts(columns));

            AxisMap Windows(int axis)
            {
                int size = (int)node.Input.Shape[axis + 1], kernel = (int)node.Kernel[axis], stride = (int)node.Stride[axis], padding = (int)node.Padding[axis];
                return new(size, [.. Enumerable.Range(0, (int)node.Shape[axis + 1]).Select(target => Enumerable.Range((target * stride) - padding, kernel)
                    .Where(source => source >= 0 && source < size).ToArray())]);
            }
        }

        private ChannelwiseStep AdaptivePool(AdaptiveAveragePoolNode node)
        {
            AxisMap rows = Windows(0), columns = Windows(1);
            return Channelwise(node, rows, columns, Counts(rows), Counts(columns));

            double[] Counts(AxisMap map) => [.. map.Sources.Select(read => 1.0 / read.Length)];

            AxisMap Windows(int axis)
            {
                int size = (int)node.Input.Shape[axis + 1], count = (int)node.Shape[axis + 1];
                return new(size, [.. Enumerable.Range(0, count).Select(target =>
                {
                    int start = target * size / count, end = (((target + 1) * size) + count - 1) / count;
                    return Enumerable.Range(start, end - start).ToArray();
                })]);
            }
        }

        /// <summary>A pooling by averages; the scale of a place is rounded twice, and its product with the sum once.</summary>
        private ChannelwiseStep Channelwise(AffineNode node, AxisMap rows, AxisMap columns, double[] rowScale, double[]? columnScale)
        {
            var most = rows.Sources.Max(read => read.Length) * (long)columns.Sources.Max(read => read.Length);
            return new ChannelwiseStep(node.Name, [_values[node.Input]], Shape(node))
            {
                From = Map(node.Input),
                Rows = rows,
                Columns = columns,
                RowScale = rowScale,
                ColumnScale = columnScale,
                Terms = most + 4,
                Depth = most + 4,
                Norm = node.Norm,
                AbsoluteNorm = node.AbsoluteNorm,
            };
        }

        private MaxPoolStep MaxPool(MaxPoolNode node) => new(node.Name, [_values[node.Input]], Shape(node))
        {
            Entries = [.. node.Entries.Select(entry => Moved(
                entry, Map(node.Input),
                new SeparableGather(null, Places(entry, 0), Places(entry, 1))))],
            Norm = OperatorNorm.Of(node),
        };

        private SoftmaxStep Softmax(SoftmaxNode node)
        {
            var map = Shape(node);

            // These two read each other's values, not the plan's.
            _values[node.Mean.Input] = _values[node.Input];
            var mean = AveragePool(node.Mean.Uniform!);
            _values[node.Mean] = 0;
            var spread = Moved(node.Spread, new MapShape(1, 1, map.Channels), new SeparableGather(null, new int[map.Height], new int[map.Width]));
            _values.Remove(node.Mean);
            return new SoftmaxStep(node.Name, [_values[node.Input]], map) { Mean = mean, Spread = spread };
        }

        private static int[] Places(PoolEntryNode entry, int axis) => [.. Enumerable.Range(0, (int)entry.Shape[axis + 1])
            .Select(target => (int)(entry.First[axis] + (target * entry.Stride[axis])) is var place && place >= 0 && place < entry.Input.Shape[axis + 1] ? place : -1)];

        /// <summary>Whole rows, columns and channels moved: nothing is rounded.</summary>
        private ChannelwiseStep Moved(AffineNode node, MapShape from, SeparableGather gather) => new(node.Name, [_values[node.Input]], Shape(node))
        {
            From = from,
            Rows = AxisMap.Of(from.Height, gather.Rows),
            Columns = AxisMap.Of(from.Width, gather.Columns),
            Channels = gather.Channels,
            Terms = 0,
            Depth = 0,
            Norm = node.Norm,
            AbsoluteNorm = node.AbsoluteNorm,
        };

        private int Rearrange(RearrangementNode node)
        {
            var (from, to) = (Map(node.Input), Shape(node));
            if (node.Sources is null)
            {
                // What is no map is only read in the network's order; what is one needs its memory in its own shape.
                return from == to || node.Shape.Count != 3 ? _values[node.Input] : Add(Gather(node.Name, _values[node.Input], to));
            }

            if (from == Shape(node.Input) && SeparableGather.Of(node) is { } gather && gather.IsMonotone)
                return Add(Moved(node, from, gather));
            var sources = new int[to.Size];
            for (var logical = 0; logical < to.Size; logical++)
                sources[to.Place(logical)] = node.Sources[logical] is >= 0 and var source ? from.Place((int)source) : -1;
            return Add(Gather(node.Name, _values[node.Input], to, sources, node.Norm));
        }

        /// <summary>The same numbers in the network's order, in another shape.</summary>
        private GatherStep Gather(string name, int value, MapShape to)
        {
            var (from, sources) = (_steps[value].Map, new int[to.Size]);
            for (var logical = 0; logical < to.Size; logical++)
                sources[to.Place(logical)] = from.Place(logical);
            return Gather(name, value, to, sources, 1);
        }

        private GatherStep Gather(string name, int value, MapShape to, int[] sources, double norm)
        {
            int[]? targets = new int[_steps[value].Map.Size];
            Array.Fill(targets, -1);
            for (var target = 0; target < sources.Length && targets is not null; target++)
            {
                if (sources[target] >= 0)
                {
                    if (targets[sources[target]] >= 0)
                        targets = null;
                    else
                        targets[sources[target]] = target;
                }
            }

            return new GatherStep(name, [value], to) { Sources = sources, Targets = targets, Terms = 0, Depth = 0, Norm = norm, AbsoluteNorm = norm };
        }

        /// <summary>The values of nodes, in one order of memory: as they are if that is one, else as vectors.</summary>
        private int[] Together(IReadOnlyList<GraphNode> nodes)
        {
            int[] values = [.. nodes.Select(node => _values[node])];
            return values.All(value => _steps[value].Map == _steps[values[0]].Map) ? values : [.. nodes.Select(Vector)];
        }

        private int Vector(GraphNode node)
        {
            var (value, map) = (_values[node], Map(node));
            return map.Area == 1 ? value : Add(Gather($"{node.Name} as a vector", value, new MapShape(1, 1, map.Size)));
        }

        private int Addition(GraphNode node)
        {
            var values = Together(node.Inputs);
            return Add(new AdditionStep(node.Name, values, _steps[values[0]].Map));
        }

        private int Product(GraphNode node)
        {
            var values = Together(node.Inputs);
            return Add(new ProductStep(node.Name, values, _steps[values[0]].Map));
        }

        private int Concatenation(GraphNode node)
        {
            // Vectors that are maps of one size in memory are one map: channel after channel is the network's order of both.
            int[] values = [.. node.Inputs.Select(input => _values[input])];
            var first = Map(node.Inputs[0]);
            return node.Inputs.All(input => (Map(input).Height, Map(input).Width) == (first.Height, first.Width))
                ? Add(new ConcatenationStep(node.Name, values, first with { Channels = values.Sum(value => _steps[value].Map.Channels) }))
                : Add(new ConcatenationStep(node.Name, [.. node.Inputs.Select(Vector)], Shape(node)));
        }

        private ActivationStep Activation(ActivationNode node)
        {
            return node switch
            {
                ReluNode => Step(ActivationKind.Relu),
                LeakyReluNode leaky => Step(ActivationKind.LeakyRelu, leaky.NegativeSlope),
                SigmoidNode => Step(ActivationKind.Sigmoid),
                TanhNode => Step(ActivationKind.Tanh),
                ClipNode clip => Step(ActivationKind.Clip, clip.Minimum, clip.Maximum),
                ScalarFunctionNode function => Step(ActivationKind.Smooth) with { Smooth = SmoothFunction.Of(function) },
                _ => throw BoundsRecorder.Unknown(node, "semantic interval"),
            };

            ActivationStep Step(ActivationKind kind, double first = 0, double second = 0) =>
                new(node.Name, [_values[node.PreActivation]], Map(node.PreActivation), kind, first, second);
        }

        private static double[]? ShiftOf(AffineNode node)
        {
            using var like = zeros(1, dtype: float64);
            return node.Shift(like) is { } shift ? Doubles(shift) : null;
        }

        private static double[]? ErrorOf(AffineNode node, int channels) =>
            node.ShiftError is { } error ? Doubles(error.to(float64).reshape(-1).expand(channels)) : null;

        private static double[] Doubles(Tensor values) => values.to(float64).cpu().contiguous().data<double>().ToArray();

        private static T[] WithSpare<T>(TorchSharp.Utils.TensorAccessor<T> values)
            where T : unmanaged
        {
            var array = new T[values.Count + ConvolutionStep.Spare];
            values.CopyTo(array);
            return array;
        }
    }
}

/// <summary>A graph's plan, and the number of each node's value; nodes that were merged with their readers have none.</summary>
internal sealed record CompiledGraph(PropagationPlan Plan, IReadOnlyDictionary<GraphNode, int> Values);

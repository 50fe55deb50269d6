using RobustPruning.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// Normalisations by the mean and variance of the value itself, as nodes: (x − mean) / √(variance + ε), where mean and variance are average
/// poolings, and the last step of the module.
/// </summary>
internal static class Normalization
{
    /// <summary>Adds the nodes of a group normalisation; the last has the name.</summary>
    public static GraphNode Add(GraphBuilder builder, string name, GraphNode input, GroupNorm module)
    {
        var groups = module.num_groups;
        if (input.Channels % groups != 0)
            throw new GraphException(name, $"it has {groups} groups, but '{input.Name}' gives {input.Channels} channels.");
        if (module.weight is { } weight && weight.shape[0] != input.Channels)
            throw new GraphException(name, $"it has weights of {weight.shape[0]} channels, but '{input.Name}' gives {input.Channels}.");
        var size = input.Channels / groups;
        var scale = module.weight is null ? null : new NormalizationScaleDescription(name, [], [input.Channels], size, module.eps);
        return Add(builder, name, input, groups, module.eps, scale, module);
    }

    /// <summary>Adds the nodes of a layer normalisation.</summary>
    public static GraphNode Add(GraphBuilder builder, string name, GraphNode input, LayerNorm module)
    {
        long[] sizes = module.normalized_shape;
        if (sizes.Length == 0 || !input.Shape.TakeLast(sizes.Length).SequenceEqual(sizes))
            throw new GraphException(
                name,
                $"it normalises [{string.Join(", ", sizes)}], but '{input.Name}' gives [{string.Join(", ", input.Shape)}].");
        var scale = module.weight is null
            ? null
            : new NormalizationScaleDescription(name, [], sizes, 0, module.eps, module.bias is not null);
        return Add(builder, name, input, input.Neurons / sizes.Aggregate(1L, (product, size) => product * size), module.eps, scale, module);
    }

    /// <summary>Normalises so many parts of equal size that follow one another in row-major order.</summary>
    public static GraphNode Add(
        GraphBuilder builder, string name, GraphNode input, long parts, double epsilon, NormalizationScaleDescription? scale = null,
        nn.Module? module = null)
    {
        if (input.Neurons == parts)
            throw new GraphException(name, "it normalises each value by itself, so that nothing of it is left.");
        var mean = Mean(builder, $"{name}.mean", input, parts);
        var deviation = builder.Addition(
            $"{name}.deviation",
            input,
            Spread(builder, $"{name}.minus", Negative(builder, $"{name}.negative", mean, module), input, parts));
        var variance = Mean(builder, $"{name}.variance", builder.Function($"{name}.squares", deviation, ScalarFunction.Square), parts);
        var factor = Spread(
            builder,
            $"{name}.factor",
            builder.Function($"{name}.root", variance, ScalarFunction.InverseSquareRoot, epsilon),
            input,
            parts);
        var normal = builder.Product(scale is null ? name : $"{name}.normal", deviation, factor);
        return scale is null ? normal : builder.Add(scale with { Inputs = [normal.Name] }, [normal], module);
    }

    private static GraphNode Negative(GraphBuilder builder, string name, GraphNode input, nn.Module? module)
    {
        using var scope = NewDisposeScope();
        var type = module?.parameters().FirstOrDefault()?.dtype ?? float32;
        return builder.Rescaling(name, input, new Rescaling(full(1, Scalars.Of(-1), dtype: type), zeros(1, dtype: type)));
    }

    /// <summary>The mean of each part, <c>[parts, 1, 1]</c>.</summary>
    private static GraphNode Mean(GraphBuilder builder, string name, GraphNode input, long parts)
    {
        // Whole channels first, which are maps of their own, then the channels of a part: the means of equal numbers have the same mean.
        if (input.Shape.Count == 3 && input.Channels % parts == 0 && input.Channels > parts && input.Neurons > input.Channels)
        {
            var channels = Pool(builder, $"{name}.channels", input);
            return Pool(builder, name, builder.Reshape($"{name}.groups", channels, [parts, input.Channels / parts, 1]));
        }

        var isMap = input.Shape.Count == 3 && input.Channels == parts;
        return Pool(builder, name, isMap ? input : builder.Reshape($"{name}.parts", input, [parts, input.Neurons / parts, 1]));
    }

    private static GraphNode Pool(GraphBuilder builder, string name, GraphNode input) =>
        builder.Add(new AdaptiveAveragePoolDescription(name, [input.Name], [1, 1]), [input], null);

    /// <summary>A number of each part for each of its values.</summary>
    private static GraphNode Spread(GraphBuilder builder, string name, GraphNode numbers, GraphNode like, long parts)
    {
        var sources = new long[like.Neurons];
        for (var place = 0L; place < sources.Length; place++)
            sources[place] = place / (sources.Length / parts);
        return builder.Rearrangement(name, numbers, like.Shape, sources);
    }
}

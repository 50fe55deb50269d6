using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>
/// Values moved to other places, in another shape: each is a value of the input, or 0. A reshape, transposition, slice, padding with zeros,
/// insertion of zeros, repetition.
/// </summary>
public sealed class RearrangementNode : AffineNode
{
    private readonly long[]? _sources;
    private readonly Lazy<long[]?> _targets;
    private readonly Lazy<MapShift?> _shift;

    internal RearrangementNode(RearrangementDescription description, GraphNode input)
        : base(description, input, description.Shape, null)
    {
        var sources = _sources = description.Sources;
        MostUses = sources is null ? 1 : MostOften(sources, input.Neurons);
        HasZeros = sources?.Contains(RearrangementDescription.Zero) == true;
        _shift = new(() => sources is null ? null : MapShift.Of(sources, input.Shape, description.Shape));
        _targets = new(() => sources is null || MostUses > 1 ? null : Invert(sources, input.Neurons));
    }

    /// <summary>
    /// For each value, in row-major order, the place that it comes from in the input, in row-major order, or −1 where it is 0. Null for a
    /// reshape: every value keeps its place.
    /// </summary>
    public IReadOnlyList<long>? Sources => _sources;

    /// <summary>In how many places the value stands that stands in the most.</summary>
    internal int MostUses { get; }

    internal bool HasZeros { get; }

    /// <summary>
    /// For each value of the input its place, or −1 where it is left out; null for a reshape, and where a value has several.
    /// </summary>
    internal IReadOnlyList<long>? Targets => _targets.Value;

    /// <summary>How whole channels move; null where they do not, and for a reshape.</summary>
    internal MapShift? Shifted => _shift.Value;

    internal override long Terms => 0;

    /// <summary>The channels of the input that a channel has values of.</summary>
    internal IEnumerable<int> SourceChannels(int channel)
    {
        long before = Input.Neurons / Input.Channels, after = Neurons / Channels, first = channel * after;
        var sources = _sources is null
            ? Enumerable.Range(0, (int)after).Select(place => first + place)
            : _sources.Skip((int)first).Take((int)after).Where(source => source >= 0);
        return sources.Select(source => (int)(source / before)).Distinct();
    }

    /// <inheritdoc/>
    public override Tensor Forward(IReadOnlyList<Tensor> inputs) => Move(inputs[0]);

    /// <inheritdoc/>
    public override Tensor Affine(Tensor x) => Move(x);

    /// <inheritdoc/>
    public override Tensor Linear(Tensor x) => Move(x);

    /// <inheritdoc/>
    public override Tensor Absolute(Tensor x) => Move(x);

    private Tensor Move(Tensor x)
    {
        using var scope = NewDisposeScope();
        long[] shape = [x.shape[0], .. Shape];
        if (_sources is null)
            return x.reshape(shape).MoveToOuterDisposeScope();
        var flat = x.flatten(1);

        // The zeros come from a place of their own behind all others.
        var values = HasZeros ? nn.functional.pad(flat, (0, 1)) : flat;
        var index = Derived(
            $"sources on {x.device}",
            () => tensor(Array.ConvertAll(_sources, source => source >= 0 ? source : Input.Neurons), device: x.device));
        return values.index_select(1, index).reshape(shape).MoveToOuterDisposeScope();
    }

    private static int MostOften(long[] sources, long inputs)
    {
        var (uses, most) = (new int[inputs], 0);
        foreach (var source in sources)
        {
            if (source >= 0)
                most = Math.Max(most, ++uses[source]);
        }

        return most;
    }

    private static long[] Invert(long[] sources, long inputs)
    {
        var targets = new long[inputs];
        Array.Fill(targets, RearrangementDescription.Zero);
        foreach (var (target, source) in sources.Index())
        {
            if (source >= 0)
                targets[source] = target;
        }

        return targets;
    }
}

internal sealed record RearrangementDescription(
    string Name,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<long> Shape,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long[]? Sources) : NodeDescription(Name, Inputs)
{
    /// <summary>Stands for no source: the value is 0.</summary>
    public const long Zero = -1;

    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        if (Shape.Count == 0 || Shape.Any(size => size <= 0))
            throw new GraphException(Name, $"the shape [{string.Join(", ", Shape)}] needs positive sizes.") { Value = Shape };
        var (before, after) = (inputs[0].Neurons, Shape.Aggregate(1.0, (product, size) => product * size));
        if (Sources is null && after != before)
        {
            throw new GraphException(
                Name,
                $"it makes [{string.Join(", ", Shape)}], {after} values, of the [{string.Join(", ", inputs[0].Shape)}] that "
                + $"'{inputs[0].Name}' gives, {before} values.")
            {
                Value = inputs[0].Shape,
            };
        }

        if (Sources is not null && after != Sources.Length)
            throw new GraphException(Name, $"it makes [{string.Join(", ", Shape)}], {after} values, of {Sources.Length} sources.")
                { Value = Sources.Length };
        if (Sources?.Index().FirstOrDefault(source => source.Item < Zero || source.Item >= before, (-1, 0)) is { Index: >= 0 } odd)
            throw new GraphException(
                Name,
                $"source {odd.Index} is {odd.Item}, but '{inputs[0].Name}' has the values 0 to {before - 1}, and −1 stands for zero.")
            {
                Value = odd.Item,
            };
        var isReshape = Sources?.Length == before && Sources.Index().All(source => source.Item == source.Index);
        return new RearrangementNode(isReshape ? this with { Sources = null } : this, inputs[0]);
    }
}

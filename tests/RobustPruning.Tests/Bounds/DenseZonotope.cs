using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Bounds;

/// <summary>
/// The reference that the library's zonotopes are tested against: all generators dense, all symbols alike, the clip as two ReLUs.
/// A batch of sets <c>{ c + Σ_k ξ_k G_k + r ⊙ s : ξ, s ∈ [−1, 1] }</c> of one node's values: centre c <c>[B, ...]</c>, generators G
/// <c>[B, K, ...]</c> with a column for each symbol of a <see cref="DenseSymbolTable"/>, and a remainder r ≥ 0 <c>[B, ...]</c>. To be
/// used in one dispose scope.
/// </summary>
internal sealed record DenseZonotope(Tensor Centre, Tensor Generators, Tensor Remainder)
{
    /// <summary>The images that boxes reach, clipped if the camera clips.</summary>
    public static DenseZonotope Of(PerturbedImages images, DenseSymbolTable symbols)
    {
        var unclipped = new DenseZonotope(images.Centre.alias(), images.Generators.alias(), zeros_like(images.Centre));
        if (images.Radius is not null)
            unclipped = unclipped.Relax(ones_like(unclipped.Centre), zeros_like(unclipped.Centre), images.Radius, symbols);
        if (!images.Clip)
            return unclipped;

        // clip(x) = 1 − relu(1 − relu(x))
        return unclipped.Relu(symbols).OneMinus().Relu(symbols).OneMinus();
    }

    /// <summary>Lower and upper limits of each value.</summary>
    public (Tensor Lower, Tensor Upper) Limits()
    {
        var radius = Generators.abs().sum(1) + Remainder;
        return (Centre - radius, Centre + radius);
    }

    /// <summary>The exact image under an affine map, but for the remainder, which goes through |W|.</summary>
    public DenseZonotope Affine(AffineNode node)
    {
        var generators = node.Linear(Generators.flatten(0, 1));
        return new DenseZonotope(
            node.Affine(Centre),
            generators.reshape([Generators.shape[0], Generators.shape[1], .. generators.shape.Skip(1)]),
            node.Absolute(Remainder));
    }

    /// <summary>The enclosure <c>slope·z + offset ± size</c> of a function of each value; each error above zero is a new symbol.</summary>
    public DenseZonotope Relax(Tensor slope, Tensor offset, Tensor size, DenseSymbolTable symbols)
    {
        long boxes = Centre.shape[0], neurons = Centre.numel() / boxes;
        var born = size.flatten(1).any(0).nonzero().flatten();
        var count = born.numel();
        var generators = Widened(symbols) * slope.unsqueeze(1);
        if (count > 0)
        {
            var places = born.reshape(1, count, 1).expand(boxes, count, 1);
            var columns = zeros([boxes, count, neurons], dtype: Centre.dtype)
                .scatter(2, places, size.flatten(1).index_select(1, born).unsqueeze(2));
            generators = cat([generators, columns.reshape([boxes, count, .. Centre.shape.Skip(1)])], 1);
            symbols.Add(count);
        }

        return new DenseZonotope((Centre * slope) + offset, generators, Remainder * slope.abs()).WithinBudget(symbols);
    }

    public DenseZonotope Times(Tensor slope) => new(Centre * slope, Generators * slope.unsqueeze(1), Remainder * slope.abs());

    public DenseZonotope Times(double factor) => new(Centre * factor, Generators * factor, Remainder * Math.Abs(factor));

    public DenseZonotope Add(DenseZonotope other, DenseSymbolTable symbols) => new(
        Centre + other.Centre, Widened(symbols) + other.Widened(symbols), Remainder + other.Remainder);

    public static DenseZonotope Concatenate(IReadOnlyList<DenseZonotope> parts, DenseSymbolTable symbols) => new(
        cat([.. parts.Select(part => part.Centre)], 1),
        cat([.. parts.Select(part => part.Widened(symbols))], 2),
        cat([.. parts.Select(part => part.Remainder)], 1));

    /// <summary>Values by their index among one box's flattened values; zero where it is −1.</summary>
    public DenseZonotope Gather(long[] places, IReadOnlyList<long> shape)
    {
        Tensor index = tensor([.. places.Select(place => Math.Max(place, 0))]),
            real = tensor([.. places.Select(place => place < 0 ? 0f : 1f)]);
        return new DenseZonotope(Taken(Centre, 1), Taken(Generators, 2), Taken(Remainder, 1));

        Tensor Taken(Tensor values, int batch) =>
            (values.flatten(batch).index_select(batch, index) * real).reshape([.. values.shape.Take(batch), .. shape]);
    }

    private DenseZonotope Relu(DenseSymbolTable symbols)
    {
        var (lower, upper) = Limits();
        var unstable = lower.lt(0).logical_and(upper.gt(0));
        var slope = where(unstable, upper / (upper - lower).clamp_min(1e-30), lower.ge(0).to(Centre.dtype));
        var size = where(unstable, slope * lower * -0.5, zeros_like(lower));
        return Relax(slope, size, size, symbols);
    }

    private DenseZonotope OneMinus() => new(1 - Centre, -Generators, Remainder);

    /// <summary>Generators with a column for every symbol so far.</summary>
    private Tensor Widened(DenseSymbolTable symbols)
    {
        long[] missing = [Generators.shape[0], symbols.Columns - Generators.shape[1], .. Generators.shape.Skip(2)];
        return missing[1] == 0 ? Generators : cat([Generators, zeros(missing, dtype: Generators.dtype)], 1);
    }

    /// <summary>
    /// The symbols that move all values together the most, as many a box on average as the budget has; all others are folded.
    /// </summary>
    public DenseZonotope WithinBudget(DenseSymbolTable symbols)
    {
        var sizes = Generators.abs().flatten(2).sum(2);
        var noise = sizes.Numbers().Select((size, index) => index % Generators.shape[1] < symbols.SemanticParameters ? 0 : size).ToArray();
        var room = (double)symbols.Budget.Count * Centre.shape[0];
        if (noise.Count(size => size > 0) <= room)
            return this;
        var order = noise.Select((size, index) => (Size: size, Index: index)).Where(symbol => symbol.Size > 0)
            .OrderByDescending(symbol => symbol.Size).ToList();
        if (room > 0 && order[(int)room - 1].Size - order[(int)room].Size < 1e-9 * order[0].Size)
            symbols.Tied = true;
        var dropped = order.Skip((int)room).Select(symbol => symbol.Index).ToHashSet();
        var keep = tensor(noise.Select((_, index) => dropped.Contains(index) ? 0f : 1f).ToArray(), sizes.shape)
            .reshape([.. sizes.shape, .. Centre.shape.Skip(1).Select(_ => 1L)]);
        return this with { Generators = Generators * keep, Remainder = Remainder + (Generators * (1 - keep)).abs().sum(1) };
    }
}

using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>Makes the rows of new symbols, and numbers them.</summary>
internal sealed class ProofSymbols
{
    private const int RowsPerBlock = 128;

    // As many equal pixels as share a symbol in the domain that certifies: see ClipErrors.
    private const int FewestSharing = 16;

    private int _births;

    /// <summary>A new block.</summary>
    public int NextBirth() => _births++;

    /// <summary>A row for each group of places, holding the sizes there; the caller owns the blocks.</summary>
    public Dictionary<int, Tensor> Rows(Tensor size, IEnumerable<long[]> groups)
    {
        var blocks = new Dictionary<int, Tensor>();
        foreach (var block in groups.Chunk(RowsPerBlock))
        {
            using var scope = NewDisposeScope();
            long[] from = [.. block.SelectMany(group => group)];
            long[] to = [.. block.SelectMany((group, row) => group.Select(place => (row * size.numel()) + place))];
            var rows = zeros([block.Length * size.numel()], dtype: size.dtype);
            rows.index_copy_(0, tensor(to), size.flatten().index_select(0, tensor(from)));
            blocks.Add(NextBirth(), rows.reshape([block.Length, .. size.shape.Skip(1)]).MoveToOuterDisposeScope());
        }

        return blocks;
    }

    /// <summary>A symbol for each size above zero.</summary>
    public Dictionary<int, Tensor> Rows(Tensor size) => Rows(size, Places(size).Select(place => new[] { place }));

    /// <summary>
    /// A symbol for each size above zero, but one for all pixels whose centre and generators are equal and that have no radius, for they
    /// have the same value at every θ, and so the same error.
    /// </summary>
    public Dictionary<int, Tensor> SharedRows(Tensor size, PerturbedImages images)
    {
        using var scope = NewDisposeScope();
        var values = cat([images.Centre, images.Generators[0]], 0).flatten(1);
        double[] numbers = values.data<double>().ToArray(), radii = images.Radius?.data<double>().ToArray() ?? [];
        var (rows, columns) = (values.shape[0], values.shape[1]);
        var groups = Places(size).GroupBy(Key)
            .SelectMany(group => group.Count() >= FewestSharing ? [group.ToArray()] : group.Select(place => new[] { place }));
        return MoveOut(Rows(size, groups));

        (long Alone, string Values) Key(long place) =>
            radii.Length > 0 && radii[place] != 0
                ? (place, string.Empty)
                : (
                    -1,
                    string.Join(
                        ' ',
                        Enumerable.Range(0, (int)rows).Select(row => BitConverter.DoubleToInt64Bits(numbers[(row * columns) + place]))));
    }

    private static Dictionary<int, Tensor> MoveOut(Dictionary<int, Tensor> blocks)
    {
        foreach (var block in blocks.Values)
            block.MoveToOuterDisposeScope();
        return blocks;
    }

    private static long[] Places(Tensor size)
    {
        using var scope = NewDisposeScope();
        return size.flatten().gt(Scalars.Of(0)).nonzero().flatten().data<long>().ToArray();
    }
}

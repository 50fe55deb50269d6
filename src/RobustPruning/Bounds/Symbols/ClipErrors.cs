using static TorchSharp.torch;

namespace RobustPruning.Bounds;

/// <summary>
/// The errors of enclosing the camera's clip, as symbols. Pixels with the same centre and the same generators have the same value at
/// every θ, hence the same error at every θ: they share one symbol. In an image with large saturated areas that is most of them.
/// </summary>
internal static class ClipErrors
{
    // A shared symbol is a whole image to propagate, so few pixels are better off with windows of their own.
    private const int FewestSharing = 16;

    /// <summary>One symbol for each group of equal pixels, one for each other pixel whose error is above zero.</summary>
    /// <param name="centre">The images before the clip, <c>[B, C, H, W]</c>.</param>
    /// <param name="generators">Their generators, <c>[B, d, C, H, W]</c>.</param>
    /// <param name="radius">Their errors before the clip, <c>[B, C, H, W]</c>, or null: values that have one are not equal.</param>
    /// <param name="size">The error at each value, <c>[B, C, H, W]</c>.</param>
    public static IReadOnlyList<NoiseSymbols> Symbols(Tensor centre, Tensor generators, Tensor? radius, Tensor size)
    {
        using var scope = NewDisposeScope();
        long boxes = centre.shape[0], neurons = centre.numel() / boxes;
        var places = size.flatten().nonzero().flatten();
        var sizes = size.flatten().index_select(0, places);
        var values = cat([centre.reshape(boxes, 1, -1), generators.reshape(boxes, generators.shape[1], -1)], 1);
        var groups = Group(places.data<long>().ToArray(), values, radius?.flatten().to(float64).cpu().data<double>().ToArray(), neurons);

        var shared = groups.Where(group => group.Count >= FewestSharing).ToList();
        var alone = groups.Where(group => group.Count < FewestSharing).SelectMany(group => group).Order().ToArray();
        var result = new List<NoiseSymbols>();
        if (shared.Count > 0)
        {
            var dense = zeros([shared.Count * neurons], dtype: size.dtype, device: size.device);
            var from = shared.SelectMany(group => group).ToArray();
            var to = shared.SelectMany((group, symbol) => group.Select(place => (symbol * neurons) + (place % neurons))).ToArray();
            dense.index_copy_(0, tensor(to, device: size.device), size.flatten().index_select(0, tensor(from, device: size.device)));
            result.Add(new DenseSymbols(
                dense.reshape([shared.Count, .. centre.shape.Skip(1)]), [.. shared.Select(group => (int)(group[0] / neurons))]).MoveOut());
        }

        if (alone.Length > 0)
        {
            result.Add(
                new NewbornSymbols(
                    size.flatten().index_select(0, tensor(alone, device: size.device)),
                    [.. alone.Select(place => (int)(place / neurons))],
                    [.. alone.Select(place => place % neurons)],
                    [.. centre.shape.Skip(1)]).MoveOut());
        }

        return result;
    }

    /// <summary>The places, in groups of equal box, centre and generators, no radius; groups in the order of their first place.</summary>
    private static List<List<long>> Group(long[] places, Tensor values, double[]? radius, long neurons)
    {
        var rows = (int)values.shape[1];
        var host = values.cpu().to(float64).contiguous().data<double>().ToArray();
        return [.. places.GroupBy(Key, (_, group) => group.ToList())];

        (long Box, long Alone, string Values) Key(long place) => radius is not null && radius[place] != 0
            ? (place / neurons, place, string.Empty)
            : (place / neurons, -1, string.Join(' ', Enumerable.Range(0, rows).Select(row => Bits(place, row))));

        long Bits(long place, int row) =>
            BitConverter.DoubleToInt64Bits(host[((((place / neurons) * rows) + row) * neurons) + (place % neurons)]);
    }
}

using System.Globalization;
using RobustPruning.Graphs;

namespace RobustPruning.Certification;

/// <summary>How keypoints are read off heatmaps.</summary>
public enum HeatmapDecoding
{
    /// <summary>The centre of the greatest cell; of equal ones, the first in row-major order.</summary>
    ArgMax,

    /// <summary>The centre of the greatest cell, moved by the offset that two further maps a keypoint hold at that cell.</summary>
    ArgMaxWithOffset,

    /// <summary>The mean of all cells' centres, weighted by <c>e^{βH}</c>.</summary>
    SoftArgMax,
}

/// <summary>
/// Reads keypoints off a network's heatmaps <c>[K, h, w]</c>, one a keypoint. Cell (r, c) lies at <c>OriginX + StrideX · c</c>, <c>OriginY
/// + StrideY · r</c> in pixels of the image. With offsets the network has a second output <c>[2K, h, w]</c> that follows the maps: channel
/// 2k moves keypoint k in x, channel 2k + 1 in y, each times <see cref="OffsetScale"/>. Immutable and thread-safe.
/// </summary>
/// <example>
/// <code>
/// var decoder = HeatmapDecoder.For(network.Graph, HeatmapDecoding.ArgMax);
/// using var certifier = new Certifier(network, light, new DecodedProperty(decoder, new KeypointProperty(tolerance: 2)));
/// </code>
/// </example>
public sealed record HeatmapDecoder
{
    /// <summary>Creates a decoder for maps as large as the image: cells are pixels.</summary>
    /// <param name="decoding">How keypoints are read.</param>
    /// <param name="keypoints">The number K of keypoints; at least 1.</param>
    /// <param name="height">The maps' height h; at least 1.</param>
    /// <param name="width">The maps' width w; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1, or the way of reading is unknown.</exception>
    public HeatmapDecoder(HeatmapDecoding decoding, int keypoints, int height, int width)
    {
        Decoding = Enum.IsDefined(decoding)
            ? decoding
            : throw new ArgumentOutOfRangeException(nameof(decoding), decoding, "Unknown way of reading heatmaps.");
        ArgumentOutOfRangeException.ThrowIfLessThan(keypoints, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (Keypoints, Height, Width) = (keypoints, height, width);
    }

    /// <summary>How keypoints are read.</summary>
    public HeatmapDecoding Decoding { get; }

    /// <summary>The number K of keypoints.</summary>
    public int Keypoints { get; }

    /// <summary>The maps' height h.</summary>
    public int Height { get; }

    /// <summary>The maps' width w.</summary>
    public int Width { get; }

    /// <summary>Pixels from one column of the maps to the next. Default 1; positive.</summary>
    public double StrideX { get; init => field = Positive(value, nameof(StrideX)); } = 1;

    /// <summary>Pixels from one row of the maps to the next. Default 1; positive.</summary>
    public double StrideY { get; init => field = Positive(value, nameof(StrideY)); } = 1;

    /// <summary>Where the first column lies, in pixels. Default 0.5, the middle of a pixel; finite.</summary>
    public double OriginX { get; init => field = Finite(value, nameof(OriginX)); } = 0.5;

    /// <summary>Where the first row lies, in pixels. Default 0.5; finite.</summary>
    public double OriginY { get; init => field = Finite(value, nameof(OriginY)); } = 0.5;

    /// <summary>Pixels for an offset of 1. Default 1; finite.</summary>
    public double OffsetScale { get; init => field = Finite(value, nameof(OffsetScale)); } = 1;

    /// <summary>The factor β of a soft arg max. Default 1; positive.</summary>
    public double Beta { get; init => field = Positive(value, nameof(Beta)); } = 1;

    /// <summary>The number of the network's output values.</summary>
    public int Outputs => (HasOffsets ? 3 : 1) * Keypoints * Cells;

    /// <summary>The cells of one map.</summary>
    internal int Cells => Height * Width;

    internal bool HasOffsets => Decoding == HeatmapDecoding.ArgMaxWithOffset;

    /// <summary>A decoder for a network's own outputs: the cells' centres spread evenly over its image.</summary>
    /// <param name="network">
    /// A network of images <c>[C, H, W]</c> whose first output is <c>[K, h, w]</c>, and with offsets the second <c>[2K, h, w]</c>.
    /// </param>
    /// <param name="decoding">How keypoints are read.</param>
    /// <exception cref="GraphException">The outputs are others.</exception>
    public static HeatmapDecoder For(Graph network, HeatmapDecoding decoding)
    {
        ArgumentNullException.ThrowIfNull(network);
        var maps = network.Outputs[0];
        if (maps.Shape is not [var keypoints, var height, var width] || network.Input.Shape is not [_, var imageHeight, var imageWidth])
            throw new GraphException(
                maps.Name,
                $"its shape [{string.Join(", ", maps.Shape)}] is not that of heatmaps [K, h, w] over an image [C, H, W].")
            {
                Value = maps.Shape,
            };
        double strideX = (double)imageWidth / width, strideY = (double)imageHeight / height;
        var decoder = new HeatmapDecoder(decoding, (int)keypoints, (int)height, (int)width)
        {
            StrideX = strideX, StrideY = strideY, OriginX = strideX / 2, OriginY = strideY / 2,
        };
        if (decoder.HasOffsets && (network.Outputs.Count != 2 || !network.Outputs[1].Shape.SequenceEqual([2 * keypoints, height, width])))
            throw new GraphException(
                network.Output.Name,
                $"offsets are a second output [{2 * keypoints}, {height}, {width}] behind the heatmaps.");
        decoder.RequireOutput(network.Output);
        return decoder;
    }

    /// <summary>
    /// The keypoints <c>x₀, y₀, x₁, y₁, ...</c> in pixels that an output of the network says; NaN where a map is no number.
    /// </summary>
    /// <param name="output">The output, all maps one after the other in row-major order.</param>
    /// <exception cref="ArgumentException">The output has another number of values.</exception>
    public double[] Decode(IReadOnlyList<double> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (output.Count != Outputs)
            throw new ArgumentException($"The output has {output.Count} values, but the decoder reads {Outputs}.", nameof(output));
        var positions = new double[2 * Keypoints];
        for (var keypoint = 0; keypoint < Keypoints; keypoint++)
            (positions[2 * keypoint], positions[(2 * keypoint) + 1]) = Decode(output, keypoint);
        return positions;
    }

    /// <summary>For example <c>arg max of 4 maps of 16x16</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Decoding switch
    {
        HeatmapDecoding.ArgMax => "arg max",
        HeatmapDecoding.ArgMaxWithOffset => "arg max with offsets",
        _ => $"soft arg max (β = {Beta})",
    }} of {Keypoints} maps of {Height}x{Width}");

    /// <summary>Where a cell lies, in pixels.</summary>
    internal (double X, double Y) Place(int cell) => (OriginX + (StrideX * (cell % Width)), OriginY + (StrideY * (cell / Width)));

    /// <summary>Where the output has the value of a cell of a map.</summary>
    internal int Value(int keypoint, int cell) => (keypoint * Cells) + cell;

    /// <summary>Where the output has the offsets of a cell.</summary>
    internal (int X, int Y) OffsetValues(int keypoint, int cell)
    {
        var x = ((Keypoints + (2 * keypoint)) * Cells) + cell;
        return (x, x + Cells);
    }

    /// <exception cref="GraphException">The output has another number of values.</exception>
    internal void RequireOutput(GraphNode output)
    {
        if (output.Neurons != Outputs)
            throw new GraphException(
                output.Name,
                $"the output [{string.Join(", ", output.Shape)}] has {output.Neurons} values, but the decoder ({this}) reads {Outputs}.")
            {
                Value = output.Shape,
            };
    }

    private (double X, double Y) Decode(IReadOnlyList<double> output, int keypoint)
    {
        var best = 0;
        for (var cell = 0; cell < Cells; cell++)
        {
            if (double.IsNaN(output[Value(keypoint, cell)]))
                return (double.NaN, double.NaN);
            if (output[Value(keypoint, cell)] > output[Value(keypoint, best)])
                best = cell;
        }

        var (x, y) = Place(best);
        if (HasOffsets)
        {
            var (dx, dy) = OffsetValues(keypoint, best);
            return (x + (OffsetScale * output[dx]), y + (OffsetScale * output[dy]));
        }

        if (Decoding == HeatmapDecoding.ArgMax)
            return (x, y);
        double sum = 0, sumX = 0, sumY = 0, greatest = output[Value(keypoint, best)];
        for (var cell = 0; cell < Cells; cell++)
        {
            var weight = Math.Exp(Beta * (output[Value(keypoint, cell)] - greatest));
            (x, y) = Place(cell);
            (sum, sumX, sumY) = (sum + weight, sumX + (weight * x), sumY + (weight * y));
        }

        return (sumX / sum, sumY / sum);
    }

    private static double Positive(double value, string name) => value > 0 && double.IsFinite(value)
        ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is positive and finite.");

    private static double Finite(double value, string name) => double.IsFinite(value)
        ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is finite.");
}

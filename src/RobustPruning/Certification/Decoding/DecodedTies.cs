namespace RobustPruning.Certification;

/// <summary>Cells that 32-bit evaluation of a network cannot tell apart: which of them is greatest is left to chance.</summary>
internal static class DecodedTies
{
    private const double Relative = 5e-5;

    /// <summary>Differences up to this are none, on maps of a size.</summary>
    public static double Margin(double size) => Relative * (1 + size);

    /// <summary>Whether keypoints that a claim is about are read from a tie.</summary>
    public static bool IsNear(DecodedProperty property, IReadOnlyList<double> output, int claim) =>
        property.Decoder.Decoding != HeatmapDecoding.SoftArgMax
        && property
            .ValuesOf(claim)
            .SelectMany(value => KeypointsOf(property, value))
            .Distinct()
            .Any(keypoint => IsTie(property.Decoder, output, keypoint, 1));

    /// <summary>
    /// What each value may be off by where a network's 32-bit output is taken for the true one, in units of
    /// <see cref="OutputHull.SampleTolerance"/>.
    /// </summary>
    public static double[] Terms(DecodedProperty property, IReadOnlyList<double> output)
    {
        var decoder = property.Decoder;
        double[] ofKeypoints =
        [
            .. Enumerable
                .Range(0, decoder.Keypoints)
                .Select(keypoint =>
                    decoder.Decoding == HeatmapDecoding.SoftArgMax
                        ? 0.1
                            * decoder.Beta
                            * (1 + Size(decoder, output, keypoint))
                            * ((decoder.Width * decoder.StrideX) + (decoder.Height * decoder.StrideY))
                    : IsTie(decoder, output, keypoint, 2) ? double.PositiveInfinity
                    : 0),
        ];
        return
        [
            .. Enumerable
                .Range(0, property.CountValues(2 * decoder.Keypoints))
                .Select(value => KeypointsOf(property, value).Sum(keypoint => ofKeypoints[keypoint])),
        ];
    }

    /// <summary>The keypoints that one of the property's values depends on.</summary>
    private static IEnumerable<int> KeypointsOf(DecodedProperty property, int value) => property.Positions is LinearProperty linear
        ? linear.Weights[value].Index().Where(weight => weight.Item != 0).Select(weight => weight.Index / 2).Distinct()
        : [value < 2 * property.Decoder.Keypoints ? value / 2 : value - (2 * property.Decoder.Keypoints)];

    private static bool IsTie(HeatmapDecoder decoder, IReadOnlyList<double> output, int keypoint, double factor)
    {
        double greatest = double.NegativeInfinity, second = double.NegativeInfinity;
        for (var cell = 0; cell < decoder.Cells; cell++)
        {
            var value = output[decoder.Value(keypoint, cell)];
            (greatest, second) = value > greatest ? (value, greatest) : (greatest, Math.Max(second, value));
        }

        return greatest - second <= factor * Margin(Size(decoder, output, keypoint));
    }

    private static double Size(HeatmapDecoder decoder, IReadOnlyList<double> output, int keypoint) =>
        Enumerable.Range(0, decoder.Cells).Max(cell => Math.Abs(output[decoder.Value(keypoint, cell)]));
}

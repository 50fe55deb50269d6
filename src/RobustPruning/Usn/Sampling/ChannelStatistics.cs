namespace RobustPruning.Usn;

/// <summary>
/// Running sums of one number a channel, over images, and of how far two independent parts of each image's sample are apart.
/// </summary>
internal sealed class ChannelStatistics
{
    private long _images;
    private double[] _means = [], _squares = [], _partSquares = [];
    private bool _drawn;

    /// <summary>Takes in one image.</summary>
    /// <param name="parts">The number of each channel, from each part of the sample.</param>
    /// <param name="shares">The share of each part in the sample.</param>
    public void Add(double[][] parts, IReadOnlyList<double> shares)
    {
        if (_images == 0)
            (_means, _squares, _partSquares) = (new double[parts[0].Length], new double[parts[0].Length], new double[parts[0].Length]);
        _images++;
        _drawn = parts.Length > 1;
        for (var channel = 0; channel < _means.Length; channel++)
        {
            var value = parts.Zip(shares, (part, share) => part[channel] * share).Sum();
            var change = value - _means[channel];
            _means[channel] += change / _images;
            _squares[channel] += change * (value - _means[channel]);

            // Parts a and b with variances in inverse proportion to their shares p and q: the whole has (a − b)² p q, in expectation.
            if (_drawn)
                _partSquares[channel] += Math.Pow(parts[0][channel] - parts[1][channel], 2) * shares[0] * shares[1];
        }
    }

    public IReadOnlyList<UsnEstimate> Estimates() => [.. _means.Select((mean, channel) => new UsnEstimate(
        mean,
        _images > 1 ? Math.Sqrt(_squares[channel] / (_images - 1) / _images) : double.NaN,
        _drawn ? Math.Sqrt(_partSquares[channel]) / _images : double.NaN))];
}

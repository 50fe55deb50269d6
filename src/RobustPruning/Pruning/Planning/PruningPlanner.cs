using RobustPruning.Graphs;

namespace RobustPruning.Pruning;

/// <summary>
/// Chooses channels one step at a time. Channels compete in pools; the pool with the greatest share of its original channels left is next,
/// and of its groups the one whose next channels score lowest.
/// </summary>
internal sealed class PruningPlanner
{
    private readonly PruningOptions _options;
    private readonly OriginalSize _original;
    private readonly ShrinkingSize _size;
    private readonly List<Candidate> _candidates;
    private readonly long _originalChannels;

    public PruningPlanner(Graph network, OriginalSize original, IReadOnlyDictionary<ChannelGroup, double[]> scores, PruningOptions options)
    {
        _options = options;
        _original = original;
        _size = new ShrinkingSize(network);
        _candidates = [.. scores.Select(entry => new Candidate(entry.Key, entry.Value, _original.WidthOf(entry.Key), options))];
        _originalChannels = _candidates.Sum(candidate => (long)candidate.OriginalWidth);
    }

    /// <summary>For each group the channels that leave, ascending.</summary>
    public Dictionary<ChannelGroup, IReadOnlyList<int>> Choose()
    {
        if (_options.Ratio > 0 && _candidates.Count == 0)
        {
            throw new PruningException($"A share of {_options.Ratio} of the {MeasureName} cannot be removed: no channel may leave. "
                + "All are excluded, reach the output, or are mixed with one another before a layer reads them.")
                { Name = nameof(PruningOptions.Ratio), Value = _options.Ratio };
        }

        RequireThatNoGroupIsEmptied();
        var pools = _candidates.GroupBy(PoolOf).Select(pool => pool.ToList()).ToList();
        while (!IsReached())
        {
            var pool = pools.Where(candidates => candidates.Exists(candidate => candidate.CanLose))
                .MaxBy(ShareLeft)
                ?? throw new PruningException($"A share of {_options.Ratio} of the {MeasureName} cannot be removed: "
                    + $"with what is excluded and the least widths, {Removed():0.###} is the most.")
                    { Name = nameof(PruningOptions.Ratio), Value = _options.Ratio };

            // Of equal scores, the group that has kept most gives first.
            var next = pool.Where(candidate => candidate.CanLose).OrderBy(candidate => candidate.NextScore)
                .ThenByDescending(candidate => candidate.ShareLeft).First();
            foreach (var channel in next.Lose())
                _size.Remove(next.Group, channel);
        }

        return _candidates.ToDictionary(candidate => candidate.Group, candidate => candidate.Removed);
    }

    /// <summary>
    /// The share of a pool's original channels in the middle of its next step, so that what each loses is rounded to nearest.
    /// </summary>
    private double ShareLeft(List<Candidate> pool) =>
        (pool.Sum(candidate => candidate.Width) - (_options.Multiple / 2.0)) / pool.Sum(candidate => candidate.OriginalWidth);

    private object PoolOf(Candidate candidate) => _options.Scope switch
    {
        PruningScope.PerGroup => candidate,
        PruningScope.EqualShape => (candidate.OriginalWidth, string.Join('x', candidate.Group.Outputs[0].Node.Shape.Skip(1))),
        _ => string.Empty,
    };

    private bool IsReached() => _options.Measure == PruningMeasure.Channels
        ? ChannelsLeft() <= _originalChannels - (long)Math.Round(_options.Ratio * _originalChannels, MidpointRounding.AwayFromZero)
        : Removed() >= _options.Ratio;

    private double Removed() => 1 - _options.Measure switch
    {
        PruningMeasure.Channels => (double)ChannelsLeft() / Math.Max(1, _originalChannels),
        PruningMeasure.Parameters => (double)_size.Parameters / _original.Parameters,
        _ => (double)_size.Macs / _original.Macs,
    };

    private string MeasureName => _options.Measure.ToString().ToLowerInvariant();

    private long ChannelsLeft() => _candidates.Sum(candidate => (long)candidate.Width);

    /// <summary>
    /// Where each group is to lose the same share, one that is too narrow for it is a mistake that other groups must not make up for. A
    /// group of one channel has none to give and stays.
    /// </summary>
    private void RequireThatNoGroupIsEmptied()
    {
        if (_options is not { Scope: PruningScope.PerGroup, Measure: PruningMeasure.Channels, MinimumWidth: 1, MaximumRatio: 1 })
            return;
        foreach (var candidate in _candidates.Where(candidate =>
                candidate.OriginalWidth > 1 && WidthAfter(candidate.OriginalWidth, _options.Ratio) < 1))
        {
            throw new PruningException(
                $"A pruning ratio of {_options.Ratio} would empty layer '{candidate.Group.Name}', which has {candidate.OriginalWidth} "
                + $"channels. "
                    + $"Exclude it, or set {nameof(PruningOptions.MinimumWidth)} to 2 or more, or {nameof(PruningOptions.MaximumRatio)} "
                    + $"below 1.")
            {
                Name = candidate.Group.Name,
                Value = _options.Ratio,
            };
        }
    }

    private static int WidthAfter(int width, double ratio) => width - (int)Math.Round(ratio * width, MidpointRounding.AwayFromZero);

    /// <summary>A group and how far it is down its order.</summary>
    private sealed class Candidate
    {
        private readonly double[] _scores;
        private readonly int[] _order;
        private readonly int _least;
        private readonly int _multiple;

        public Candidate(ChannelGroup group, double[] scores, int originalWidth, PruningOptions options)
        {
            Group = group;
            OriginalWidth = originalWidth;
            Width = group.Width;
            _scores = scores;
            _multiple = options.Multiple;

            // A hair less, so that 0.7 of 10 channels leaves 3 and not 4.
            var least = Math.Max(options.MinimumWidth, (int)Math.Ceiling(((1 - options.MaximumRatio) * originalWidth) - 1e-9));
            _least = (least + _multiple - 1) / _multiple * _multiple;
            _order = [.. Enumerable.Range(0, group.Width).OrderBy(channel => scores[channel]).ThenByDescending(channel => channel)];
        }

        public ChannelGroup Group { get; }

        public int OriginalWidth { get; }

        public int Width { get; private set; }

        public double ShareLeft => (double)Width / OriginalWidth;

        public bool CanLose => Width - Step >= _least;

        /// <summary>The mean score of the channels that would leave next.</summary>
        public double NextScore => Next.Average(channel => _scores[channel]);

        public IReadOnlyList<int> Removed => [.. _order.Take(Group.Width - Width).Order()];

        private int Step => Width % _multiple == 0 ? _multiple : Width % _multiple;

        private IEnumerable<int> Next => _order.Skip(Group.Width - Width).Take(Step);

        public int[] Lose()
        {
            int[] channels = [.. Next];
            Width -= channels.Length;
            return channels;
        }
    }
}

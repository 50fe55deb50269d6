using RobustPruning.Pruning;
using RobustPruning.Usn;

namespace KeypointRobustness.Reproduction;

/// <summary>One way of training and pruning that the tables compare.</summary>
/// <param name="Name">Its name on the command line, in files and in tables.</param>
/// <param name="Way">How its channels came to be.</param>
/// <param name="Loss">What it is trained for beside its task.</param>
/// <param name="Augmented">Whether it sees perturbed copies of the images (robust augmentation).</param>
internal sealed record MethodRow(string Name, Way Way, AddedLoss Loss = AddedLoss.None, bool Augmented = true)
{
    /// <summary>All rows, in the order of the tables.</summary>
    public static IReadOnlyList<MethodRow> All { get; } =
    [
        new("plain", Way.Unpruned, Augmented: false),
        new("robust", Way.Unpruned),
        new("robust+wasserstein", Way.Unpruned, AddedLoss.Wasserstein),
        new("robust+attribution", Way.Unpruned, AddedLoss.Attribution),
        new("robust+area", Way.Unpruned, AddedLoss.RelaxationArea),
        new("scratch", Way.FromScratch),
        new("scratch+wasserstein", Way.FromScratch, AddedLoss.Wasserstein),
        new("scratch+attribution", Way.FromScratch, AddedLoss.Attribution),
        new("random", Way.Random),
        new("random+wasserstein", Way.Random, AddedLoss.Wasserstein),
        new("random+attribution", Way.Random, AddedLoss.Attribution),
        new("magnitude", Way.Magnitude),
        new("magnitude+wasserstein", Way.Magnitude, AddedLoss.Wasserstein),
        new("magnitude+attribution", Way.Magnitude, AddedLoss.Attribution),
        new("taylor", Way.Taylor),
        new("taylor+wasserstein", Way.Taylor, AddedLoss.Wasserstein),
        new("taylor+attribution", Way.Taylor, AddedLoss.Attribution),
        new("taylor+area", Way.Taylor, AddedLoss.RelaxationArea),
        new("usn-raw", Way.UsnRaw),
        new("usn-raw+wasserstein", Way.UsnRaw, AddedLoss.Wasserstein),
        new("usn-relative", Way.UsnRelative),
        new("usn-relative+wasserstein", Way.UsnRelative, AddedLoss.Wasserstein),
        new("usn-contribution", Way.UsnContribution),
        new("usn-contribution+wasserstein", Way.UsnContribution, AddedLoss.Wasserstein),
        new("usn-importance", Way.UsnImportance),
        new("usn-importance+wasserstein", Way.UsnImportance, AddedLoss.Wasserstein),
        new("usn-importance+attribution", Way.UsnImportance, AddedLoss.Attribution),
        new("usn-bounds+wasserstein", Way.UsnBounds, AddedLoss.Wasserstein),
        new("usn-rank-sum", Way.UsnRankSum),
        new("usn-rank-sum+wasserstein", Way.UsnRankSum, AddedLoss.Wasserstein),
        new("usn-rank-sum+area", Way.UsnRankSum, AddedLoss.RelaxationArea),
        new("plain-taylor", Way.Taylor, Augmented: false),
        new("plain-usn-importance", Way.UsnImportance, Augmented: false),
    ];

    /// <summary>Whether it has fewer channels than the network that it began with, or that it is compared with.</summary>
    public bool IsSmall => Way != Way.Unpruned;

    /// <summary>Whether channels leave during its training.</summary>
    public bool IsPruned => Way is not (Way.Unpruned or Way.FromScratch);

    /// <summary>Which channels compete for staying.</summary>
    public PruningScope Scope => Way == Way.UsnContribution ? PruningScope.Network : PruningScope.PerGroup;

    /// <summary>The row of a name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static MethodRow Of(string name) => All.FirstOrDefault(row => row.Name == name)
        ?? throw new ArgumentException($"Unknown row '{name}'; rows are {string.Join(", ", All.Select(row => row.Name))}.");

    /// <summary>What decides which channels leave.</summary>
    /// <param name="seed">The seed of what is random.</param>
    /// <exception cref="InvalidOperationException">The row is not pruned.</exception>
    public IPruningPolicy Policy(int seed) => Way switch
    {
        Way.Random => new RandomPolicy(seed),
        Way.Magnitude => new MagnitudePolicy(),
        Way.Taylor => new TaylorPolicy(),
        Way.UsnRaw => new LowestUsnPolicy(UsnRanking.Raw),
        Way.UsnRelative => new LowestUsnPolicy(UsnRanking.Relative),
        Way.UsnRankSum => new LowestUsnPolicy(UsnRanking.RankSum),
        Way.UsnImportance => new LowestUsnPolicy(UsnRanking.RobustImportance),
        Way.UsnBounds => new LowestUsnPolicy(UsnRanking.RobustImportance, new BoundUsnMetric()),
        Way.UsnContribution => new LowestUsnPolicy(UsnRanking.Contribution),
        _ => throw new InvalidOperationException($"Row '{Name}' is not pruned."),
    };
}

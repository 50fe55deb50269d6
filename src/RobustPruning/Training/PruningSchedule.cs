namespace RobustPruning.Training;

/// <summary>How the pruning ratio grows over R cuts to its target ρ.</summary>
public enum PruningSchedule
{
    /// <summary>By equal steps: ρ·r/R after cut r.</summary>
    Linear,

    /// <summary>Fast first, then ever slower: ρ·(1 − (1 − r/R)³) after cut r (Zhu and Gupta, "To prune, or not to prune", 2017).</summary>
    Cubic,

    /// <summary>All at the first cut; the other rounds fine-tune.</summary>
    OneShot,
}

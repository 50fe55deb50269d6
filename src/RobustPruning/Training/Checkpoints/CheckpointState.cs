using RobustPruning.Pruning;

namespace RobustPruning.Training;

/// <summary>What a checkpoint holds beside weights. Draws depend on the epoch's number, so no state of a generator is needed.</summary>
/// <param name="Run">What the run is made of, by name: a checkpoint of another run is refused.</param>
/// <param name="Round">The round in training.</param>
/// <param name="EpochsInRound">Epochs of it that are over.</param>
/// <param name="Epochs">Epochs that are over in all rounds.</param>
/// <param name="Original">The size of the network before any cut.</param>
/// <param name="Rounds">The rounds that are over.</param>
internal sealed record CheckpointState(
    IReadOnlyDictionary<string, string> Run, int Round, int EpochsInRound, int Epochs, OriginalSize Original,
    IReadOnlyList<PruningRound> Rounds);

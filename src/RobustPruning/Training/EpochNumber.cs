namespace RobustPruning.Training;

/// <summary>Which epoch of a run.</summary>
/// <param name="Overall">Its number over all rounds, from 0.</param>
/// <param name="Round">0 before the first cut, then the number of cuts made.</param>
/// <param name="InRound">Its number in its round, from 0.</param>
internal readonly record struct EpochNumber(int Overall, int Round, int InRound);

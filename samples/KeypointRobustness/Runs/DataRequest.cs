using System.Text.Json;
using RobustPruning.Data;

namespace KeypointRobustness.Runs;

/// <summary>Which images a command works on, and how they are read.</summary>
/// <param name="Source">'aircraft', a folder or a label file.</param>
/// <param name="Count">How many scenes to draw.</param>
/// <param name="Seed">The seed of the scenes.</param>
/// <param name="HeldBack">The share that is kept from training.</param>
/// <param name="Files">How files are read.</param>
/// <param name="Options">All of that by the command line's names, to be remembered in a model file.</param>
internal sealed record DataRequest(
    string Source, int Count, int Seed, double HeldBack, KeypointDatasetOptions Files, IReadOnlyDictionary<string, JsonElement> Options);

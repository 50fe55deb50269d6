using KeypointRobustness.Pictures;
using RobustPruning.Data;

namespace KeypointRobustness.Runs;

/// <summary>Images with labels that are loaded one by one.</summary>
/// <param name="Names">Their names, in order.</param>
/// <param name="Placements">How each was scaled.</param>
/// <param name="KeypointNames">The keypoints' names.</param>
/// <param name="Load">Loads the image of an index.</param>
internal sealed record SampleSource(
    IReadOnlyList<string> Names, IReadOnlyList<ImagePlacement> Placements, IReadOnlyList<string> KeypointNames,
    Func<int, KeypointSample> Load)
{
    /// <summary>Loads the image of an index as reports show it.</summary>
    public Func<int, ShownImage> Show { get; init; } = index => ShownImage.Of(Load(index).Image);

    /// <summary>The images that <see cref="KeypointDataset.Split"/> holds back.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The share is not in (0, 1).</exception>
    /// <exception cref="DataException">There are fewer than 2 images.</exception>
    public SampleSource HeldBack(double share)
    {
        var first = Names.Count - KeypointDataset.HeldBackCount(Names.Count, share);
        return this with
        {
            Names = [.. Names.Skip(first)],
            Placements = [.. Placements.Skip(first)],
            Load = index => Load(first + index),
            Show = index => Show(first + index),
        };
    }

    /// <summary>The first images; all for 0.</summary>
    public SampleSource First(int count) =>
        count == 0 ? this : this with { Names = [.. Names.Take(count)], Placements = [.. Placements.Take(count)] };
}

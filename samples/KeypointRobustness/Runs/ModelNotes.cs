using System.Text.Json;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Models;

namespace KeypointRobustness.Runs;

/// <summary>
/// What a model file says about the data that its network was trained on: keypoint names, the split, and the digests of the training
/// images.
/// </summary>
internal sealed class ModelNotes
{
    private const string Names = "keypoints";
    private const string Images = "training images";
    private const string Data = "data options";

    private readonly HashSet<string> _training;

    private ModelNotes(string path, IReadOnlyDictionary<string, string> notes)
    {
        Path = path;
        try
        {
            Keypoints = notes.TryGetValue(Names, out var names) ? JsonSerializer.Deserialize<string[]>(names) : null;
            DataOptions = notes.TryGetValue(Data, out var options)
                ? JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(options)!
                : [];
            _training = notes.TryGetValue(Images, out var images) ? JsonSerializer.Deserialize<HashSet<string>>(images)! : [];
        }
        catch (JsonException error)
        {
            throw new DataException($"The notes of {path} are damaged: {error.Message}", error);
        }
    }

    /// <summary>The model file.</summary>
    public string Path { get; }

    /// <summary>The names of the keypoints in the network's order; null where the file does not say.</summary>
    public IReadOnlyList<string>? Keypoints { get; }

    /// <summary>How the data was read, by the command line's names; empty where the file does not say.</summary>
    public IReadOnlyDictionary<string, JsonElement> DataOptions { get; }

    /// <summary>Reads a model file's; empty for an ONNX model.</summary>
    /// <exception cref="ModelFileException">The file cannot be read.</exception>
    /// <exception cref="DataException">Its notes are damaged.</exception>
    public static ModelNotes Load(string path) =>
        new(path, ModelSource.IsOnnx(path) ? new Dictionary<string, string>() : ModelFile.LoadNotes(path));

    /// <summary>The notes of a network that was trained on images.</summary>
    /// <param name="training">The training images, as the network sees them.</param>
    /// <param name="request">How the data was read.</param>
    public static IReadOnlyDictionary<string, string> Of(KeypointDataset training, DataRequest request) => new Dictionary<string, string>
    {
        [Names] = JsonSerializer.Serialize(training.KeypointNames),
        [Images] = JsonSerializer.Serialize(training.Samples.Select(DigestOf).Distinct()),
        [Data] = JsonSerializer.Serialize(request.Options),
    };

    /// <summary>The value of one of <see cref="DataOptions"/>.</summary>
    /// <exception cref="DataException">It is no such value.</exception>
    public T? Value<T>(string name, JsonElement text)
    {
        try
        {
            return text.Deserialize<T>();
        }
        catch (JsonException error)
        {
            throw new DataException($"The notes of {Path} are damaged: {name} is {text}.", error);
        }
    }

    /// <summary>The images with their keypoints in the network's order.</summary>
    /// <exception cref="DataException">The names are others than the model's.</exception>
    public SampleSource Match(SampleSource samples)
    {
        if (Order(samples.KeypointNames) is not { } order)
            return samples;
        return samples with { KeypointNames = Keypoints!, Load = index => Reorder(samples.Load(index), order) };
    }

    /// <summary>As <see cref="Match(SampleSource)"/>.</summary>
    public KeypointDataset Match(KeypointDataset dataset) =>
        Order(dataset.KeypointNames) is { } order
            ? new KeypointDataset([.. dataset.Samples.Select(sample => Reorder(sample, order))], Keypoints!)
            : dataset;

    /// <summary>Whether the network was trained on an image.</summary>
    public bool IsTrainedOn(KeypointSample sample) => _training.Count > 0 && _training.Contains(DigestOf(sample));

    /// <summary>Other notes, with the training images of both.</summary>
    public IReadOnlyDictionary<string, string> With(IReadOnlyDictionary<string, string> other) => new Dictionary<string, string>(other)
    {
        [Images] = JsonSerializer.Serialize(_training.Union(JsonSerializer.Deserialize<string[]>(other[Images])!)),
    };

    private static string DigestOf(KeypointSample sample)
    {
        using var image = sample.Image.ToTensor();
        return Digest.Of(image);
    }

    private static KeypointSample Reorder(KeypointSample sample, int[] order) => new(
        sample.Name, sample.Image, [.. order.SelectMany(index => new[] { sample.Keypoints[2 * index], sample.Keypoints[(2 * index) + 1] })],
        [.. order.Select(index => sample.Visible[index])], sample.Placement);

    /// <summary>Where each of the model's keypoints is among the names; null if they are in order.</summary>
    private int[]? Order(IReadOnlyList<string> names)
    {
        if (Keypoints is null || Keypoints.SequenceEqual(names))
            return null;
        string[] missing = [.. Keypoints.Except(names)], stray = [.. names.Except(Keypoints)];
        if (missing.Length + stray.Length > 0)
        {
            throw new DataException(
                $"The keypoints of the data are not those of {Path}: "
                    + $"the data lacks {(missing.Length > 0 ? string.Join(", ", missing) : "none")}, the model knows no "
                    + $"{(stray.Length > 0 ? string.Join(", ", stray) : "others")}.");
        }

        var places = names.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        return [.. Keypoints.Select(name => places[name])];
    }
}

using System.Text.Json;
using PureHDF;
using PureHDF.VOL.Native;

namespace RobustPruning.Data.Formats;

/// <summary>
/// Reads SLEAP's labels, an HDF5 file: what people labelled, not what a model predicted. Images are those inside the file (a labels
/// package) or image files that it names; frames of video files are refused.
/// </summary>
internal static class SleapFile
{
    private const byte User = 0;

    // Before this format, pixel corners were at whole numbers instead of pixel centres.
    private const double CentredFormat = 1.1;

    /// <summary>Whether a file begins like HDF5.</summary>
    public static bool IsHdf5(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            Span<byte> start = stackalloc byte[8];
            return stream.ReadAtLeast(start, 8, throwOnEndOfStream: false) == 8
                && start.SequenceEqual<byte>([0x89, (byte)'H', (byte)'D', (byte)'F', 13, 10, 26, 10]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Reads a file; it stays open until the label set is disposed.</summary>
    /// <exception cref="DataException">The file is not such a file, an image is missing, or frames are in a video file.</exception>
    public static LabelSet Read(string path, KeypointDatasetOptions options)
    {
        if (!IsHdf5(path))
            throw new DataException($"{path} is not a SLEAP file: it is no HDF5.") { Name = path };
        NativeFile? file = null;
        try
        {
            file = H5File.OpenRead(path);
            return Read(file, path, options);
        }
        catch (Exception error)
        {
            file?.Dispose();
            if (error is DataException or OutOfMemoryException)
                throw;
            throw new DataException($"{path} is damaged, or not SLEAP's labels: {error.Message}", error) { Name = path };
        }
    }

    private static LabelSet Read(NativeFile file, string path, KeypointDatasetOptions options)
    {
        foreach (var name in (string[])["metadata", "frames", "instances", "points", "videos_json"])
        {
            if (!file.LinkExists(name))
                throw new DataException($"{path} is not SLEAP's labels: it has no '{name}'.") { Name = path };
        }

        var metadata = file.Group("metadata");
        using var json = JsonDocument.Parse(metadata.Attribute("json").Read<string>());
        var root = new JsonPlace(path, "metadata", json.RootElement);
        var shift = metadata.AttributeExists("format_id") && metadata.Attribute("format_id").Read<double>() >= CentredFormat ? 0 : 0.5;
        var tracks = file.LinkExists("tracks_json")
            ? Texts(file, "tracks_json").Select((text, index) => TrackName(path, text, index)).ToList()
            : [];
        if (options.Individual is { } individual && !tracks.Contains(individual))
        {
            throw new DataException(
                $"{path} has no track '{individual}' (Individual); there is {(tracks.Count > 0 ? string.Join(", ", tracks) : "none")}.")
                { Name = path };
        }


        var (frames, instances, points) = (Rows(file, "frames"), Rows(file, "instances"), Rows(file, "points"));
        var videos = new SleapVideos(file, path, Texts(file, "videos_json"), options.ImageFolder);
        var (objects, predicted, skeletons) = (new List<LabelledObject>(), 0, new HashSet<long>());
        foreach (var (index, frame) in frames.Index())
        {
            var place = new DataPlace(path, Name: $"frames[{index}]");
            var (start, end) = (
                frame.Whole("instance_id_start", instances.Count, place),
                frame.Whole("instance_id_end", instances.Count, place));
            var labelled = new List<(int Index, SleapRow Row)>();
            for (var i = start; i < end; i++)
            {
                if (instances[i].Whole("instance_type", 1, place) == User)
                    labelled.Add((i, instances[i]));
                else
                    predicted++;
            }

            if (options.Individual is { } track)
                labelled.RemoveAll(item => tracks.ElementAtOrDefault((int)item.Row.Number("track")) != track);
            if (labelled.Count == 0)
                continue;
            var image = videos.Frame(frame.Whole("video", int.MaxValue, place), (long)frame.Number("frame_idx"), place);
            foreach (var (i, row) in labelled)
            {
                skeletons.Add((long)row.Number("skeleton"));
                var at = new DataPlace(path, Name: $"instances[{i}]");
                var (first, last) = (row.Whole("point_id_start", points.Count, at), row.Whole("point_id_end", points.Count, at));
                objects.Add(ReadObject(image, path, points, first, last, shift));
            }
        }

        if (objects.Count == 0)
            throw new DataException(
                $"{path} holds no label that a person made{(predicted > 0 ? $"; the {predicted} predictions in it are not used" : "")}.")
            {
                Name = path,
            };
        if (skeletons.Count > 1)
            throw new DataException($"{path} has objects of {skeletons.Count} skeletons: one is supported.") { Name = path };
        var names = KeypointNames(root, (int)skeletons.Single());
        if (objects.FirstOrDefault(item => item.Points.Count != names.Count) is { } odd)
            throw new DataException(odd.PlaceOf(0, 0), $"an object has {odd.Points.Count} points, but its skeleton has {names.Count}.");
        string[] notes = predicted > 0 ? [$"{path}: {predicted} predicted objects are left out; only what a person labelled is used."] : [];
        return new LabelSet(names, objects, notes, file);
    }

    private static LabelledObject ReadObject(
        ImageSource image, string path, IReadOnlyList<SleapRow> points, int start, int end, double shift)
    {
        var read = new List<(double?, double?)>();
        for (var i = start; i < end; i++)
        {
            var (x, y) = (points[i].Number("x"), points[i].Number("y"));

            // A point that is not there is NaN; what is hidden is a label as well.
            read.Add((double.IsNaN(x) ? null : x - shift, double.IsNaN(y) ? null : y - shift));
        }

        return new LabelledObject(
            image,
            read,
            (keypoint, axis) => new DataPlace(path, Name: $"points[{start + keypoint}].{(axis == 0 ? "x" : "y")}"));
    }

    private static List<string> KeypointNames(JsonPlace root, int skeleton)
    {
        var all = root.Get("nodes").Items().ToList();
        var skeletons = root.Get("skeletons").Items().ToList();
        if (skeleton < 0 || skeleton >= skeletons.Count)
            throw root.Get("skeletons").Problem($"there is no skeleton {skeleton}.");
        var names = new List<string>();
        foreach (var node in skeletons[skeleton].Get("nodes").Items())
        {
            var id = node.Get("id").Number();
            if (!(id >= 0 && id < all.Count && id == Math.Floor(id)))
                throw node.Get("id").Problem($"there is no node {id}.");
            names.Add(all[(int)id].Get("name").Text());
        }

        return names.Count > 0 && names.Distinct().Count() == names.Count
            ? names
            : throw skeletons[skeleton].Get("nodes").Problem("the names of the keypoints are missing or repeated.");
    }

    private static string TrackName(string path, string text, int index)
    {
        using var json = JsonDocument.Parse(text);
        var track = new JsonPlace(path, $"tracks_json[{index}]", json.RootElement).Items().ToList();
        return track is [_, var name]
            ? name.Text()
            : throw new DataException(new DataPlace(path, Name: $"tracks_json[{index}]"), "a track is a number and a name.");
    }

    private static string[] Texts(NativeFile file, string name) =>
        file.Dataset(name).Space.Dimensions is [0] ? [] : file.Dataset(name).Read<string[]>();

    private static List<SleapRow> Rows(NativeFile file, string name) => file.Dataset(name).Space.Dimensions is [0]
        ? []
        : [.. file.Dataset(name).Read<Dictionary<string, object>[]>().Select(fields => new SleapRow(name, fields))];
}

/// <summary>One record of a table in SLEAP's file.</summary>
internal sealed record SleapRow(string Table, IReadOnlyDictionary<string, object> Fields)
{
    /// <summary>A field as a number.</summary>
    public double Number(string name) => Fields.TryGetValue(name, out var value)
        ? Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture)
        : throw new InvalidDataException($"the table '{Table}' has no field '{name}'.");

    /// <summary>A field as a whole number between 0 and <paramref name="greatest"/>.</summary>
    public int Whole(string name, int greatest, DataPlace place) =>
        Number(name) is >= 0 and var number && number <= greatest && number == Math.Floor(number)
            ? (int)number
            : throw new DataException(place, $"{name} is {Number(name)}, but must be a whole number from 0 to {greatest}.");
}

using RobustPruning.Data.Images;

namespace RobustPruning.Data.Formats;

/// <summary>Reads labels, then images one by one, and scales both.</summary>
internal static class DatasetLoader
{
    // Labels at the very edge come out a little beyond it, at most this much beyond a pixel's centre; they are moved to the edge.
    private const double Beyond = 1;
    private const double Edge = 0.5;

    /// <summary>Reads a data set.</summary>
    /// <exception cref="DataException">A file is missing or cannot be used.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static KeypointDataset Load(
        string path, KeypointDatasetOptions options, IProgress<(int Done, int Total)>? progress, CancellationToken cancellationToken)
    {
        using var labels = LabelFiles.Read(path, options);
        var scaled = new List<float[]>();
        (string Key, DecodedImage Image)? last = null;
        var (placed, depth, notes) = Place(
            path,
            labels,
            options,
            source => Decode(source).Facts,
            sample => scaled.Add(sample.Resample(last!.Value.Image)),
            progress,
            cancellationToken);
        return new KeypointDataset([.. placed.Zip(scaled, (sample, pixels) => sample.Finish(pixels, depth))], labels.KeypointNames)
        {
            Notes = notes,
        };

        DecodedImage Decode(ImageSource source)
        {
            if (last?.Key != source.Key)
                last = (source.Key, source.Decode(options.Images.Background));
            return last.Value.Image;
        }
    }

    /// <summary>
    /// Reads the labels of a data set, and of its images what has to be known of all; images are loaded when they are asked for.
    /// </summary>
    /// <exception cref="DataException">A file is missing or cannot be used.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static KeypointDatasetReader Open(
        string path, KeypointDatasetOptions options, IProgress<(int Done, int Total)>? progress, CancellationToken cancellationToken)
    {
        var labels = LabelFiles.Read(path, options);
        try
        {
            var (placed, depth, notes) = Place(
                path, labels, options, source => source.Measure(options.Images.Background), _ => { }, progress, cancellationToken);
            return new KeypointDatasetReader(labels, placed, index => placed[index].Load(options.Images.Background, depth), notes);
        }
        catch
        {
            labels.Dispose();
            throw;
        }
    }

    private static (List<PlacedSample> Samples, int Depth, List<string> Notes) Place(
        string path, LabelSet labels, KeypointDatasetOptions options, Func<ImageSource, ImageFacts> measure, Action<PlacedSample> found,
        IProgress<(int Done, int Total)>? progress, CancellationToken cancellationToken)
    {
        var names = Names(labels.Objects, options);
        var notes = new List<string>(labels.Notes);
        var atOrigin = 0;
        var placed = new List<PlacedSample>();
        foreach (var (item, name) in labels.Objects.Zip(names))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var isSame = placed.Count > 0 && placed[^1].Source.Key == item.Image.Key;
            var image = isSame ? placed[^1].Image : Checked(item.Image, measure(item.Image), options.Images);
            var points = Enumerable
                .Range(0, labels.KeypointNames.Count)
                .Select(keypoint => Point(item, keypoint, image, options))
                .ToArray();
            atOrigin += points.Count(point => point is (0, 0));
            placed.Add(Scale(name, item, image, points, options));
            found(placed[^1]);
            progress?.Report((placed.Count, labels.Objects.Count));
        }

        if (!placed.Exists(sample => sample.Visible.Contains(true)))
            throw new DataException($"{path} holds no label at all.") { Name = path };
        if (atOrigin > 0)
            notes.Add(
                $"{path}: {atOrigin} labels are at exactly (0, 0) and count as labels; where that means 'not labelled', say so "
                + $"(MissingAtOrigin).");
        notes.AddRange(ImageNotes(path, placed, options.Images));
        return (placed, Depth(placed, options.Images), notes);
    }

    /// <summary>The shortest ends of the images' paths that tell them apart; objects of one image are numbered.</summary>
    private static List<string> Names(IReadOnlyList<LabelledObject> objects, KeypointDatasetOptions options)
    {
        var images = objects.GroupBy(item => item.Image.Key).ToList();
        var ends = 1;
        while (ends < 8 && images.Select(image => End(image.First().Image.Path, ends)).Distinct().Count() < images.Count)
            ends++;
        if (options.Crop == KeypointCrop.None && images.FirstOrDefault(image => image.Count() > 1) is { } crowded)
        {
            var image = crowded.First().Image;
            throw new DataException(
                image.Place,
                $"image {image.Path} has {crowded.Count()} labelled objects: choose one by name (Individual), "
                + "or make each a sample of its own (Crop = Box).");
        }

        var count = new Dictionary<string, int>();
        return [.. objects.Select(item =>
        {
            var (key, name) = (item.Image.Key, End(item.Image.Path, ends));
            var number = count[key] = count.GetValueOrDefault(key) + 1;
            return number == 1 ? name : $"{name} #{number}";
        })];
    }

    private static string End(string path, int segments) =>
        string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries).TakeLast(segments));

    private static ImageFacts Checked(ImageSource source, ImageFacts image, ImageOptions options)
    {
        if (source.StatedSize is { } size && size != (image.Width, image.Height))
        {
            throw new DataException(
                source.Place,
                $"image {source.Path} has {image.Width}×{image.Height} pixels, but the labels are for {size.Width}×{size.Height}.");
        }

        if (options.BitDepth is { } depth)
            image.RequireDepth(depth, source.Key);
        return image;
    }

    private static (double X, double Y)? Point(LabelledObject item, int keypoint, ImageFacts image, KeypointDatasetOptions options)
    {
        var (x, y) = item.Points[keypoint];
        if (x is null && y is null)
            return null;
        if (x is null || y is null)
            throw new DataException(item.PlaceOf(keypoint, x is null ? 0 : 1), "there is only one of x and y.");
        if (options.MissingAtOrigin && x == 0 && y == 0)
            return null;
        if (options.MissingIfNegative && (x < 0 || y < 0))
            return null;
        return (Inside(item, keypoint, 0, x.Value, image.Width), Inside(item, keypoint, 1, y.Value, image.Height));
    }

    private static double Inside(LabelledObject item, int keypoint, int axis, double value, int size)
    {
        if (value >= -Beyond && value <= size - 1 + Beyond)
            return Math.Clamp(value, -Edge, size - 1 + Edge);
        var hint = value < 0 ? "; where negative means 'not labelled', say so (MissingIfNegative)" : "";
        throw new DataException(
            item.PlaceOf(keypoint, axis),
            FormattableString.Invariant($"{value} is outside the image, which is {size} pixels in this direction{hint}."));
    }

    private static PlacedSample Scale(
        string name, LabelledObject item, ImageFacts image, (double X, double Y)?[] points, KeypointDatasetOptions options)
    {
        var window = options.Crop == KeypointCrop.Box ? Box(item, points, options.CropMargin) : (0, 0, image.Width, image.Height);
        var placement = ImagePlacement.Over(window, image.Height, image.Width, options.Height, options.Width, options.KeepAspectRatio);
        var keypoints = new float[2 * points.Length];
        for (var k = 0; k < points.Length; k++)
        {
            if (points[k] is not { } point)
                continue;
            var (x, y) = placement.ToScaled(point.X, point.Y);
            (keypoints[2 * k], keypoints[2 * k + 1]) = ((float)x, (float)y);
        }

        return new PlacedSample(name, item.Image, image, keypoints, [.. points.Select(point => point is not null)], placement);
    }

    /// <summary>
    /// The object's box grown to hold its labels, or the box of its labels, with a margin; at least one pixel wide and high.
    /// </summary>
    private static (double Left, double Top, double Width, double Height) Box(
        LabelledObject item,
        (double X, double Y)?[] points,
        double margin)
    {
        var labelled = points.OfType<(double X, double Y)>().ToList();
        if (item.Box is null && labelled.Count == 0)
            throw new DataException(item.Image.Place, $"image {item.Image.Path} has neither a box nor a label to crop to (Crop = Box).");
        var lefts = labelled.Select(point => point.X).ToList();
        var tops = labelled.Select(point => point.Y).ToList();
        var (rights, bottoms) = (lefts.Select(x => x + 1).ToList(), tops.Select(y => y + 1).ToList());
        if (item.Box is { } box)
        {
            lefts.Add(box.Left);
            tops.Add(box.Top);
            rights.Add(box.Left + box.Width);
            bottoms.Add(box.Top + box.Height);
        }

        var (left, top, width, height) = (lefts.Min(), tops.Min(), rights.Max() - lefts.Min(), bottoms.Max() - tops.Min());
        var grow = margin * Math.Max(width, height);
        return (left - grow, top - grow, width + 2 * grow, height + 2 * grow);
    }

    private static int Depth(List<PlacedSample> samples, ImageOptions options) =>
        options.BitDepth
        ?? DecodedImage.DepthOf(
            samples.Where(sample => sample.Image.Bits == 16).Select(sample => sample.Image.Greatest).DefaultIfEmpty(0).Max());

    private static IEnumerable<string> ImageNotes(string path, List<PlacedSample> samples, ImageOptions options)
    {
        var depth = Depth(samples, options);
        if (options.BitDepth is null && depth < 16)
            yield return $"{path}: the 16-bit images have no value of more than {depth} bits and are read as {depth} bits (BitDepth).";
        var transparent = samples.Where(sample => sample.Image.Transparent > 0).ToList();
        if (options.Background is null && transparent.Count > 0)
        {
            yield return $"{path}: {transparent.Count} images have transparent pixels, {transparent[0].Name} the first: "
                + "the colours stored for them are used (Background).";
        }
    }
}

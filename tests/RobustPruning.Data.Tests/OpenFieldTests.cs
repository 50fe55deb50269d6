using RobustPruning.Data.Tests.Formats;

namespace RobustPruning.Data.Tests;

/// <summary>A whole DeepLabCut example project, and the same labels in the other formats, give the same training set.</summary>
[TestFixture]
internal sealed class OpenFieldTests
{
    private static readonly KeypointDatasetOptions Options = new() { Height = 48, Width = 64 };

    [Test]
    public void AllFormatsGiveTheSameTrainingSet()
    {
        var source = SharedFolder.Find("data/openfield");
        using var folder = new TemporaryFolder();
        const string video = "labeled-data/m4s1";
        Directory.CreateDirectory(folder.File(video));
        string[] images = [.. Directory.GetFiles(source, "*.png").Order(StringComparer.Ordinal)];
        foreach (var image in images)
            File.CreateSymbolicLink(folder.File($"{video}/{Path.GetFileName(image)}"), image);
        File.Copy(Path.Combine(source, "CollectedData.csv"), folder.File($"{video}/CollectedData_Pranav.csv"));
        File.WriteAllText(folder.File("config.yaml"), "Task: openfield\nscorer: Pranav\n");

        var expected = KeypointDataset.Load(folder.Path, Options);
        Assert.That(expected.Samples, Has.Count.EqualTo(116));
        Assert.That(expected.KeypointNames, Is.EqualTo(new[] { "snout", "leftear", "rightear", "tailbase" }));
        Assert.That(expected.Samples.SelectMany(sample => sample.Keypoints), Is.All.InRange(-0.5f, 63.5f));
        Assert.That(expected.Samples[0].Placement.OriginalPixelsX, Is.EqualTo(10));

        // Read again without the loader: the labels as they stand in the file.
        var rows = File.ReadLines(Path.Combine(source, "CollectedData.csv"))
            .Skip(3)
            .Select(line => line.Split(','))
            .Select(cells => new Labelled(
                $"{video}/{cells[0].Split('/')[^1]}",
                [.. cells.Skip(1).Select(cell => double.Parse(cell, System.Globalization.CultureInfo.InvariantCulture))]))
            .ToList();
        var names = expected.KeypointNames;
        Directory.CreateDirectory(folder.File("formats"));
        File.WriteAllText(folder.File("formats/coco.json"), LabelWriters.Coco(names, rows, (640, 480)));
        File.WriteAllText(folder.File("formats/plain.csv"), LabelWriters.Csv(names, rows));
        File.WriteAllText(folder.File("CollectedData.csv"), LabelWriters.DeepLabCut(names, rows, "lightning_tracker"));
        LabelWriters.Sleap(folder.File("formats/images.slp"), names, rows);
        LabelWriters.Sleap(
            folder.File("formats/embedded.pkg.slp"),
            names,
            rows,
            [.. rows.Select(row => File.ReadAllBytes(folder.File(row.Image)))]);

        Same(KeypointDataset.Load(source, Options), expected, "the folder of the video alone");
        Same(KeypointDataset.Load(folder.File("formats/coco.json"), Options), expected, "COCO");
        Same(KeypointDataset.Load(folder.File("formats/plain.csv"), Options), expected, "CSV");
        Same(KeypointDataset.Load(folder.Path, Options with { Format = KeypointFormat.LightningPose }), expected, "Lightning Pose");
        Same(KeypointDataset.Load(folder.File("formats/images.slp"), Options), expected, "SLEAP, image files");
        Same(KeypointDataset.Load(folder.File("formats/embedded.pkg.slp"), Options), expected, "SLEAP, images inside", names: false);
    }

    private static void Same(KeypointDataset actual, KeypointDataset expected, string format, bool names = true)
    {
        Assert.That(actual.KeypointNames, Is.EqualTo(expected.KeypointNames), format);
        Assert.That(actual.Samples, Has.Count.EqualTo(expected.Samples.Count), format);
        foreach (var (one, other) in actual.Samples.Zip(expected.Samples))
        {
            if (names)
                Assert.That(one.Name, Is.EqualTo(other.Name), format);
            Assert.That(one.Keypoints, Is.EqualTo(other.Keypoints), format);
            Assert.That(one.Visible, Is.EqualTo(other.Visible), format);
            Assert.That(one.Image.Pixels.AsSpan().SequenceEqual(other.Image.Pixels), Is.True, $"{format}: the pixels of {one.Name}");
        }
    }
}

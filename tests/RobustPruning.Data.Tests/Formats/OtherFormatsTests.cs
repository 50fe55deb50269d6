using System.Text.Json.Nodes;
using RobustPruning.Tests;

namespace RobustPruning.Data.Tests.Formats;

[TestFixture]
internal sealed class OtherFormatsTests
{
    private static readonly string[] Names = ["nose", "tail"];
    private static readonly KeypointDatasetOptions Options = new() { Height = 8, Width = 16 };

    private static List<Labelled> Rows => [new("img/a.png", [4.5, 2, 0, 0]), new("img/b.png", [double.NaN, double.NaN, 2.5, 3])];

    [Test]
    public void EachFormatIsFoundFromItsFolderAndReadAlike(
        [Values("csv", "coco", "sleap", "package", "lightning", "deeplabcut")] string format,
        [Values] bool named)
    {
        using var folder = MakeFolder();
        Write(folder, format);
        var options = Options with
        {
            Format = !named ? KeypointFormat.Auto : format switch
            {
                "csv" => KeypointFormat.Csv,
                "coco" => KeypointFormat.Coco,
                "lightning" => KeypointFormat.LightningPose,
                "deeplabcut" => KeypointFormat.DeepLabCut,
                _ => KeypointFormat.Sleap,
            },
        };

        var dataset = KeypointDataset.Load(folder.Path, options);

        Assert.That(dataset.KeypointNames, Is.EqualTo(Names));
        Assert.That(dataset.Samples[0].Keypoints, Is.EqualTo(new[] { 4.5f, 2, 0, 0 }));
        Assert.That(dataset.Samples[1].Keypoints, Is.EqualTo(new[] { 0, 0, 2.5f, 3 }));
        Assert.That(dataset.Samples.SelectMany(sample => sample.Visible), Is.EqualTo(new[] { true, true, false, true }));
        Assert.That(dataset.Samples[0].Image.Pixels, Is.EqualTo(TestImages.Noise(8, 16, 1).Pixels));
        using var reader = KeypointDatasetReader.Open(folder.Path, options);
        Assert.That(reader.Load(1).Image.Pixels, Is.EqualTo(dataset.Samples[1].Image.Pixels));
        if (format != "package")
            Assert.That(dataset.Samples.Select(sample => sample.Name), Is.EqualTo(new[] { "a.png", "b.png" }));
    }

    [Test]
    public void OneSampleAtATimeBecomesTensors()
    {
        using var folder = MakeFolder();
        Write(folder, "csv");

        using var data = KeypointDataset.Load(folder.Path, Options).ToKeypointData();

        Assert.That(data.Images.shape, Is.EqualTo(new long[] { 2, 3, 8, 16 }));
        Assert.That(data.Labels.data<float>().ToArray(), Is.EqualTo(new[] { 4.5f, 2, 0, 0, float.NaN, float.NaN, 2.5f, 3 }));
    }

    [Test]
    public void SeveralLabelFilesAreRefusedUnlessOneIsNamed()
    {
        using var folder = MakeFolder();
        Write(folder, "csv");
        Write(folder, "coco");

        Assert.That(
            () => KeypointDataset.Load(folder.Path, Options),
            Throws.TypeOf<DataException>().With.Message.Contains("labels.csv").And.Message.Contains("labels.json"));
        Assert.That(KeypointDataset.Load(folder.File("labels.json"), Options).Samples, Has.Count.EqualTo(2));
        Assert.That(KeypointDataset.Load(folder.Path, Options with { Format = KeypointFormat.Csv }).Samples, Has.Count.EqualTo(2));
    }

    [TestCase("image,nose_x\nimg/a.png,1", "only one of x and y")]
    [TestCase("image,nose_x,nose_y,weight\nimg/a.png,1,1,1", "row 1, column 4: 'weight'")]
    [TestCase("image,nose_x,nose_y,nose_x\nimg/a.png,1,1,1", "row 1, column 4: the x of keypoint 'nose' is repeated")]
    [TestCase("image\nimg/a.png", "no keypoint")]
    [TestCase("picture,nose_x,nose_y\nimg/a.png,1,1", "row 1, column 1: the header begins with 'picture'")]
    [TestCase("image,nose_x,nose_y\n", "no rows")]
    [TestCase("", "is empty")]
    [TestCase("image,nose_x,nose_y\nimg/a.png,1,high", "row 2, column 3 (nose y): 'high' is not a number")]
    [TestCase("image,nose_x,nose_y\nimg/a.png,1,1\n\nimg/b.png,99,1", "row 4, column 2 (nose x): 99 is outside")]
    [TestCase("image,nose_x,nose_y\nimg/a.png,-5,1", "MissingIfNegative")]
    public void BadCsvIsNamedWithItsPlace(string csv, string expected)
    {
        using var folder = MakeFolder();
        File.WriteAllText(folder.File("labels.csv"), csv);

        Assert.That(
            () => KeypointDataset.Load(folder.Path, Options),
            Throws.TypeOf<DataException>().With.Message.Contains(expected).And.Message.Contains("labels.csv"));
    }

    [Test]
    public void TheExceptionTellsFileRowAndColumn()
    {
        using var folder = MakeFolder();
        File.WriteAllText(folder.File("labels.csv"), "image,nose_x,nose_y\nimg/a.png,1,high");

        var error = Assert.Throws<DataException>(() => KeypointDataset.Load(folder.Path, Options))!;

        Assert.That((error.File, error.Row, error.Column), Is.EqualTo((folder.File("labels.csv"), 2, 3)));
    }

    [Test]
    public void CocoVisibilityDecidesWhatIsALabel()
    {
        using var folder = MakeFolder();
        WriteCoco(folder, root => root["annotations"]![0]!["keypoints"] = new JsonArray(3, 4, 1, 5, 6, 0));

        var sample = KeypointDataset.Load(folder.Path, Options).Samples[0];

        Assert.That(sample.Visible, Is.EqualTo(new[] { true, false }));
        Assert.That(sample.Keypoints, Is.EqualTo(new float[] { 3, 4, 0, 0 }));
    }

    [Test]
    public void CocoObjectsOfOneImageAreRefusedOrCropped()
    {
        using var folder = MakeFolder();
        WriteCoco(folder, root => root["annotations"]!.AsArray().Add(new JsonObject
        {
            ["image_id"] = 7, ["category_id"] = 3, ["keypoints"] = new JsonArray(8, 4, 2, 11, 6, 2), ["bbox"] = new JsonArray(8, 4, 4, 2),
        }));

        Assert.That(
            () => KeypointDataset.Load(folder.Path, Options),
            Throws.TypeOf<DataException>().With.Message.Contains("a.png has 2 labelled objects"));

        var cropped = KeypointDataset.Load(folder.Path, Options with { Crop = KeypointCrop.Box, CropMargin = 0, KeepAspectRatio = false });
        Assert.That(cropped.Samples.Select(sample => sample.Name), Is.EqualTo(new[] { "a.png", "a.png #2", "b.png" }));
        var place = cropped.Samples[1].Placement;

        // The box of 8 to 12 by 4 to 6 grows to hold the label at row 6, whose pixel ends at 7.
        Assert.That((place.Left, place.Top, place.Width, place.Height), Is.EqualTo((8.0, 4.0, 4.0, 3.0)));
        Assert.That(place.ToOriginal(cropped.Samples[1].Keypoints[2], cropped.Samples[1].Keypoints[3]).X, Is.EqualTo(11).Within(1e-5));
    }

    [Test]
    public void CropsKeepLabelsInsideAndOnTheirPixels([Values] bool keepAspectRatio)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(FreshSeedsAttribute.Current);

        // White dots at the labels: they must be where the scaled labels are.
        var rows = new List<Labelled>();
        for (var i = 0; i < 10; i++)
        {
            var pixels = new float[3 * 40 * 60];
            double[] points = [random.Next(60), random.Next(40), random.Next(60), random.Next(40)];
            for (var c = 0; c < 3; c++)
            {
                pixels[(c * 40 + (int)points[1]) * 60 + (int)points[0]] = 1;
                pixels[(c * 40 + (int)points[3]) * 60 + (int)points[2]] = 1;
            }

            TestFiles.SavePng(folder.File($"{i}.png"), new ImageData(pixels, 3, 40, 60));
            rows.Add(new($"{i}.png", points));
        }

        File.WriteAllText(folder.File("labels.csv"), LabelWriters.Csv(Names, rows));
        var dataset = KeypointDataset.Load(
            folder.Path,
            new()
            {
                Height = 200,
                Width = 300,
                Crop = KeypointCrop.Box,
                KeepAspectRatio = keepAspectRatio,
            });
        foreach (var sample in dataset.Samples)
        {
            for (var k = 0; k < 2; k++)
            {
                var (x, y) = (sample.Keypoints[2 * k], sample.Keypoints[2 * k + 1]);
                Assert.That(sample.Image[0, (int)Math.Round(y), (int)Math.Round(x)], Is.GreaterThan(0.2f), $"{sample.Name} at {x}, {y}");
            }
        }
    }

    [TestCase("""{"images": [], """, "row 1, column")]
    [TestCase("[1, 2]", "the whole file: a Array stands where an object")]
    [TestCase("""{"images": [], "annotations": []}""", "'categories' is missing")]
    public void BadJsonIsNamedWithItsPlace(string json, string expected)
    {
        using var folder = MakeFolder();
        File.WriteAllText(folder.File("labels.json"), json);

        Assert.That(
            () => KeypointDataset.Load(folder.File("labels.json"), Options),
            Throws.TypeOf<DataException>().With.Message.Contains(expected).And.Message.Contains("labels.json"));
    }

    [Test]
    public void BadCocoIsNamedWithItsPlace(
        [Values("id", "length", "flag", "text", "category", "name", "repeated", "box", "size", "missing", "outside")] string fault)
    {
        using var folder = MakeFolder();
        WriteCoco(folder, root => Break(root, fault));
        var expected = fault switch
        {
            "id" => "annotations[1].image_id: there is no image of id 99",
            "length" => "annotations[1].keypoints: 5 numbers instead of 6",
            "flag" => "annotations[1].keypoints[2]: the visibility is 7",
            "text" => "annotations[1].keypoints[3]: \"four\" is not a number",
            "category" => "annotations[1].category_id: there is no category of id 5",
            "name" => "categories[0].keypoints: the names of the keypoints are missing, empty or repeated",
            "repeated" => "images[1].id: the image id 7 is repeated",
            "box" => "annotations[1].bbox: a box is",
            "size" => "images[1].file_name: image img/b.png has 16×8 pixels, but the labels are for 32×8",
            "missing" => "images[1].file_name: there is no image c.png",
            _ => "annotations[1].keypoints[4]: 50 is outside the image",
        };

        Assert.That(
            () => KeypointDataset.Load(folder.Path, Options),
            Throws.TypeOf<DataException>().With.Message.Contains(expected).And.Message.Contains("labels.json"));
    }

    [Test]
    public void CocoLeavesOutCrowdsBoxesAndImagesWithoutObjects()
    {
        using var folder = MakeFolder();
        WriteCoco(folder, root =>
        {
            var annotations = root["annotations"]!.AsArray();
            annotations.Add(
                new JsonObject
                {
                    ["image_id"] = 7,
                    ["category_id"] = 3,
                    ["iscrowd"] = 1,
                    ["keypoints"] = new JsonArray(1, 1, 2, 1, 1, 2),
                });
            annotations.Add(new JsonObject { ["image_id"] = 7, ["category_id"] = 9, ["bbox"] = new JsonArray(1, 1, 2, 2) });
            annotations.Add(new JsonObject { ["image_id"] = 7, ["category_id"] = 3, ["keypoints"] = new JsonArray(0, 0, 0, 0, 0, 0) });
            root["images"]!.AsArray().Add(new JsonObject { ["id"] = 50, ["file_name"] = "not there.png" });
            root["categories"]!.AsArray().Add(new JsonObject { ["id"] = 9, ["name"] = "thing" });
        });

        var dataset = KeypointDataset.Load(folder.Path, Options);

        Assert.That(dataset.Samples, Has.Count.EqualTo(2));
        Assert.That(dataset.Samples[0].Keypoints, Is.EqualTo(new[] { 4.5f, 2, 0, 0 }));
        Assert.That(dataset.Notes, Has.One.Contains("1 of 3 images"));
    }

    [Test]
    public void CocoCategoriesAreChosenByName()
    {
        using var folder = MakeFolder();
        WriteCoco(folder, root =>
        {
            root["categories"]!.AsArray().Add(new JsonObject { ["id"] = 9, ["name"] = "bird", ["keypoints"] = new JsonArray("beak") });
            root["annotations"]!
                .AsArray()
                .Add(
                    new JsonObject
                    {
                        ["image_id"] = 7,
                        ["category_id"] = 9,
                        ["keypoints"] = new JsonArray(1, 2, 2),
                    });
        });

        Assert.That(() => KeypointDataset.Load(folder.Path, Options), Throws.TypeOf<DataException>().With.Message.Contains("animal, bird"));
        Assert.That(KeypointDataset.Load(folder.Path, Options with { Individual = "bird" }).KeypointNames, Is.EqualTo(new[] { "beak" }));
        Assert.That(
            () => KeypointDataset.Load(folder.Path, Options with { Individual = "fish" }),
            Throws.TypeOf<DataException>().With.Message.Contains("'fish'"));
    }

    [TestCase("annotations/labels.json", "train2017")]
    [TestCase("annotations/labels.json", "images/train2017")]
    [TestCase("labels.json", "images")]
    [TestCase("labels.json", ".")]
    public void CocoImagesAreFoundInTheUsualFolders(string labels, string images)
    {
        using var folder = new TemporaryFolder();
        TestFiles.SavePng(folder.File($"{images}/a.png"), TestImages.Noise(8, 16));
        Directory.CreateDirectory(folder.File("annotations"));
        File.WriteAllText(folder.File(labels), LabelWriters.Coco(Names, [new("a.png", [1, 2, 3, 4])]));

        Assert.That(KeypointDataset.Load(folder.File(labels), Options).Samples, Has.Count.EqualTo(1));
    }

    [Test]
    public void CocoImagesThatMayBeTwoFilesAreRefused()
    {
        using var folder = new TemporaryFolder();
        TestFiles.SavePng(folder.File("train/a.png"), TestImages.Noise(8, 16, 1));
        TestFiles.SavePng(folder.File("val/a.png"), TestImages.Noise(8, 16, 2));
        File.WriteAllText(folder.File("labels.json"), LabelWriters.Coco(Names, [new("a.png", [1, 2, 3, 4])]));

        Assert.That(() => KeypointDataset.Load(folder.Path, Options), Throws.TypeOf<DataException>().With.Message.Contains("ImageFolder"));
        Assert.That(
            KeypointDataset.Load(folder.Path, Options with { ImageFolder = folder.File("val") }).Samples[0].Image.Pixels,
            Is.EqualTo(TestImages.Noise(8, 16, 2).Pixels));
    }

    [TestCase(1.0, 0.5)]
    [TestCase(1.1, 0)]
    [TestCase(2.0, 0)]
    public void SleapsOldFormatCountsFromPixelCorners(double format, double shift)
    {
        using var folder = MakeFolder();
        LabelWriters.Sleap(folder.File("labels.slp"), Names, Rows, format: format);

        Assert.That(KeypointDataset.Load(folder.Path, Options).Samples[0].Keypoints[0], Is.EqualTo(4.5f - shift));
    }

    [Test]
    public void SleapTracksAreChosenByNameAndPredictionsLeftOut()
    {
        using var folder = MakeFolder();
        List<Labelled> rows = [new("img/a.png", [1, 2, 3, 4]), new("img/b.png", [5, 6, 7, 7]), new("img/a.png", [8, 7, 6, 5])];
        LabelWriters.Instance[] instances =
        [
            new() { frame_id = 0, track = 0 },
            new() { frame_id = 0, track = 1 },
            new() { frame_id = 1, track = 1 },
            new()
            {
                frame_id = 2,
                instance_type = 1,
                track = 0,
            },
        ];
        LabelWriters.Sleap(
            folder.File("labels.slp"), Names, [.. rows, new("img/b.png", [9, 1, 9, 1])], instances: instances, tracks: ["ann", "bob"]);

        Assert.That(
            () => KeypointDataset.Load(folder.Path, Options),
            Throws.TypeOf<DataException>().With.Message.Contains("2 labelled objects"));
        var bob = KeypointDataset.Load(folder.Path, Options with { Individual = "bob" });
        Assert.That(bob.Samples.SelectMany(sample => sample.Keypoints), Is.EqualTo(new float[] { 5, 6, 7, 7, 8, 7, 6, 5 }));
        Assert.That(bob.Notes, Has.One.Contains("1 predicted"));
        Assert.That(
            () => KeypointDataset.Load(folder.Path, Options with { Individual = "eve" }),
            Throws.TypeOf<DataException>().With.Message.Contains("ann, bob"));
        Assert.That(KeypointDataset.Load(folder.Path, Options with { Crop = KeypointCrop.Box }).Samples, Has.Count.EqualTo(3));
    }

    [Test]
    public void SleapsVideoFilesAreRefusedByName()
    {
        using var folder = MakeFolder();
        LabelWriters.Sleap(folder.File("labels.slp"), Names, Rows);
        var file = File.ReadAllBytes(folder.File("labels.slp"));
        var text = System.Text.Encoding.Latin1.GetString(file).Replace("\"filenames\":[\"img/a.png\"", "\"filename2\":[\"img/a.png\"");
        File.WriteAllBytes(folder.File("labels.slp"), System.Text.Encoding.Latin1.GetBytes(text));

        Assert.That(
            () => KeypointDataset.Load(folder.Path, Options),
            Throws.TypeOf<DataException>().With.Message.Contains("labels package (.pkg.slp)"));
    }

    [Test]
    public void NoHdf5IsNoSleapFile()
    {
        using var folder = MakeFolder();
        File.WriteAllText(folder.File("labels.slp"), "text");

        Assert.That(
            () => KeypointDataset.Load(folder.Path, Options),
            Throws.TypeOf<DataException>().With.Message.Contains("labels.slp is not a SLEAP file"));
    }

    [Test]
    public void ImagesOfOtherSizesAreScaledToOneAndTellTheirOwn()
    {
        using var folder = new TemporaryFolder();
        TestFiles.SavePng(folder.File("a.png"), TestImages.Noise(10, 20));
        TestFiles.SavePng(folder.File("b.png"), TestImages.Noise(40, 40));
        File.WriteAllText(folder.File("labels.csv"), LabelWriters.Csv(["nose"], [new("a.png", [19, 9]), new("b.png", [39, 0])]));

        var dataset = KeypointDataset.Load(folder.Path, new() { Height = 10, Width = 10 });

        Assert.That(
            dataset.Samples.Select(sample => (sample.Placement.OriginalWidth, sample.Placement.OriginalHeight)),
            Is.EqualTo(new[] { (20, 10), (40, 40) }));
        Assert.That(dataset.Samples.Select(sample => sample.Placement.OriginalPixelsX), Is.EqualTo(new[] { 2.0, 4.0 }));
    }

    [Test]
    public void BitDepthIsOneForTheWholeDataSet()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.png"), TestFiles.EncodePng16(4, 4, 0, (_, _, _) => 900));
        File.WriteAllBytes(folder.File("b.png"), TestFiles.EncodePng16(4, 4, 0, (_, _, _) => 4095));
        File.WriteAllText(folder.File("labels.csv"), LabelWriters.Csv(["nose"], [new("a.png", [1, 1]), new("b.png", [1, 1])]));
        var options = new KeypointDatasetOptions { Height = 4, Width = 4 };

        var dataset = KeypointDataset.Load(folder.Path, options);

        Assert.That(dataset.Samples[0].Image.Pixels, Is.All.EqualTo(900 / 4095f).Within(1e-6));
        Assert.That(dataset.Samples[1].Image.Pixels, Is.All.EqualTo(1f).Within(1e-6));
        Assert.That(dataset.Notes, Has.One.Contains("12 bits"));
        Assert.That(
            KeypointDataset.Load(folder.Path, options with { Images = new() { BitDepth = 16 } }).Samples[1].Image.Pixels,
            Is.All.EqualTo(4095 / 65535f).Within(1e-6));
    }

    [Test]
    public void TransparentImagesAreCounted()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.png"), TestFiles.EncodePng16(4, 4, 6, (_, _, c) => c == 3 ? (ushort)0 : ushort.MaxValue));
        File.WriteAllText(folder.File("labels.csv"), LabelWriters.Csv(["nose"], [new("a.png", [1, 1])]));

        Assert.That(KeypointDataset.Load(folder.Path).Notes, Has.One.Contains("1 images have transparent pixels, a.png the first"));
    }

    [TestCase(0, 64)]
    [TestCase(64, 0)]
    public void SizesBelowOneAreRefused(int height, int width) =>
        Assert.That(
            () => KeypointDataset.Load("x", new() { Height = height, Width = width }),
            Throws.TypeOf<ArgumentOutOfRangeException>());

    [TestCase(-0.1)]
    [TestCase(double.NaN)]
    public void MarginsOutsideTheirRangeAreRefused(double margin) =>
        Assert.That(() => KeypointDataset.Load("x", new() { CropMargin = margin }), Throws.TypeOf<ArgumentOutOfRangeException>());

    private static void Break(JsonNode root, string fault)
    {
        var (annotation, image) = (root["annotations"]![1]!, root["images"]![1]!);
        switch (fault)
        {
            case "id": annotation["image_id"] = 99; break;
            case "length": annotation["keypoints"] = new JsonArray(1, 1, 2, 1, 1); break;
            case "flag": annotation["keypoints"] = new JsonArray(1, 1, 7, 1, 1, 2); break;
            case "text": annotation["keypoints"] = new JsonArray(1, 1, 2, "four", 1, 2); break;
            case "category": annotation["category_id"] = 5; break;
            case "name": root["categories"]![0]!["keypoints"] = new JsonArray("nose", "nose"); break;
            case "repeated": image["id"] = 7; break;
            case "box": annotation["bbox"] = new JsonArray(1, 2, 3); break;
            case "size": (image["width"], image["height"]) = (32, 8); break;
            case "missing": image["file_name"] = "img/c.png"; break;
            default: annotation["keypoints"] = new JsonArray(1, 1, 2, 1, 50, 2); break;
        }
    }

    private static void WriteCoco(TemporaryFolder folder, Action<JsonNode> change)
    {
        var root = JsonNode.Parse(LabelWriters.Coco(Names, Rows))!;
        change(root);
        File.WriteAllText(folder.File("labels.json"), root.ToJsonString());
    }

    private static void Write(TemporaryFolder folder, string format)
    {
        switch (format)
        {
            case "csv":
                File.WriteAllText(folder.File("labels.csv"), LabelWriters.Csv(Names, Rows));
                break;
            case "coco":
                File.WriteAllText(folder.File("labels.json"), LabelWriters.Coco(Names, Rows));
                break;
            case "sleap":
                LabelWriters.Sleap(folder.File("labels.slp"), Names, Rows);
                break;
            case "package":
                LabelWriters.Sleap(
                    folder.File("labels.pkg.slp"),
                    Names,
                    Rows,
                    [.. Rows.Select(row => File.ReadAllBytes(folder.File(row.Image)))]);
                break;
            case "lightning":
                File.WriteAllText(folder.File("CollectedData.csv"), LabelWriters.DeepLabCut(Names, Rows, "lightning_tracker"));
                break;
            default:
                File.WriteAllText(folder.File("img/CollectedData_me.csv"), LabelWriters.DeepLabCut(Names, Rows));
                break;
        }
    }

    private static TemporaryFolder MakeFolder()
    {
        var folder = new TemporaryFolder();
        TestFiles.SavePng(folder.File("img/a.png"), TestImages.Noise(8, 16, 1));
        TestFiles.SavePng(folder.File("img/b.png"), TestImages.Noise(8, 16, 2));
        return folder;
    }
}

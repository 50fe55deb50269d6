namespace RobustPruning.Data.Tests.Formats;

[TestFixture]
internal sealed class DeepLabCutTests
{
    private const string Header = "scorer,me,me,me,me\nbodyparts,snout,snout,tail,tail\ncoords,x,y,x,y\n";
    private const string LabelFile = "CollectedData.csv";
    private const string SplitHeader = "scorer,,,me,me,me,me\nbodyparts,,,snout,snout,tail,tail\ncoords,,,x,y,x,y\n";

    [TestCase(Header + "labeled-data/m1/a.png,4.5,2,0,0\nlabeled-data\\m1\\b.png,1,1,2.5e0,3\n")]
    [TestCase(SplitHeader + "labeled-data,m1,a.png,4.5,2,0,0\r\nlabeled-data,m1,b.png,1,1,2.5,3\r\n")]
    [TestCase(Header + "a.png,4.5,2,0,0\nb.png,1,1,2.5,3")]
    public void BothPathVariantsLoad(string csv)
    {
        using var folder = MakeFolder(csv);

        var dataset = Load(folder.Path, 4, 8);

        Assert.That(dataset.KeypointNames, Is.EqualTo(new[] { "snout", "tail" }));
        Assert.That(dataset.Samples.Select(s => s.Name), Is.EqualTo(new[] { "a.png", "b.png" }));
        Assert.That((dataset.Height, dataset.Width), Is.EqualTo((4, 8)));

        // The images are 8 high and 16 wide: everything halves about the pixel edges.
        Assert.That(dataset.Samples[0].Keypoints, Is.EqualTo(new[] { 2, 0.75f, -0.25f, -0.25f }).Within(1e-6));
        Assert.That(dataset.Samples[1].Keypoints[2], Is.EqualTo(1).Within(1e-6));
    }

    [TestCase("a.png,,,3,3")]
    [TestCase("a.png,NaN,nan,3,3")]
    [TestCase("a.png, ,  ,3,3")]
    public void EmptyCellsAreMissingLabels(string row)
    {
        using var folder = MakeFolder(Header + row);

        var sample = Load(folder.Path, 8, 16).Samples.Single();

        Assert.That(sample.Visible, Is.EqualTo(new[] { false, true }));
        Assert.That(sample.Keypoints, Is.EqualTo(new float[] { 0, 0, 3, 3 }));
    }

    [TestCase(Header, "no rows")]
    [TestCase("", "header")]
    [TestCase("scorer,me,me\nbodyparts,a,a\n", "header")]
    [TestCase(
        "scorer,me,me,me,me\nindividuals,i1,i1,i2,i2\nbodyparts,a,a,a,a\ncoords,x,y,x,y\na.png,1,1,1,1\n",
        "row 2: there are several individuals, i1, i2")]
    [TestCase("scorer,me,me\nparts,a,a\ncoords,x,y\na.png,1,1\n", "'parts'")]
    [TestCase("scorer,me,me\nbodyparts,a,a\ncoords,x,likelihood\na.png,1,1\n", "row 3: keypoint 'a' has only one")]
    [TestCase("scorer,me,me,me\nbodyparts,a,a,a\ncoords,x,y,z\na.png,1,1,1\n", "row 3, column 4 (a): 'z'")]
    [TestCase("scorer,me,me\nbodyparts,a,b\ncoords,x,y\na.png,1,1\n", "'a'")]
    [TestCase("scorer,me,me,me\nbodyparts,a,a,b\ncoords,x,y,x\na.png,1,1,1\n", "'b' has only one")]
    [TestCase("scorer,me,me\nbodyparts,a,a,b\ncoords,x,y\na.png,1,1\n", "row 2")]
    [TestCase("scorer,m,m,m,m\nbodyparts,a,a,a,a\ncoords,x,y,x,y\na.png,1,1,1,1\n", "repeated")]
    [TestCase(Header + "a.png,1,1,1\n", "row 4: 4 columns instead of 5")]
    [TestCase(Header + "a.png,1,1,1,1\nb.png,1,1,1,1,1\n", "row 5: 6 columns")]
    [TestCase(Header + "a.png,1,1,1,1\nc.png,1,1,1,1\n", "row 5, column 1: there is no image c.png")]
    [TestCase(Header + "a.png,1,1,1,1\nA.png,1,1,1,1\n", "row 5, column 1: image A.png is already labelled in row 4")]
    [TestCase(Header + "one/a.png,1,1,1,1\nother/b.png,1,1,1,1\n", "row 4, column 1: there is no image one/a.png")]
    [TestCase(Header + "a.png,1,1,1,wide\n", "row 4, column 5 (tail y): 'wide' is not a number")]
    [TestCase(Header + "a.png,1,1,Infinity,1\n", "row 4, column 4 (tail x): 'Infinity' is not a number")]
    [TestCase(Header + "a.png,1,1,\"1,5\",1\n", "'1,5' is not a number")]
    [TestCase(Header + "a.png,400,1,1,1\n", "row 4, column 2 (snout x): 400 is outside the image")]
    [TestCase(Header + "a.png,1,,1,1\n", "row 4, column 3 (snout y): there is only one of x and y")]
    [TestCase(Header + "a.png,,,,\n", "no label")]
    [TestCase(Header + "labeled-data/,1,1,1,1\n", "row 4, column 1: the image path is empty")]
    public void BadFileIsNamedWithItsPlace(string csv, string expected)
    {
        using var folder = MakeFolder(csv);

        Assert.That(
            () => Load(folder.Path, 8, 16),
            Throws.TypeOf<DataException>().With.Message.Contains(expected).And.Message.Contains(folder.Path));
    }

    [Test]
    public void MissingFolderAndLabelFileAreNamed()
    {
        using var folder = new TemporaryFolder();

        Assert.That(
            () => Load(folder.Path, 8, 8), Throws.TypeOf<DataException>().With.Message.Contains("CollectedData.csv"));
        Assert.That(
            () => Load(folder.File("none"), 8, 8), Throws.TypeOf<DataException>().With.Message.Contains("none"));
    }

    [Test]
    public void DamagedImageIsNamed()
    {
        using var folder = MakeFolder(Header + "a.png,1,1,1,1\n");
        File.WriteAllText(folder.File("a.png"), "no image");

        Assert.That(
            () => Load(folder.Path, 8, 8), Throws.TypeOf<DataException>().With.Message.Contains("a.png is not a PNG"));
    }

    [Test]
    public void CancellingStops()
    {
        using var folder = MakeFolder(Header + "a.png,1,1,1,1\n");

        Assert.That(
            () => KeypointDataset.Load(folder.Path, cancellationToken: new CancellationToken(true)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void CoordinatesInAnyOrderAndLikelihoodsAreReadByTheirNames()
    {
        using var folder = MakeFolder(
            "scorer,m,m,m,m,m,m\nbodyparts,tail,snout,snout,tail,tail,snout\ncoords,y,likelihood,y,x,likelihood,x\na.png,6,0.9,5,3,0.1,2\n");

        var dataset = Load(folder.Path, 8, 16);

        Assert.That(dataset.KeypointNames, Is.EqualTo(new[] { "tail", "snout" }));
        Assert.That(dataset.Samples[0].Keypoints, Is.EqualTo(new float[] { 3, 6, 2, 5 }));
    }

    [Test]
    public void OneIndividualIsReadAndOneOfSeveralIsChosen([Values("ind1", "ind2")] string chosen)
    {
        const string one = "scorer,m,m\nindividuals,ind1,ind1\nbodyparts,a,a\ncoords,x,y\na.png,1,2\n";
        const string two = "scorer,m,m,m,m\nindividuals,ind1,ind1,ind2,ind2\nbodyparts,a,a,a,a\ncoords,x,y,x,y\na.png,1,2,3,4\n";
        using var single = MakeFolder(one);
        using var several = MakeFolder(two);

        Assert.That(Load(single.Path, 8, 16).Samples[0].Keypoints, Is.EqualTo(new float[] { 1, 2 }));
        Assert.That(
            Load(several.Path, 8, 16, new() { Individual = chosen }).Samples[0].Keypoints,
            Is.EqualTo(chosen == "ind1" ? new float[] { 1, 2 } : [3, 4]));
        Assert.That(
            () => Load(several.Path, 8, 16, new() { Individual = "ind3" }),
            Throws.TypeOf<DataException>().With.Message.Contains("no individual 'ind3'"));
    }

    [Test]
    public void SeparatorsMarksAndLineEndsDoNotMatter(
        [Values(",", ";", "\t")] string separator,
        [Values("", "\uFEFF")] string mark,
        [Values("\n", "\r\n")] string lineEnd)
    {
        using var folder = MakeFolder(
            mark + (Header + "v/a.png,4.5,2,0,0\n\nv/b.png,1,1,2.5,3\n").Replace(",", separator).Replace("\n", lineEnd));

        Assert.That(Load(folder.Path, 8, 16).Samples.SelectMany(s => s.Keypoints), Is.EqualTo(new[] { 4.5f, 2, 0, 0, 1, 1, 2.5f, 3 }));
    }

    [Test]
    public void LabelsAtTheVeryEdgeLoadAtEverySize([Values(1, 2, 3, 8, 15, 16, 64)] int size, [Values] bool keepAspectRatio)
    {
        using var folder = MakeFolder(Header + "a.png,-0.5,-0.5,15.5,7.5\nb.png,16,8,0,0\n");

        var dataset = Load(folder.Path, size, size, new() { KeepAspectRatio = keepAspectRatio });

        Assert.That(dataset.Samples[0].Keypoints, Is.All.InRange(-0.5f - 1e-5f, size - 0.5f + 1e-5f));
        Assert.That(dataset.Samples[1].Visible, Is.All.True);
    }

    [Test]
    public void OriginAndNegativePointsAreMissingWhereThatIsAsked()
    {
        using var folder = MakeFolder(Header + "a.png,0,0,3,3\nb.png,-1,-1,3,3\n");

        var plain = Load(folder.Path, 8, 16);
        var asked = Load(folder.Path, 8, 16, new() { MissingAtOrigin = true, MissingIfNegative = true });

        Assert.That(plain.Samples.SelectMany(s => s.Visible), Is.All.True);
        Assert.That(plain.Notes, Has.One.Contains("1 labels are at exactly (0, 0)"));
        Assert.That(asked.Samples.Select(s => s.Visible[0]), Is.All.False);
        Assert.That(asked.Samples.Select(s => s.Visible[1]), Is.All.True);
        Assert.That(asked.Notes, Is.Empty);
    }

    [Test]
    public void AProjectOfManyVideosLoadsInOrderAndMatchesKeypointsByName()
    {
        using var folder = new TemporaryFolder();
        WriteVideo(folder, "labeled-data/vid1", "CollectedData_me.csv", Header + "labeled-data/vid1/a.png,1,2,3,4\n");
        WriteVideo(folder, "labeled-data/vid2", "CollectedData_me.csv",
            "scorer,me,me,me,me\nbodyparts,tail,tail,snout,snout\ncoords,x,y,x,y\nlabeled-data\\vid2\\a.png,5,6,7,7\n");
        Directory.CreateDirectory(folder.File("labeled-data/vid3"));

        foreach (var path in new[] { folder.Path, folder.File("labeled-data") })
        {
            var dataset = Load(path, 8, 16);

            Assert.That(dataset.Samples.Select(s => s.Name), Is.EqualTo(new[] { "vid1/a.png", "vid2/a.png" }));
            Assert.That(dataset.KeypointNames, Is.EqualTo(new[] { "snout", "tail" }));
            Assert.That(dataset.Samples[1].Keypoints, Is.EqualTo(new float[] { 7, 7, 5, 6 }));
        }

        Assert.That(Load(folder.Path, 8, 16).Notes, Has.One.Contains("vid3"));
        Assert.That(Load(folder.File("labeled-data/vid2"), 8, 16).Samples.Single().Name, Is.EqualTo("a.png"));
    }

    [Test]
    public void AProjectWhoseVideosHaveOtherKeypointsIsRefused()
    {
        using var folder = new TemporaryFolder();
        WriteVideo(folder, "labeled-data/vid1", "CollectedData_me.csv", Header + "labeled-data/vid1/a.png,1,2,3,4\n");
        WriteVideo(
            folder, "labeled-data/vid2", "CollectedData_me.csv", Header.Replace("tail", "ear") + "labeled-data/vid2/a.png,1,2,3,4\n");

        Assert.That(
            () => Load(folder.Path, 8, 16),
            Throws.TypeOf<DataException>().With.Message.Contains("snout, ear").And.Message.Contains("vid1"));
    }

    [Test]
    public void AWrongCoordinateOfALaterVideoIsNamedWhereItStands()
    {
        using var folder = new TemporaryFolder();
        WriteVideo(folder, "labeled-data/vid1", "CollectedData_me.csv", Header + "labeled-data/vid1/a.png,1,2,3,4\n");
        WriteVideo(folder, "labeled-data/vid2", "CollectedData_me.csv",
            "scorer,me,me,me,me\nbodyparts,tail,tail,snout,snout\ncoords,x,y,x,y\nlabeled-data/vid2/a.png,5,6,700,7\n");

        Assert.That(
            () => Load(folder.Path, 8, 16),
            Throws.TypeOf<DataException>().With.Message.Contains("row 4, column 4 (snout x): 700").And.Message.Contains("vid2"));
    }

    [Test]
    public void LabelsOfTwoPeopleAreRefusedUnlessOneFileIsNamed()
    {
        using var folder = MakeFolder(Header + "a.png,1,2,3,4\n");
        File.Move(folder.File(LabelFile), folder.File("CollectedData_ann.csv"));
        File.WriteAllText(folder.File("CollectedData_bob.csv"), Header + "a.png,4,3,2,1\n");

        Assert.That(
            () => Load(folder.Path, 8, 16),
            Throws.TypeOf<DataException>().With.Message.Contains("CollectedData_ann.csv, CollectedData_bob.csv"));
        Assert.That(Load(folder.File("CollectedData_bob.csv"), 8, 16).Samples[0].Keypoints[0], Is.EqualTo(4));
    }

    [TestCase("vid1/a.png,1,2,3,4\nvid2/b.png,1,2,3,4", "images of 2 folders, vid1 and vid2")]
    [TestCase("labeled-data/vid1/a.png,1,2,3,4\nlabeled-data/vid2/a.png,1,2,3,4", "images of 2 folders")]
    public void NamesAloneNeverMixVideos(string rows, string expected)
    {
        using var folder = MakeFolder(Header + rows);

        Assert.That(
            () => Load(folder.Path, 8, 16),
            Throws.TypeOf<DataException>().With.Message.Contains(expected).And.Message.Contains("row 4"));
    }

    [Test]
    public void AnotherVideosFolderIsRefused()
    {
        using var folder = new TemporaryFolder();
        WriteVideo(folder, "labeled-data/vid2", "CollectedData_me.csv", Header + "labeled-data/vid1/a.png,1,2,3,4\n");

        Assert.That(() => Load(folder.Path, 8, 16), Throws.TypeOf<DataException>().With.Message.Contains("another video, vid2"));
    }

    [Test]
    public void ImagesOfTheirOwnVideoComeFirstAndAreMissedThere()
    {
        using var folder = new TemporaryFolder();
        WriteVideo(folder, "labeled-data/vid1", "CollectedData_me.csv", Header + "labeled-data/vid1/c.png,1,2,3,4\n");
        TestFiles.SavePng(folder.File("c.png"), TestImages.Noise(8, 16));

        Assert.That(
            () => Load(folder.Path, 8, 16),
            Throws.TypeOf<DataException>().With.Message.Contains("no image c.png in " + folder.File("labeled-data/vid1")));
    }

    [TestCase("\u00E9.png", "e\u0301.png")]
    [TestCase("e\u0301.png", "\u00E9.png")]
    [TestCase("IMG_1.PNG", "img_1.png")]
    [TestCase("\uD55C.png", "\u1112\u1161\u11AB.png")]
    public void NamesAreFoundInOtherFormsAndCases(string written, string onDisk)
    {
        using var folder = MakeFolder(Header + $"v/{written},1,2,3,4\n");
        File.Move(folder.File("a.png"), folder.File(onDisk));

        Assert.That(Load(folder.Path, 8, 16).Samples, Has.Count.EqualTo(1));
    }

    [Test]
    public void TwoFilesThatDifferInCaseAloneAreNotGuessed()
    {
        using var folder = MakeFolder(Header + "v/A.PNG,1,2,3,4\n");
        File.Copy(folder.File("a.png"), folder.File("A.png"));
        Assume.That(File.Exists(folder.File("A.PNG")), Is.False, "skipped: this file system does not tell cases apart.");

        Assert.That(() => Load(folder.Path, 8, 16), Throws.TypeOf<DataException>().With.Message.Contains("no image A.PNG"));
    }

    [Test]
    public void AMissingImageNamesOneOfAnotherKind()
    {
        using var folder = MakeFolder(Header + "v/a.jpg,1,2,3,4\n");

        Assert.That(() => Load(folder.Path, 8, 16), Throws.TypeOf<DataException>().With.Message.Contains("there is a.png"));
    }

    [Test]
    public void AnImageFolderCanBeNamed()
    {
        using var folder = MakeFolder(Header + "a.png,1,2,3,4\n");
        Directory.CreateDirectory(folder.File("labels"));
        File.Move(folder.File(LabelFile), folder.File("labels/" + LabelFile));

        Assert.That(() => Load(folder.File("labels"), 8, 16), Throws.TypeOf<DataException>());
        Assert.That(Load(folder.File("labels"), 8, 16, new() { ImageFolder = folder.Path }).Samples, Has.Count.EqualTo(1));
        Assert.That(
            () => Load(folder.File("labels"), 8, 16, new() { ImageFolder = folder.File("none") }),
            Throws.TypeOf<DataException>().With.Message.Contains("none"));
    }

    [Test]
    public void DeepLabCutsHdf5FilePointsToTheCsv()
    {
        using var folder = MakeFolder(Header + "a.png,1,2,3,4\n");
        File.WriteAllBytes(folder.File("CollectedData.h5"), [0x89, (byte)'H', (byte)'D', (byte)'F', 13, 10, 26, 10, 0, 0]);

        Assert.That(
            () => Load(folder.File("CollectedData.h5"), 8, 16),
            Throws.TypeOf<DataException>().With.Message.Contains("CSV file beside it"));
    }

    private static KeypointDataset Load(string path, int height, int width, KeypointDatasetOptions? options = null) =>
        KeypointDataset.Load(path, (options ?? new()) with { Height = height, Width = width });

    private static void WriteVideo(TemporaryFolder folder, string video, string file, string csv)
    {
        TestFiles.SavePng(folder.File($"{video}/a.png"), TestImages.Noise(8, 16, video.Length));
        File.WriteAllText(folder.File($"{video}/{file}"), csv);
    }

    private static TemporaryFolder MakeFolder(string csv)
    {
        var folder = new TemporaryFolder();
        File.WriteAllText(folder.File(LabelFile), csv);
        TestFiles.SavePng(folder.File("a.png"), TestImages.Noise(8, 16, 1));
        TestFiles.SavePng(folder.File("b.png"), TestImages.Noise(8, 16, 2));
        return folder;
    }
}

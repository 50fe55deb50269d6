using KeypointRobustness.Data;

namespace KeypointRobustness.Tests.Data;

[TestFixture]
internal sealed class DeepLabCutFolderTests
{
    private const string Header = "scorer,me,me,me,me\nbodyparts,snout,snout,tail,tail\ncoords,x,y,x,y\n";
    private const string SplitHeader = "scorer,,,me,me,me,me\nbodyparts,,,snout,snout,tail,tail\ncoords,,,x,y,x,y\n";

    [TestCase(Header + "labeled-data/m1/a.png,4.5,2,0,0\nlabeled-data\\m1\\b.png,1,1,2.5e0,3\n")]
    [TestCase(SplitHeader + "labeled-data,m1,a.png,4.5,2,0,0\r\nlabeled-data,m1,b.png,1,1,2.5,3\r\n")]
    [TestCase(Header + "a.png,4.5,2,0,0\nb.png,1,1,2.5,3")]
    public void BothPathVariantsLoad(string csv)
    {
        using var folder = MakeFolder(csv);

        var dataset = DeepLabCutFolder.Load(folder.Path, 4, 8);

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

        var sample = DeepLabCutFolder.Load(folder.Path, 8, 16).Samples.Single();

        Assert.That(sample.Visible, Is.EqualTo(new[] { false, true }));
        Assert.That(sample.Keypoints, Is.EqualTo(new float[] { 0, 0, 3, 3 }));
    }

    [TestCase(Header, "no rows")]
    [TestCase("", "header")]
    [TestCase("scorer,me,me\nbodyparts,a,a\n", "header")]
    [TestCase("scorer,me,me\nindividuals,1,1\nbodyparts,a,a\ncoords,x,y\n", "individuals")]
    [TestCase("scorer,me,me\nparts,a,a\ncoords,x,y\na.png,1,1\n", "'parts'")]
    [TestCase("scorer,me,me\nbodyparts,a,a\ncoords,x,likelihood\na.png,1,1\n", "row 3")]
    [TestCase("scorer,me,me\nbodyparts,a,b\ncoords,x,y\na.png,1,1\n", "'a'")]
    [TestCase("scorer,me,me,me\nbodyparts,a,a,b\ncoords,x,y,x\na.png,1,1,1\n", "4 columns")]
    [TestCase("scorer,me,me\nbodyparts,a,a,b\ncoords,x,y\na.png,1,1\n", "row 2")]
    [TestCase("scorer,m,m,m,m\nbodyparts,a,a,a,a\ncoords,x,y,x,y\na.png,1,1,1,1\n", "repeated")]
    [TestCase(Header + "a.png,1,1,1\n", "row 4: 4 columns instead of 5")]
    [TestCase(Header + "a.png,1,1,1,1\nb.png,1,1,1,1,1\n", "row 5: 6 columns")]
    [TestCase(Header + "a.png,1,1,1,1\nc.png,1,1,1,1\n", "row 5: there is no image c.png")]
    [TestCase(Header + "a.png,1,1,1,1\nother/a.png,1,1,1,1\n", "row 5: image a.png is already labelled in row 4")]
    [TestCase(Header + "a.png,1,1,1,wide\n", "row 4, column 5 (tail y): 'wide' is not a number")]
    [TestCase(Header + "a.png,1,1,Infinity,1\n", "row 4, column 4 (tail x): 'Infinity' is not a number")]
    [TestCase(Header + "a.png,1,1,\"1,5\",1\n", "'1,5' is not a number")]
    [TestCase(Header + "a.png,400,1,1,1\n", "row 4, column 2 (snout x): 400 is outside the image")]
    [TestCase(Header + "a.png,1,,1,1\n", "row 4: keypoint snout has only one of x and y")]
    [TestCase(Header + "a.png,,,,\n", "no label")]
    [TestCase(Header + "labeled-data/,1,1,1,1\n", "row 4: the image path is empty")]
    public void BadFileIsNamedWithItsPlace(string csv, string expected)
    {
        using var folder = MakeFolder(csv);

        Assert.That(
            () => DeepLabCutFolder.Load(folder.Path, 8, 16),
            Throws.TypeOf<DataException>().With.Message.Contains(expected).And.Message.Contains(folder.Path));
    }

    [Test]
    public void MissingFolderAndLabelFileAreNamed()
    {
        using var folder = new TemporaryFolder();

        Assert.That(
            () => DeepLabCutFolder.Load(folder.Path, 8, 8), Throws.TypeOf<DataException>().With.Message.Contains("CollectedData.csv"));
        Assert.That(
            () => DeepLabCutFolder.Load(folder.File("none"), 8, 8), Throws.TypeOf<DataException>().With.Message.Contains("none"));
    }

    [Test]
    public void DamagedImageIsNamed()
    {
        using var folder = MakeFolder(Header + "a.png,1,1,1,1\n");
        File.WriteAllText(folder.File("a.png"), "no image");

        Assert.That(
            () => DeepLabCutFolder.Load(folder.Path, 8, 8), Throws.TypeOf<DataException>().With.Message.Contains("a.png is not a PNG"));
    }

    [Test]
    public void CancellingStops()
    {
        using var folder = MakeFolder(Header + "a.png,1,1,1,1\n");

        Assert.That(
            () => DeepLabCutFolder.Load(folder.Path, 8, 8, cancel: new CancellationToken(true)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void OpenFieldLoads()
    {
        var path = FindOpenField();
        Assume.That(path, Is.Not.Null, "../shared/data/openfield lies beside the repository only on some machines.");
        var progress = new CountingProgress();

        var dataset = DeepLabCutFolder.Load(path!, 64, 64, progress);

        Assert.That(dataset.Samples, Has.Count.EqualTo(116));
        Assert.That(dataset.KeypointNames, Is.EqualTo(new[] { "snout", "leftear", "rightear", "tailbase" }));
        Assert.That(dataset.Samples.SelectMany(s => s.Keypoints), Is.All.InRange(-0.5f, 63.5f));
        Assert.That(progress.Last, Is.EqualTo((116, 116)));
    }

    private static string? FindOpenField()
    {
        var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "RobustPruning.sln")))
        {
            folder = folder.Parent;
        }

        var path = folder is null ? null : Path.Combine(folder.FullName, "..", "shared", "data", "openfield");
        return Directory.Exists(path) ? path : null;
    }

    private static TemporaryFolder MakeFolder(string csv)
    {
        var folder = new TemporaryFolder();
        File.WriteAllText(folder.File(DeepLabCutFolder.LabelFile), csv);
        PngFile.Save(folder.File("a.png"), TestImages.Noise(8, 16, 1));
        PngFile.Save(folder.File("b.png"), TestImages.Noise(8, 16, 2));
        return folder;
    }

    // Progress<T> reports later, on another thread; this one counts at once.
    private sealed class CountingProgress : IProgress<(int Done, int Total)>
    {
        public (int Done, int Total) Last { get; private set; }

        public void Report((int Done, int Total) value) => Last = value;
    }
}

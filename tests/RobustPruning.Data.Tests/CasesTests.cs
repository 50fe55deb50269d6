namespace RobustPruning.Data.Tests;

/// <summary>Small DeepLabCut files on which the product once went wrong.</summary>
[TestFixture]
internal sealed class CasesTests
{
    [TestCase("edge", 8, 2)]
    [TestCase("likelihood", 8, 2)]
    [TestCase("multi_one", 8, 2)]
    [TestCase("scorername", 8, 2)]
    [TestCase("project", 8, 2)]
    public void IsReadAtEverySize(string name, int images, int keypoints)
    {
        var folder = SharedFolder.Find($"cases/dlc/{name}");
        foreach (var size in new[] { 1, 8, 16, 32, 64, 200 })
        {
            var dataset = KeypointDataset.Load(folder, new() { Height = size, Width = size });

            Assert.That(dataset.Samples, Has.Count.EqualTo(images));
            Assert.That(dataset.KeypointNames, Has.Count.EqualTo(keypoints));
            Assert.That(dataset.Samples.SelectMany(sample => sample.Keypoints), Is.All.InRange(-0.5f, size - 0.5f));
            Assert.That(dataset.Samples.SelectMany(sample => sample.Visible), Is.All.True);
        }
    }

    [Test]
    public void NamesOfAnotherVideoAreRefused()
    {
        var folder = SharedFolder.Find("cases/dlc/othervideo");

        Assert.That(
            () => KeypointDataset.Load(folder),
            Throws.TypeOf<DataException>().With.Message.Contains("CollectedData.csv, row 4, column 1").And.Message.Contains("vid1"));
    }

    [Test]
    public void ProjectsTellTheirVideosApart()
    {
        var dataset = KeypointDataset.Load(SharedFolder.Find("cases/dlc/project"));

        Assert.That(dataset.Samples.Select(sample => sample.Name).Distinct().Count(), Is.EqualTo(8));
        Assert.That(dataset.Samples.Select(sample => sample.Name), Has.Exactly(4).StartsWith("vid1/").And.Exactly(4).StartsWith("vid2/"));
    }
}

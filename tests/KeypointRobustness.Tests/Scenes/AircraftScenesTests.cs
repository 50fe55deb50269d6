using KeypointRobustness.Scenes;

namespace KeypointRobustness.Tests.Scenes;

[TestFixture]
internal sealed class AircraftScenesTests
{
    [Test]
    public void DefaultsAreAsDocumented() =>
        Assert.That(new AircraftSceneOptions(), Is.EqualTo(new AircraftSceneOptions(64, 64, 60, 10, 32, 0.72f, 0.92f, 0.06f, 3)));

    [Test]
    public void SameSeedGivesTheSamePixels()
    {
        var first = new AircraftScenes().Generate(6, 11);
        var second = new AircraftScenes().Generate(3, 11);
        var single = new AircraftScenes().Render(11, 2);

        for (var i = 0; i < 3; i++)
        {
            Assert.That(second.Samples[i].Image.Pixels, Is.EqualTo(first.Samples[i].Image.Pixels));
            Assert.That(second.Samples[i].Keypoints, Is.EqualTo(first.Samples[i].Keypoints));
        }

        Assert.That(single.Image.Pixels, Is.EqualTo(first.Samples[2].Image.Pixels));
    }

    [Test]
    public void OtherSeedAndNumberGiveOtherScenes()
    {
        var scenes = new AircraftScenes();
        var all = new[] { scenes.Render(1, 0), scenes.Render(1, 1), scenes.Render(0, 1), scenes.Render(2, 0), scenes.Render(-1, 0) };

        Assert.That(all.Select(s => s.Keypoints[0]), Is.Unique);
    }

    [TestCase(64, 64)]
    [TestCase(32, 32)]
    [TestCase(48, 96)]
    [TestCase(96, 48)]
    public void KeypointsStayInsideTheMargin(int height, int width)
    {
        var options = new AircraftSceneOptions(height, width, Supersampling: 1);
        var dataset = new AircraftScenes(options).Generate(40, 5);
        var margin = options.Margin * width;

        foreach (var sample in dataset.Samples)
        {
            Assert.That(sample.Visible, Is.All.True);
            var x = sample.Keypoints.Where((_, i) => i % 2 == 0).ToArray();
            var y = sample.Keypoints.Where((_, i) => i % 2 == 1).ToArray();
            Assert.That(x, Is.All.InRange(margin - 0.51f, width - margin - 0.49f));
            Assert.That(y, Is.All.InRange(margin - 0.51f, height - margin - 0.49f));

            var fill = Math.Max((x.Max() - x.Min()) / (width - 2 * margin), (y.Max() - y.Min()) / (height - 2 * margin));
            Assert.That(fill, Is.InRange(options.MinFill - 0.001f, options.MaxFill + 0.001f));
        }
    }

    [Test]
    public void KeypointsOfTheTwoSidesMeetInTheMiddlePlane()
    {
        // Lines between left and right twins are parallel in space, so that seen from straight ahead they are level.
        var dataset = new AircraftScenes(new(MaxAzimuth: 0, Supersampling: 1)).Generate(10, 2);
        foreach (var sample in dataset.Samples)
        {
            var middle = sample.Keypoints[2 * Index("nose")];
            foreach (var name in dataset.KeypointNames.Where(n => n.StartsWith("left ", StringComparison.Ordinal)))
            {
                var (left, right) = (Index(name), Index(name.Replace("left ", "right ", StringComparison.Ordinal)));
                Assert.That(sample.Keypoints[2 * left + 1], Is.EqualTo(sample.Keypoints[2 * right + 1]).Within(1e-3), name);
                Assert.That((sample.Keypoints[2 * left] + sample.Keypoints[2 * right]) / 2, Is.EqualTo(middle).Within(1e-3), name);
                Assert.That(sample.Keypoints[2 * left], Is.GreaterThan(middle), "its left is right for who looks it in the face");
            }
        }

        int Index(string name) => dataset.KeypointNames.ToList().IndexOf(name);
    }

    [Test]
    public void ImagesShowSomething()
    {
        foreach (var sample in new AircraftScenes(new(32, 32)).Generate(20, 9).Samples)
        {
            var pixels = sample.Image.Pixels;
            var mean = pixels.Average();
            Assert.That(mean, Is.InRange(0.2, 0.85), sample.Name);
            Assert.That(Math.Sqrt(pixels.Average(p => (p - mean) * (p - mean))), Is.GreaterThan(0.05), sample.Name);
        }
    }

    [Test]
    public void OptionsOutsideTheirRangeAreRefused()
    {
        AircraftSceneOptions[] bad =
        [
            new(Height: 15), new(Width: 1025), new(MaxAzimuth: 86), new(MinElevation: 4), new(MinElevation: 33), new(MaxElevation: 61),
            new(MinFill: 0), new(MaxFill: 1.01f), new(MinFill: 0.95f), new(Margin: float.NaN), new(Margin: 0.31f), new(Supersampling: 0),
        ];

        foreach (var options in bad)
        {
            Assert.That(() => new AircraftScenes(options), Throws.TypeOf<ArgumentOutOfRangeException>(), options.ToString());
        }

        Assert.That(() => new AircraftScenes().Generate(0, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void CancellingStops() =>
        Assert.That(
            () => new AircraftScenes().Generate(10, 1, new CancellationToken(true)), Throws.InstanceOf<OperationCanceledException>());
}

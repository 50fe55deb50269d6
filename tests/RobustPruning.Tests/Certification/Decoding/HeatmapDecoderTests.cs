using RobustPruning.Certification;
using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification.Decoding;

public sealed class HeatmapDecoderTests
{
    [Test]
    public void TheGreatestCellIsTheKeypoint()
    {
        var decoder = new HeatmapDecoder(HeatmapDecoding.ArgMax, 2, 2, 3) { StrideX = 4, StrideY = 8, OriginX = 2, OriginY = 4 };
        Assert.That(decoder.Decode([0, 1, 0, 0, 0, 0, 3, 3, 3, 3, 3, 3.5]), Is.EqualTo(new double[] { 6, 4, 10, 12 }));

        // Of equal cells the first.
        Assert.That(decoder.Decode(new double[12]), Is.EqualTo(new double[] { 2, 4, 2, 4 }));
        Assert.That(decoder.Decode([0, double.NaN, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), Is.EqualTo(new[] { double.NaN, double.NaN, 10, 12 }));
    }

    [Test]
    public void OffsetsOfTheGreatestCellMoveTheKeypoint()
    {
        var decoder = new HeatmapDecoder(HeatmapDecoding.ArgMaxWithOffset, 1, 1, 2) { OffsetScale = 10 };
        Assert.That(decoder.Decode([1, 2, 0.1, 0.2, 0.3, 0.4]), Is.EqualTo(new[] { 1.5 + 2, 0.5 + 4 }));
    }

    [Test]
    public void ASoftArgMaxIsTheWeightedMean()
    {
        var decoder = new HeatmapDecoder(HeatmapDecoding.SoftArgMax, 1, 1, 3) { Beta = 2 };
        double[] weights = [Math.Exp(2 * 1), Math.Exp(2 * -0.5), Math.Exp(2 * 2)];
        var mean = ((0.5 * weights[0]) + (1.5 * weights[1]) + (2.5 * weights[2])) / weights.Sum();
        Assert.That(decoder.Decode([1, -0.5, 2]), Is.EqualTo(new[] { mean, 0.5 }).Within(1e-12));
        Assert.That(decoder.Decode([1e300, 0, 1e300])[0], Is.EqualTo(1.5));
    }

    [Test]
    public void CellsSpreadOverTheImage()
    {
        var builder = new GraphBuilder([3, 16, 32]);
        var maps = builder.AveragePool("maps", builder.Input, nn.AvgPool2d((4, 4)));
        var decoder = HeatmapDecoder.For(builder.Build(maps), HeatmapDecoding.ArgMax);
        Assert.That(
            (decoder.Keypoints, decoder.Height, decoder.Width, decoder.StrideX, decoder.StrideY, decoder.OriginX, decoder.OriginY),
            Is.EqualTo((3, 4, 8, 4.0, 4.0, 2.0, 2.0)));
        Assert.That(() => HeatmapDecoder.For(builder.Build(maps), HeatmapDecoding.ArgMaxWithOffset), Throws.TypeOf<GraphException>());
        Assert.That(
            () => HeatmapDecoder.For(builder.Build(builder.Flatten("flat", maps)), HeatmapDecoding.ArgMax),
            Throws.TypeOf<GraphException>());
    }

    [Test]
    public void BadNumbersAreRefused()
    {
        Assert.That(() => new HeatmapDecoder(HeatmapDecoding.ArgMax, 0, 1, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new HeatmapDecoder((HeatmapDecoding)7, 1, 1, 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        var decoder = new HeatmapDecoder(HeatmapDecoding.SoftArgMax, 1, 1, 1);
        Assert.That(() => decoder with { Beta = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => decoder with { StrideX = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => decoder.Decode([1, 2]), Throws.ArgumentException);
        Assert.That(() => new DecodedProperty(decoder, LinearProperty.Margins(3, 0)), Throws.ArgumentException);
        Assert.That(() => new DecodedProperty(decoder, new AvoidanceProperty([new OutputRegion([[1, 0]], [0])])), Throws.ArgumentException);
    }

    /// <summary>With cells independent of one another, the bounds are those of all corners of the box of cells.</summary>
    [Test]
    public void SoftRangesOfIndependentCellsAreThoseOfAllCorners()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var trial = 0; trial < 60; trial++)
        {
            int height = random.Next(1, 4), width = random.Next(1, 4), cells = height * width;
            var decoder = new HeatmapDecoder(HeatmapDecoding.SoftArgMax, 1, height, width)
            {
                Beta = 0.2 + (5 * random.NextDouble()),
                StrideX = 1 + random.NextDouble(),
                OriginX = 40 * random.NextDouble(),
            };
            double[] lower = [.. Enumerable.Range(0, cells).Select(_ => 4 * random.NextDouble())],
                upper = [.. lower.Select(low => low + (trial % 3 * random.NextDouble()))];
            double[] least = [double.MaxValue, double.MaxValue], greatest = [double.MinValue, double.MinValue];
            for (var corner = 0; corner < 1 << cells; corner++)
            {
                var position = decoder.Decode([.. lower.Select((low, cell) => (corner >> cell & 1) == 0 ? low : upper[cell])]);
                for (var axis = 0; axis < 2; axis++)
                    (least[axis], greatest[axis]) = (Math.Min(least[axis], position[axis]), Math.Max(greatest[axis], position[axis]));
            }

            var hull = new SoftRange(decoder, 0, lower, upper).Positions().Hull();
            Assert.That(new[] { hull.LowerX, hull.LowerY }, Is.EqualTo(least).Within(1e-9));
            Assert.That(new[] { hull.UpperX, hull.UpperY }, Is.EqualTo(greatest).Within(1e-9));
            Assert.That(hull.LowerX <= least[0] + 1e-13 && hull.UpperX >= greatest[0] - 1e-13, Is.True);
        }
    }

    /// <summary>The mean value form, with the exact range of its row over independent cells, holds every mean.</summary>
    [Test]
    public void ExpandedSoftRangesHoldEveryMean()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var trial = 0; trial < 100; trial++)
        {
            var decoder = new HeatmapDecoder(HeatmapDecoding.SoftArgMax, 1, 3, 4) { Beta = Math.Pow(10, (2 * random.NextDouble()) - 1) };
            var width = Math.Pow(10, -4 * random.NextDouble());
            double[] centre = [.. Enumerable.Range(0, 12).Select(_ => 4 * random.NextDouble())],
                slope = [.. centre.Select(_ => (2 * random.NextDouble()) - 1)];
            double[] At(double theta) => [.. centre.Zip(slope, (value, move) => value + (move * theta * width))];
            double[] lower = [.. centre.Zip(slope, (value, move) => value - (Math.Abs(move) * width))],
                upper = [.. centre.Zip(slope, (value, move) => value + (Math.Abs(move) * width))];
            var range = new SoftRange(decoder, 0, lower, upper);
            var sampled = Enumerable.Range(-50, 101).Select(step => At(step / 50.0)).ToList();
            var rows = range
                .Rows.Select(row => sampled.Select(map => row.Sum(entry => entry.Weight * map[entry.Value])).ToArray())
                .ToList();
            var independent = range.Positions().Hull();
            range.Take([.. rows.Select(row => row.Min() - 1e-12)], [.. rows.Select(row => row.Max() + 1e-12)]);
            var hull = range.Positions().Hull();
            foreach (var position in sampled.Select(map => decoder.Decode(map)))
            {
                Assert.That(position[0], Is.InRange(hull.LowerX - 1e-12, hull.UpperX + 1e-12));
                Assert.That(position[1], Is.InRange(hull.LowerY - 1e-12, hull.UpperY + 1e-12));
            }

            Assert.That(hull.UpperX - hull.LowerX, Is.LessThanOrEqualTo(independent.UpperX - independent.LowerX));
        }
    }
}

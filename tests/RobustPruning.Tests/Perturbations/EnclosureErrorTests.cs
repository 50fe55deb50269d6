using System.Numerics;
using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Perturbations;

/// <summary>What rounding moves in an enclosure, against whole numbers.</summary>
public sealed class EnclosureErrorTests
{
    /// <summary>A value that is almost cancelled: its error is one of what it is the difference of.</summary>
    [Test]
    public void DarkValuesHoldTheRoundingOfBrightOnes()
    {
        using var noGradient = no_grad();
        using var layer = PlantedNetwork.Linear([[1]], 0);
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", layer));
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 200; number++)
        {
            using var scope = NewDisposeScope();
            var pixel = random.NextSingle();
            var lower = (random.NextDouble() * 1e-7) - pixel;
            var upper = lower + (random.NextDouble() * 1e-7);
            var set = SemanticSet.Of(new Brightness(lower, upper)).WithoutClip();
            using var images = set.Enclose(PlantedNetwork.Image(pixel), set.Box);
            foreach (IBoundPropagator domain in (IBoundPropagator[])
                    [
                        new IntervalPropagator(),
                        new SemanticIntervalPropagator(SymbolBudget.All),
                        new SemanticIntervalPropagator(SymbolBudget.None),
                    ])
            {
                using var bounds = domain.Propagate(Graph.Of(network, 1, 1, 1), images);
                Holds(bounds.Output.Lower.Numbers()[0], bounds.Output.Upper.Numbers()[0], domain.Name);
            }

            using var copy = ProofNetwork.Of(Graph.Of(network, 1, 1, 1));
            var proved = new LeafProof(copy.Graph).Bound(images);
            Holds(proved.Lower[0], proved.Upper[0], "checker");

            void Holds(double least, double greatest, string who)
            {
                Assert.That(Exact(least), Is.LessThanOrEqualTo(Exact(pixel) + Exact(lower)), who);
                Assert.That(Exact(greatest), Is.GreaterThanOrEqualTo(Exact(pixel) + Exact(upper)), who);
            }
        }
    }

    [Test]
    public void ItGrowsWithTheSumsAndWithWhatIsAddedUp()
    {
        using var image = full([3, 64, 64], 0.5);
        var plain = Error(SemanticSet.Of(new Brightness(-0.1, 0.1)));
        Assert.That(plain, Is.Positive.And.LessThan(1e-13));

        // A mean of 12,288 values, and a blur of 40,401 pixels.
        Assert.That(Error(SemanticSet.Of(new Contrast(-0.1, 0.1, ContrastPivot.ImageMean))), Is.GreaterThan(12_288 * Math.Pow(2, -53)));
        Assert.That(Error(SemanticSet.Of(Blur.Box(0, 1, 201))), Is.GreaterThan(40_401 * Math.Pow(2, -53)));
        Assert.That(
            Error(SemanticSet.Of(new Brightness(1e6, 1e6), new Brightness(-1e6, -1e6)).WithoutClip()),
            Is.GreaterThan(2e6 * Math.Pow(2, -53)));
        Assert.That(Error(SemanticSet.Of(new Brightness(-0.1, 0.1)).Then(new Contrast(-0.1, 0.1))), Is.GreaterThan(plain));

        double Error(SemanticSet set)
        {
            using var images = set.Enclose(image, set.Box);
            return images.RoundingError;
        }
    }

    /// <summary>Directions of a user's may be a thousand times the image and cancel.</summary>
    [Test]
    public void ItGrowsWithTheDirections()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        for (var number = 0; number < 200; number++)
        {
            using var scope = NewDisposeScope();
            var pixel = random.NextDouble();
            var slope = 1000 * random.NextDouble();
            var later = number % 2 == 0;
            var opposites = new Opposites(slope);
            var set = (later ? SemanticSet.Of(new Brightness(0, 0)).Then(opposites) : SemanticSet.Of(opposites)).WithoutClip();
            using var images = set.Enclose(tensor(new[] { pixel }).reshape(1, 1, 1), set.Box);
            var steep = Exact(slope * pixel);

            // x + (s x + 0.1) − s x at θ = (1, 1), from the directions as they come in 64-bit numbers.
            var expected = Exact(pixel) + Exact((slope * pixel) + 0.1) - steep;
            var off = BigInteger.Abs(Exact(images.Centre.item<double>()) - expected);
            Assert.That(off, Is.LessThanOrEqualTo(Exact(images.RoundingError)), $"slope {slope}, pixel {pixel}");
            Assert.That(images.RoundingError, Is.LessThan(1e-10));

            // And from the directions as they are meant, in real numbers: s x cancels.
            off = BigInteger.Abs(Exact(images.Centre.item<double>()) - Exact(pixel) - Exact(0.1));
            Assert.That(off, Is.LessThanOrEqualTo(Exact(images.RoundingError)), $"slope {slope}, pixel {pixel}");
        }
    }

    [Test]
    public void ImagesOfATrainingStepSayWhatRoundingMoved()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(("flatten", nn.Flatten()), ("fc", nn.Linear(4, 2)));
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1));
        var images = rand(3, 1, 2, 2);
        using var batch = new TrainingBatch(Graph.Of(network, 1, 2, 2), images, set, new Random(1));
        var seen = new Seeing();
        _ = batch.Bounds(seen);
        using var alone = set.Enclose(images[0], set.Box);
        Assert.That(seen.RoundingError, Is.Positive.And.GreaterThanOrEqualTo(alone.RoundingError));
    }

    [Test]
    public void ImagesOfOnesOwnSayWhatRoundingMoved()
    {
        using var centre = zeros(1, 1, 1, 1);
        Assert.That(
            () => new PerturbedImages(centre, centre.unsqueeze(1), clip: false) { RoundingError = double.NaN },
            Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => new PerturbedImages(centre, centre.unsqueeze(1), clip: false) { RoundingError = -1 },
            Throws.InstanceOf<ArgumentOutOfRangeException>());
        var member = typeof(PerturbedImages).GetProperty(nameof(PerturbedImages.RoundingError))!;
        Assert.That(
            Attribute.IsDefined(member, typeof(System.Runtime.CompilerServices.RequiredMemberAttribute)),
            "nobody can leave it out");
    }

    private sealed class Seeing : IBoundPropagator
    {
        public double RoundingError { get; private set; }

        public string Name => "seeing";

        public NetworkBounds Propagate(Graph graph, PerturbedImages images)
        {
            RoundingError = images.RoundingError;
            return new IntervalPropagator().Propagate(graph, images);
        }
    }

    private sealed class Opposites(double slope) : AffineTransform(new ParameterRange("up", 1, 1), new ParameterRange("down", 1, 1))
    {
        public override LinearPart LinearPart => new(slope, -slope);

        public override Tensor Directions(Tensor image) => stack([(slope * image) + 0.1, -slope * image], 0);
    }

    /// <summary>In units of 2^-300; numbers here have no digits below.</summary>
    private static BigInteger Exact(double value) => new(Math.ScaleB(value, 300));
}

using System.Text;
using System.Text.Json.Nodes;
using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Tests.Certification.Checking;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Certification.Files;

/// <summary>Certificates survive files to the last bit, and damaged files are refused.</summary>
public sealed class CertificateFileTests
{
    private string _path = null!;

    [SetUp]
    public void NewFile() => _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".json");

    [TearDown]
    public void Clean() => File.Delete(_path);

    [Test]
    public void WhatIsReadIsWhatWasWritten()
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < 5; number++)
        {
            using var random = RandomCertificates.Of(
                unchecked(seed + number),
                euclidean: number % 2 == 0,
                labelled: number % 3 == 0,
                boxes: 6);
            var loaded = SavedAndLoaded(random.Certificate);
            AssertSame(loaded, random.Certificate);
            Assert.That(random.Check(loaded).IsValid, Is.True, $"seed {unchecked(seed + number)}: {random.Check(loaded)}");
        }
    }

    [Test]
    public void NumbersThatAreNotFiniteSurvive()
    {
        var certificate = Small();
        var leaf = new Leaf(
            new ParameterBox([-0.0], [double.Epsilon]),
            [double.NegativeInfinity, double.NaN, -0.0, 1e-310],
            [double.PositiveInfinity, 1.0 / 3, double.MaxValue, 0.1]);
        var odd = certificate with { Leaves = [leaf], Reference = [double.NaN, 3, double.NaN, double.NaN], AgainstLabel = true };
        var loaded = SavedAndLoaded(odd);
        AssertSame(loaded, odd);
        Assert.That(double.IsNegative(loaded.Leaves[0].Box.Lower[0]) && double.IsNegative(loaded.Leaves[0].Lower[2]), Is.True);
    }

    [Test]
    public void EveryOptionSurvives()
    {
        var options = new CertifierOptions
        {
            Propagator = new SemanticIntervalPropagator(SymbolBudget.None, shareClipErrors: false), MaxBoxes = 3,
            TimeLimit = TimeSpan.FromMilliseconds(1.5),
            MemoryLimit = 1L << 40, FirstCellsPerSide = 2, BoxesPerBatch = 5, Workers = 6, Samples = 7, GradientSteps = 8,
            ImagesPerBatch = 9, Seed = -10,
        };
        var loaded = SavedAndLoaded(Small() with { Options = options }).Options;
        Assert.That(loaded with { Propagator = options.Propagator }, Is.EqualTo(options));
        Assert.That(loaded.Propagator, Is.InstanceOf<SemanticIntervalPropagator>());
        Assert.That(loaded.Propagator.Name, Is.EqualTo(options.Propagator.Name));
    }

    [Test]
    public void APropagatorOfTheUsersIsKeptByName()
    {
        var loaded = SavedAndLoaded(Small() with { Options = new CertifierOptions { Propagator = new NamedPropagator("mine") } });
        Assert.That(loaded.Options.Propagator.Name, Is.EqualTo("mine"));
        Assert.That(() => loaded.Options.Propagator.Propagate(null!, null!), Throws.TypeOf<NotSupportedException>());
    }

    [Test]
    public void LinearPropertiesSurvive()
    {
        using var network = PlantedDetector.Cancelling();
        using var image = PlantedDetector.Grey();
        using var certifier = new Certifier(
            network.Graph,
            PlantedDetector.Light(),
            new LinearProperty(
                [
                    [1, 0.1],
                    [0, 1],
                ],
                [0.001, -0.001],
                ["up", "no"]));
        var certificate = certifier.Certify(image);
        AssertSame(SavedAndLoaded(certificate), certificate);
        Assert.That(Certificate.Load(_path).Check(network, image).IsValid, Is.True);
    }

    [Test]
    public void ASetOfTheUsersOwnHasToBeGivenAgain()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        var set = SemanticSet.Of(new Vignette(0.1));
        using var certifier = new Certifier(network, set, 1.5);
        certifier.Certify(image).Save(_path);
        Assert.That(() => Certificate.Load(_path), Refused("Vignette"));
        Assert.That(() => Certificate.Load(_path, SemanticSet.Of(new Vignette(0.2))), Refused("another perturbation set"));
        Assert.That(Certificate.Load(_path, set).Check(network, image).IsValid, Is.True);
    }

    [Test]
    public void TheSameCertificateGivesTheSameBytesAndNothingIsLeftBeside()
    {
        var certificate = Small();
        certificate.Save(_path);
        var first = File.ReadAllBytes(_path);
        certificate.Save(_path);
        Assert.That(File.ReadAllBytes(_path), Is.EqualTo(first));
        Assert.That(File.Exists(_path + ".tmp"), Is.False);
        Assert.That(
            Encoding.UTF8.GetString(first),
            Does.StartWith("{\"format\":\"robustpruning-certificate\",\"version\":1,\"digest\":\""));
    }

    [Test]
    public void LayoutDoesNotMatter()
    {
        var certificate = Small();
        certificate.Save(_path);
        File.WriteAllText(_path, JsonNode.Parse(File.ReadAllText(_path))!.ToJsonString(new() { WriteIndented = true }));
        AssertSame(Certificate.Load(_path), certificate);
    }

    [Test]
    public void TruncatedFilesAreRefused()
    {
        Small().Save(_path);
        var bytes = File.ReadAllBytes(_path);
        for (var length = 0; length < bytes.Length; length += 50)
        {
            File.WriteAllBytes(_path, bytes[..length]);
            Assert.That(() => Certificate.Load(_path), Refused("truncated"));
        }
    }

    [Test]
    public void AnyByteThatChangesTheContentIsSeen()
    {
        var certificate = Small();
        certificate.Save(_path);
        var bytes = File.ReadAllBytes(_path);
        var random = new Random(TestEnvironment.FreshSeed());
        var accepted = 0;
        for (var number = 0; number < 300; number++)
        {
            var flipped = (byte[])bytes.Clone();
            flipped[random.Next(bytes.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(_path, flipped);
            try
            {
                AssertSame(Certificate.Load(_path), certificate);
                accepted++;
            }
            catch (CertificateException error)
            {
                Assert.That(error.Message, Does.Contain(_path));
            }
        }

        // A byte may happen to become itself, or one number be written in two ways.
        Assert.That(accepted, Is.LessThan(30));
    }

    [TestCase("format", "\"something\"", "not a certificate")]
    [TestCase("format", "1", "not a certificate")]
    [TestCase("version", "2", "newer")]
    [TestCase("version", "\"1\"", "version")]
    [TestCase("version", "0", "version")]
    [TestCase("digest", "\"\"", "digest differs")]
    [TestCase("content", "null", "damaged")]
    public void ForeignFilesAreRefused(string member, string value, string problem)
    {
        Small().Save(_path);
        var root = JsonNode.Parse(File.ReadAllText(_path))!;
        root[member] = JsonNode.Parse(value);
        File.WriteAllText(_path, root.ToJsonString());
        Assert.That(() => Certificate.Load(_path), Refused(problem));
    }

    [TestCase("", "truncated")]
    [TestCase("[]", "not a certificate")]
    [TestCase("{}", "not a certificate")]
    [TestCase("{\"format\":\"robustpruning-certificate\",\"format\":\"robustpruning-certificate\",\"version\":1}", "damaged")]
    [TestCase("{\"format\":\"robustpruning-certificate\",\"version\":1,\"digest\":\"\",\"content\":[[[[[[", "truncated")]
    public void OtherTextIsRefused(string text, string problem)
    {
        File.WriteAllText(_path, text);
        Assert.That(() => Certificate.Load(_path), Refused(problem));
    }

    [Test]
    public void AMissingFileIsRefused() => Assert.That(() => Certificate.Load(_path), Refused("cannot be read"));

    // Whatever is written over the value, with a digest that fits: the parts must still make sense together.
    [TestCase("set.lower", "[\"NaN\"]")]
    [TestCase("set.lower", "[5]")]
    [TestCase("set.lower", "[]")]
    [TestCase("set.upper", "[1,2]")]
    [TestCase("set.stages", "[]")]
    [TestCase("set.stages", "[null]")]
    [TestCase("set.stages", "[[{\"kind\":\"unknown\"}]]")]
    [TestCase("set.stages", "[[{\"kind\":\"convexHull\",\"count\":1000000000,\"shape\":[1000000,1000000,1000000],\"values\":\"\"}]]")]
    [TestCase("set.stages", "[[{\"kind\":\"blur\",\"weights\":[null],\"edges\":\"Replicate\"}]]")]
    [TestCase("set.noise", "-1")]
    [TestCase("property", "{\"kind\":\"keypoints\",\"tolerance\":0,\"norm\":\"euclidean\"}")]
    [TestCase("property", "{\"kind\":\"keypoints\",\"tolerance\":\"NaN\",\"norm\":\"euclidean\"}")]
    [TestCase("property", "{\"kind\":\"keypoints\",\"tolerance\":1,\"norm\":7}")]
    [TestCase("property", "{\"kind\":\"linear\",\"weights\":[null],\"limits\":[1],\"names\":null}")]
    [TestCase("property", "{\"kind\":\"linear\",\"weights\":[[1,2]],\"limits\":[1],\"names\":null}")]
    [TestCase("property", "{}")]
    [TestCase("predicted", "[]")]
    [TestCase("predicted", "[1,2,3]")]
    [TestCase("predicted", "null")]
    [TestCase("reference", "[1]")]
    [TestCase("reference", "[\"Infinity\",2,3,4]")]
    [TestCase("claims", "[]")]
    [TestCase("claims", "[null,null]")]
    [TestCase("claims", "[{\"verdict\":\"perhaps\",\"counterexample\":null},{\"verdict\":\"certified\",\"counterexample\":null}]")]
    [TestCase("claims", "[{\"verdict\":0,\"counterexample\":null},{\"verdict\":0,\"counterexample\":null}]")]
    [TestCase(
        "claims",
        "[{\"verdict\":\"falsified\",\"counterexample\":{\"theta\":[1,2],\"output\":[1,2,3,4],\"violation\":1}},{\"verdict\":\"certified\",\"counterexample\":null}]")]
    [TestCase(
        "claims",
        "[{\"verdict\":\"falsified\",\"counterexample\":{\"theta\":[\"NaN\"],\"output\":[1,2,3,4],\"violation\":1}},{\"verdict\":\"certified\",\"counterexample\":null}]")]
    [TestCase(
        "claims",
        "[{\"verdict\":\"falsified\",\"counterexample\":{\"theta\":[1],\"output\":[1],\"violation\":1}},{\"verdict\":\"certified\",\"counterexample\":null}]")]
    [TestCase("leaves", "[]")]
    [TestCase("leaves", "[null]")]
    [TestCase("leaves", "[{\"from\":[0],\"to\":[\"NaN\"],\"lower\":[1,2,3,4],\"upper\":[1,2,3,4]}]")]
    [TestCase("leaves", "[{\"from\":[1],\"to\":[0],\"lower\":[1,2,3,4],\"upper\":[1,2,3,4]}]")]
    [TestCase("leaves", "[{\"from\":[],\"to\":[],\"lower\":[1,2,3,4],\"upper\":[1,2,3,4]}]")]
    [TestCase("leaves", "[{\"from\":[0,0],\"to\":[1,1],\"lower\":[1,2,3,4],\"upper\":[1,2,3,4]}]")]
    [TestCase("leaves", "[{\"from\":[0],\"to\":[1],\"lower\":[1],\"upper\":[1]}]")]
    [TestCase("boxes", "-1")]
    [TestCase("boxes", "1e300")]
    [TestCase("unstableNeurons", "-3")]
    [TestCase("elapsed", "\"-00:00:01\"")]
    [TestCase("elapsed", "\"soon\"")]
    [TestCase("modelDigest", "\"abc\"")]
    [TestCase("options.workers", "0")]
    [TestCase("options.propagator", "null")]
    [TestCase("options.propagator", "{\"name\":\"interval\",\"symbols\":3,\"sharesClipErrors\":true}")]
    [TestCase("options.unheardOf", "1")]
    public void PartsThatMakeNoSenseAreRefused(string member, string value)
    {
        Small().Save(_path);
        var root = JsonNode.Parse(File.ReadAllText(_path))!;
        var (parent, name) = member.Split('.') is [var first, var second] ? (root["content"]![first]!, second) : (root["content"]!, member);
        parent[name] = JsonNode.Parse(value);
        var content = JsonNode.Parse(root["content"]!.ToJsonString())!;
        root["digest"] = Digest.Of(Encoding.UTF8.GetBytes(content.ToJsonString()));
        File.WriteAllText(_path, root.ToJsonString());
        Assert.That(() => Certificate.Load(_path), Throws.TypeOf<CertificateException>().With.Message.Not.Contain("digest differs"));
    }

    private static Certificate Small()
    {
        using var network = PlantedDetector.Sensitive();
        using var image = PlantedDetector.Grey();
        using var certifier = new Certifier(network, PlantedDetector.Light(), 1.5);
        return certifier.Certify(image);
    }

    private Certificate SavedAndLoaded(Certificate certificate)
    {
        certificate.Save(_path);
        return Certificate.Load(_path);
    }

    private static NUnit.Framework.Constraints.Constraint Refused(string problem) =>
        Throws.TypeOf<CertificateException>().With.Message.Contains(problem).And.Message.Contains("Certificate file");

    private static void AssertSame(Certificate first, Certificate second)
    {
        Assert.That(
            (first.ModelDigest, first.ImageDigest, first.LibraryVersion),
            Is.EqualTo((second.ModelDigest, second.ImageDigest, second.LibraryVersion)));
        Assert.That(
            (first.Set, first.AgainstLabel, first.Boxes, first.UnstableNeurons, first.Elapsed),
            Is.EqualTo((second.Set, second.AgainstLabel, second.Boxes, second.UnstableNeurons, second.Elapsed)));
        Assert.That(first.Predicted, Is.EqualTo(second.Predicted));
        Assert.That(first.Reference, Is.EqualTo(second.Reference));
        Assert.That(first.Property.ToString(), Is.EqualTo(second.Property.ToString()));
        Assert.That(first.Claims.Select(claim => claim.Verdict), Is.EqualTo(second.Claims.Select(claim => claim.Verdict)));
        foreach (var (one, other) in first.Claims.Zip(second.Claims))
        {
            Assert.That(one.Counterexample?.Theta, Is.EqualTo(other.Counterexample?.Theta));
            Assert.That(one.Counterexample?.Output, Is.EqualTo(other.Counterexample?.Output));
            Assert.That(one.Counterexample?.Violation, Is.EqualTo(other.Counterexample?.Violation));
        }

        Assert.That(first.Leaves, Has.Count.EqualTo(second.Leaves.Count));
        foreach (var (one, other) in first.Leaves.Zip(second.Leaves))
        {
            Assert.That(one.Box.Lower.Concat(one.Box.Upper), Is.EqualTo(other.Box.Lower.Concat(other.Box.Upper)));
            Assert.That(one.Lower.Concat(one.Upper), Is.EqualTo(other.Lower.Concat(other.Upper)));
        }
    }

    /// <summary>A transform of a user's own: darkens the first pixel of each row.</summary>
    private sealed class Vignette(double most) : AffineTransform(new ParameterRange("vignette", 0, most))
    {
        public override Tensor Directions(Tensor image)
        {
            using var scope = NewDisposeScope();
            var direction = zeros_like(image);
            direction.narrow(2, 0, 1).fill_(-1);
            return direction.unsqueeze(0).MoveToOuterDisposeScope();
        }
    }
}

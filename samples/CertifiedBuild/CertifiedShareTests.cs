using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using RobustPruning.Training;

namespace CertifiedBuild;

/// <summary>Fails the build when a model's certified share drops.</summary>
public sealed class CertifiedShareTests
{
    private const double LeastShare = 0.9;
    private static readonly SemanticSet Light = SemanticSet.Of(new Brightness(-0.03, 0.03), new Contrast(-0.03, 0.03));

    // Boxes, not seconds: the verdict should not depend on how busy the build machine is.
    private static readonly CertifierOptions Limit = new() { MaxBoxes = 200 };

    [Test]
    public void TheModelIsCertifiedOnEnoughImages()
    {
        using var model = ModelFile.Load(ModelUnderTest.Path);
        using var images = ModelUnderTest.TestImages();
        Assert.That(CertifiedShare(model, images), Is.AtLeast(LeastShare));
    }

    [Test]
    public void AModelThatLearntNothingIsNot()
    {
        using var model = ModelUnderTest.Untrained();
        using var images = ModelUnderTest.TestImages();
        Assert.That(CertifiedShare(model, images), Is.LessThan(LeastShare));
    }

    // Against the labels: a model that always gives the same answer does not move, and would be certified against its own prediction.
    private static double CertifiedShare(GraphModule model, KeypointData data)
    {
        using var certifier = new Certifier(model, Light, tolerance: 1, Limit);
        var certificates = certifier.CertifyMany(data.Images, data.Labels);

        // Keypoints without a label are in none of the three.
        double certified = certificates.Sum(certificate => certificate.Certified),
            all = certified + certificates.Sum(certificate => certificate.Falsified + certificate.Unknown);
        TestContext.Out.WriteLine($"{certified} of {all} keypoints certified under {Light}");
        return certified / all;
    }
}

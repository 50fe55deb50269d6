using System.Xml.Linq;
using KeypointRobustness.Runs;
using RobustPruning.Certification;
using RobustPruning.Perturbations;

namespace KeypointRobustness.Tests.Runs;

[TestFixture]
internal sealed class CertificatePlaneTests
{
    private static readonly string[] Names = ["nose", "tail"];

    [Test]
    public void LeavesAreJudgedByWhatIsNotFalsified()
    {
        // Four leaves, brightness by contrast; the nose moves by 0 to 2, the tail by 0 to 0.5, the tolerance is 1.
        var svg = CertificatePlane.Draw("t", Names, Certificate(noseFalsified: true));

        Assert.That(Shares(svg), Is.EqualTo(new[] { "certified 75 %", "holds a counterexample 25 %", "open 0 %", "counterexample (1)" }));
        Assert.That(svg, Does.Contain("nose is 0.7 px beyond the tolerance at (0.05, 0.05)"));
        Assert.That(svg, Does.Contain("brightness, in image values").And.Contain("contrast, as a share"));
    }

    [Test]
    public void OpenKeypointsKeepTheirLeavesOpen() =>
        Assert.That(Shares(CertificatePlane.Draw("t", Names, Certificate(noseFalsified: false))),
            Is.EqualTo(new[] { "certified 25 %", "holds a counterexample 0 %", "open 75 %", "counterexample (0)" }));

    [Test]
    public void OneKeypointShowsAlone()
    {
        var nose = CertificatePlane.Draw("t", Names, Certificate(noseFalsified: true), keypoint: 0);
        var tail = CertificatePlane.Draw("t", Names, Certificate(noseFalsified: true), keypoint: 1);

        Assert.That(Shares(nose), Is.EqualTo(new[] { "certified 25 %", "holds a counterexample 25 %", "open 50 %", "counterexample (1)" }));
        Assert.That(Shares(tail), Is.EqualTo(new[] { "certified 100 %", "holds a counterexample 0 %", "open 0 %", "counterexample (0)" }));
    }

    [Test]
    public void OneParameterIsRefused()
    {
        var line = Certificate(false) with { PerturbationSet = SemanticSet.Of(new Brightness(-0.1, 0.1)) };
        Assert.That(() => CertificatePlane.Draw("t", Names, line), Throws.ArgumentException);
    }

    private static Certificate Certificate(bool noseFalsified)
    {
        var set = SemanticSet.Of(new Brightness(-0.1, 0.1), new Contrast(-0.1, 0.1));
        var boxes = set.Box.Halve(0).SelectMany(half => half.Halve(1)).ToList();
        double[] reference = [10, 10, 20, 20];
        var leaves = boxes.Select((box, index) => new Leaf(
            box, [10, 10, 20, 20], [10 + (index == 0 ? 0.5 : 2), 10, 20.5, 20])).ToList();
        var found = noseFalsified ? new Counterexample([0.05, 0.05], [11.7, 10, 20, 20], 0.7) : null;
        return new Certificate(set, new KeypointProperty(1), AgainstLabel: false, reference, reference,
            [new ClaimResult(0, noseFalsified ? Verdict.Falsified : Verdict.Unknown, found), new ClaimResult(1, Verdict.Certified, null)],
            leaves, new CertifierOptions(), 4, 0, TimeSpan.Zero);
    }

    private static IEnumerable<string> Shares(string svg) =>
        XDocument
            .Parse(svg)
            .Root!.Descendants()
            .Where(element => element.Name.LocalName == "text")
            .Select(text => text.Value)
            .Where(text => text.EndsWith('%') || text.EndsWith(')'));
}

using RobustPruning.Perturbations;

namespace RobustPruning.Certification;

/// <summary>Turns certificates into the content of a file and back.</summary>
internal static class CertificateContents
{
    public static CertificateContent Of(Certificate certificate) =>
        new(
            certificate.LibraryVersion, certificate.ModelDigest, certificate.ImageDigest, certificate.PerturbationSet.Describe(),
            PropertyDescription.Of(certificate.Property), certificate.AgainstLabel, [.. certificate.Predicted], [.. certificate.Reference],
            [
                .. certificate.Claims.Select(claim => new ClaimDescription(
                    claim.Verdict,
                    claim.Counterexample is not { } found
                        ? null
                        : new CounterexampleDescription(
                            [.. found.Theta], [.. found.Output], found.Violation, found.Noise?.ToArray(), found.IsTie))),
            ],
            [
                .. certificate.Leaves.Select(leaf => new LeafDescription(
                    [.. leaf.Box.Lower], [.. leaf.Box.Upper], [.. leaf.Lower], [.. leaf.Upper], leaf.Anchors?.ToArray())),
            ],
            certificate.Options, certificate.Boxes, certificate.UnstableNeurons, certificate.Elapsed);

    /// <summary>The certificate that a content states.</summary>
    /// <param name="content">The content of a file.</param>
    /// <param name="given">The set, needed where it holds a transform that is not of this library.</param>
    /// <exception cref="CertificateException">The parts do not fit together.</exception>
    /// <exception cref="ArgumentException">A part makes no sense.</exception>
    public static Certificate Restore(CertificateContent content, SemanticSet? given)
    {
        var set = given ?? SemanticSet.FromDescription(content.Set);
        var property = content.Property.Restore();
        Require(Digest.IsDigest(content.ModelDigest) && Digest.IsDigest(content.ImageDigest), "it does not name its network and image.");
        Require(content.Boxes >= 0 && !(content.UnstableNeurons < 0) && content.Elapsed >= TimeSpan.Zero, "it counts below zero.");
        content.Options.Validate();
        var outputs = content.Predicted.Length;
        Require(property.Fits(outputs), $"its property is not about {outputs} outputs.");
        Require(content.Reference.Length == (property.HasReference ? outputs : 0), $"its reference has {content.Reference.Length} values.");
        Require(!content.Reference.Any(double.IsInfinity), "its reference contains infinity.");
        Require(content.Claims.Length == property.Claims(outputs), $"it has {content.Claims.Length} claims.");
        Require(content.Leaves.Length > 0, "it has no leaves.");
        var values = property.CountValues(outputs);
        var certificate = new Certificate(
            set, property, content.AgainstLabel, content.Predicted, content.Reference,
            [.. content.Claims.Select(
                (claim, index) => new ClaimResult(index, Present(claim).Verdict, Restore(claim.Counterexample, set.Dimension, outputs)))],
            [.. content.Leaves.Select(leaf => Restore(Present(leaf), set.Dimension, values))],
            content.Options, content.Boxes, content.UnstableNeurons, content.Elapsed)
        {
            LibraryVersion = content.LibraryVersion,
            ModelDigest = content.ModelDigest,
            ImageDigest = content.ImageDigest,
        };
        Require(given is null || CertificateFile.AreSame(given, content.Set), "it is about another perturbation set than the one given.");
        return certificate;
    }

    private static Counterexample? Restore(CounterexampleDescription? found, int parameters, int outputs)
    {
        if (found is null)
            return null;
        Require(
            found.Theta.Length == parameters && found.Theta.All(double.IsFinite),
            $"a counterexample is not {parameters} finite parameters.");
        Require(found.Output.Length == outputs, $"a counterexample has {found.Output.Length} outputs.");
        Require(found.Noise?.All(double.IsFinite) != false, "the noise of a counterexample is not finite.");
        return new Counterexample(found.Theta, found.Output, found.Violation, found.Noise) { IsTie = found.IsTie };
    }

    private static Leaf Restore(LeafDescription leaf, int parameters, int values)
    {
        var box = new ParameterBox(leaf.From, leaf.To);
        Require(box.Dimension == parameters, $"a leaf has {box.Dimension} parameters.");
        Require(
            leaf.Lower.Length == values && leaf.Upper.Length == values,
            $"a leaf has {leaf.Lower.Length} lower and {leaf.Upper.Length} upper bounds.");
        return new Leaf(box, leaf.Lower, leaf.Upper) { Anchors = leaf.Anchors };
    }

    private static T Present<T>(T? part)
        where T : class => part ?? throw new CertificateException("a part of it is null.");

    private static void Require(bool condition, string problem)
    {
        if (!condition)
            throw new CertificateException(problem);
    }
}

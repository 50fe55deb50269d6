using System.Diagnostics;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Proves a certificate again from its leaves alone: the digests name this network and this image; the leaves cover the set; bounds
/// computed anew by <see cref="LeafProof"/> lie inside the stated ones and prove every certified claim; a plain forward pass confirms
/// every counterexample; and the verdicts are those that follow.
/// </summary>
/// <param name="certificate">What is stated.</param>
/// <param name="network">The network it is stated of.</param>
/// <param name="set">The perturbation set; its description is the certificate's.</param>
internal sealed class CertificateChecker(Certificate certificate, Graph network, SemanticSet set)
{
    private const int MostProblems = 10;
    private const int LeavesPerRound = 64;

    // A leaf of a large network has some thousand symbols.
    private const long BytesPerNeuron = 3000 * sizeof(double);
    private const long MemoryForLeaves = 1L << 31;

    private readonly List<string> _problems = [];
    private int _proved;

    /// <summary>Checks everything; what follows only from what failed is left out.</summary>
    public CertificateCheck Check(Tensor image, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        CheckDigests(image);
        if (_problems.Count == 0)
            CheckReference(image);
        if (_problems.Count == 0)
            CheckClaims(image);
        if (_problems.Count == 0
            && LeafCover.Problem(set.Box, [.. certificate.Leaves.Select(leaf => leaf.Box)], box => !set.IsAdmissible(box)) is { } hole)
            _problems.Add($"The leaves do not cover the set: {hole}.");
        if (_problems.Count == 0)
            CheckLeaves(image, cancellationToken);
        return new CertificateCheck([.. _problems.Take(MostProblems)], _proved, clock.Elapsed);
    }

    private void CheckDigests(Tensor image)
    {
        if (Digest.Of(network) != certificate.ModelDigest)
            _problems.Add("It is about another network.");
        if (Digest.Of(image) != certificate.ImageDigest)
            _problems.Add("It is about another image.");
        if (!CertificateFile.AreSame(set, certificate.PerturbationSet.Describe()))
            _problems.Add($"It is about another perturbation set: {certificate.PerturbationSet}.");
    }

    private void CheckReference(Tensor image)
    {
        var (property, predicted) = (certificate.Property, Run(image.unsqueeze(0)));
        property.RequireOutput(network.Output);
        try
        {
            property.RequireSet(set, image.shape);
        }
        catch (ArgumentException error)
        {
            _problems.Add(error.Message);
        }

        if (!AreClose(predicted, certificate.Predicted))
            _problems.Add("The prediction on the clean image is another.");
        if (property.HasReference && !certificate.AgainstLabel && !certificate.Reference.SequenceEqual(certificate.Predicted))
            _problems.Add("The reference is not the prediction on the clean image.");
        if (certificate.Boxes < certificate.Leaves.Count(StatedBounds.SaySomething))
            _problems.Add($"It states bounds on more leaves than the {certificate.Boxes} boxes bounded.");
        if (certificate.Claims.Count != property.Claims(predicted.Length))
            _problems.Add($"It has {certificate.Claims.Count} claims, but the property makes {property.Claims(predicted.Length)}.");
    }

    private void CheckClaims(Tensor image)
    {
        var (property, reference) = (certificate.Property, certificate.Reference);
        foreach (var (index, claim) in certificate.Claims.Index())
        {
            var due = ClaimResult.Of(property, reference, certificate.Leaves, index, claim.Counterexample);
            if (claim.Index != index || due.Verdict != claim.Verdict)
                _problems.Add($"The verdict on {property.Name(index)} is {claim.Verdict}, but {due.Verdict} follows.");
            else if (due.Counterexample?.Violation != claim.Counterexample?.Violation
                || (claim.Counterexample is { } counterexample && !Confirms(image, counterexample, index)))
                _problems.Add($"The counterexample to {property.Name(index)} is not confirmed.");
        }
    }

    private bool Confirms(Tensor image, Counterexample counterexample, int claim)
    {
        double[] theta = [.. counterexample.Theta];
        if (!set.Box.Contains(theta)
            || !set.IsAdmissible(new ParameterBox(theta, theta))
            || !IsWithin(counterexample.Noise, set.NoiseRadii.For(image.numel())))
            return false;
        var output = Run(counterexample.Input(set, image));
        if (!AreClose(output, counterexample.Output))
            return false;
        var (property, reference) = (certificate.Property, certificate.Reference);
        if (Moving(image) is not { } keypoints)
            return property.Violation(property.Values(output, theta, reference), reference, claim) > 0;

        // The move is a number but for its rounding.
        var still = keypoints.Less(new OutputBounds(output, output, 0), new ParameterBox(theta, theta), reference);
        return property.Violation([.. still.Lower.Zip(still.Upper, (low, high) => (low + high) / 2)], reference, claim) > 0;
    }

    /// <summary>How keypoints move with the scene; null if they are to stay.</summary>
    private ProofKeypoints? Moving(Tensor image) =>
        certificate.Property is KeypointProperty { Moves: true } ? new ProofKeypoints(set, (int)image.shape[1], (int)image.shape[2]) : null;

    /// <summary>Whether noise is of an image's values, and nowhere above its radius.</summary>
    private static bool IsWithin(IReadOnlyList<double>? noise, double[] radii) =>
        noise is null || (noise.Count == radii.Length && noise.Zip(radii).All(pair => Math.Abs(pair.First) <= pair.Second));

    /// <summary>Many leaves at once, each on one thread; where leaves take much memory, one at a time on all threads.</summary>
    private void CheckLeaves(Tensor image, CancellationToken cancellationToken)
    {
        using var copy = ProofNetwork.Of(network, certificate.Property);
        using var wide = image.to(float64).cpu();
        var proof = new LeafProof(copy.Graph);
        var workers = (int)
            Math.Clamp(MemoryForLeaves / (copy.Graph.Nodes.Max(node => node.Neurons) * BytesPerNeuron), 1, Environment.ProcessorCount);
        using var threads = workers > 1 ? new SingleThreaded() : null;
        foreach (var round in certificate.Leaves.Where(StatedBounds.SaySomething).Chunk(LeavesPerRound))
        {
            var problems = new List<string>[round.Length];
            SingleThreaded.ForEach(round.Length, workers, index =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                problems[index] = [.. LeafProblems(proof, wide, round[index])];
            });
            _proved += round.Length;
            _problems.AddRange(problems.SelectMany(found => found));
            if (_problems.Count >= MostProblems)
                return;
        }
    }

    private IEnumerable<string> LeafProblems(LeafProof proof, Tensor image, Leaf leaf)
    {
        OutputBounds bounds;
        using (var images = set.Enclose(image, [leaf.Box], ProofMoves.Recheck))
            bounds = certificate.Property is DecodedProperty decoded
                ? proof.Bound(images, new ProofDecoder(decoded, certificate.Reference, leaf.Anchors))
                : proof.Bound(images);
        var moving = Moving(image);
        bounds = moving?.Less(bounds, leaf.Box, certificate.Reference) ?? bounds;
        if (StatedBounds.Problem(
            leaf, bounds, certificate.Options.Propagator, sameRelaxation: certificate.Property is not DecodedProperty && moving is null,
            curved: set.Transforms.Any(transform => transform is not AffineTransform)) is { } problem)
            yield return $"On the leaf {leaf.Box} {problem}.";
        foreach (var claim in certificate.Claims.Where(claim => claim.Verdict == Verdict.Certified))
        {
            if (!(certificate.Property.WorstViolation(bounds.Lower, bounds.Upper, certificate.Reference, claim.Index) <= 0))
                yield return $"The leaf {leaf.Box} does not prove {certificate.Property.Name(claim.Index)}.";
        }
    }

    private double[] Run(Tensor images)
    {
        using var scope = NewDisposeScope();
        using var evaluation = new EvaluationMode(network);
        return certificate.Property.Read(network.Forward(images).to(float64).cpu().flatten().data<double>().ToArray());
    }

    /// <summary>The same output, but for the order in which a forward pass adds up.</summary>
    private static bool AreClose(double[] computed, IReadOnlyList<double> stated)
    {
        var slack = StatedBounds.Slack(computed);
        return computed.Length == stated.Count
            && computed.Zip(stated).All(pair => Math.Abs(pair.First - pair.Second) <= slack || pair.First.Equals(pair.Second));
    }
}

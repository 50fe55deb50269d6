using System.Text.Json.Serialization;
using RobustPruning.Perturbations;

namespace RobustPruning.Certification;

/// <summary>
/// A certificate file. The digest is that of the content written compactly: it sees accidental changes of values, not of layout.
/// </summary>
/// <param name="Format">Always <see cref="CertificateFile.Format"/>.</param>
/// <param name="Version">The version of the format.</param>
/// <param name="Digest">SHA-256 of the content.</param>
/// <param name="Content">All that is stated.</param>
internal sealed record CertificateDocument(string Format, int Version, string Digest, CertificateContent Content);

/// <summary>
/// What a certificate states. Numbers keep every bit; those that are not finite are the strings NaN, Infinity and -Infinity.
/// </summary>
internal sealed record CertificateContent(
    string LibraryVersion,
    string ModelDigest,
    string ImageDigest,
    SemanticSetDescription Set,
    PropertyDescription Property,
    bool AgainstLabel,
    double[] Predicted,
    double[] Reference,
    ClaimDescription[] Claims,
    LeafDescription[] Leaves,
    CertifierOptions Options,
    int Boxes,
    double UnstableNeurons,
    TimeSpan Elapsed);

/// <summary>One claim, in the property's order.</summary>
internal sealed record ClaimDescription(Verdict Verdict, CounterexampleDescription? Counterexample);

/// <summary>What breaks a claim.</summary>
internal sealed record CounterexampleDescription(
    double[] Theta,
    double[] Output,
    double Violation,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double[]? Noise = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool IsTie = false);

/// <summary>A parameter box from one corner to the other, and the bounds on it.</summary>
internal sealed record LeafDescription(
    double[] From, double[] To, double[] Lower, double[] Upper,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int[]? Anchors = null);

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using KeypointRobustness.Reproduction;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;

namespace KeypointRobustness.Runs;

/// <summary>
/// A specification of all keypoints together, about their deviations from the reference: the sum of their squares, their mean, or linear
/// constraints of a file. Exactly one of the last three is given.
/// </summary>
/// <param name="Name">How reports call it.</param>
/// <param name="Squares">The greatest sum of squared deviations, in pixels².</param>
/// <param name="Mean">How far the mean of all keypoints may move along an axis, in pixels.</param>
/// <param name="Constraints">Linear constraints, their limits in pixels.</param>
internal sealed record JointSpecification(string Name, double? Squares, double? Mean, IReadOnlyList<JointConstraint>? Constraints)
{
    private const string Known = "squares:LIMIT, mean:LIMIT, or a JSON file of constraints";

    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Reads what the option says; a file is read at once.</summary>
    /// <exception cref="ArgumentException">It says nothing that is known.</exception>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static JointSpecification Parse(string text)
    {
        var colon = text.IndexOf(':');
        switch (colon < 0 ? string.Empty : text[..colon])
        {
            case "squares":
                return new(text, Limit(text[(colon + 1)..]), null, null);
            case "mean":
                return new(text, null, Limit(text[(colon + 1)..]), null);
        }

        if (!File.Exists(text))
            throw new ArgumentException($"Unknown joint specification '{text}'; --joint is {Known}, and there is no such file.");
        var constraints = ResultFile.Read<JointConstraint[]>(text);
        return constraints.Length > 0
            ? new(Path.GetFileName(text), null, null, constraints)
            : throw new DataException($"There is no constraint in {text}.") { Name = text };

        double Limit(string number) =>
            double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var limit) && limit > 0 && double.IsFinite(limit)
            ? limit
            : throw new ArgumentException($"--joint '{text}' needs a limit above 0 behind the colon.");
    }

    /// <summary>Specifications as text, for the options of a folder.</summary>
    public static string Write(IReadOnlyList<JointSpecification> specifications) => JsonSerializer.Serialize(specifications, Json);

    /// <summary>Reads that text.</summary>
    public static IReadOnlyList<JointSpecification> Read(string text) => JsonSerializer.Deserialize<JointSpecification[]>(text, Json)!;

    /// <summary>Refuses a set that moves the scene.</summary>
    /// <exception cref="ArgumentException">It does.</exception>
    public static void RequireStill(SemanticSet set, Graph network)
    {
        if (KeypointMotion.Of(set, network) is not null)
            throw new ArgumentException($"--joint is about keypoints that stay, but {set} moves the scene.");
    }

    /// <summary>The property.</summary>
    /// <param name="keypoints">The keypoints' names.</param>
    /// <param name="decoder">What reads keypoints off the network's output; null for coordinates.</param>
    /// <param name="pixels">Pixels of the limits for one of the scaled image: 1 where they are of the scaled image.</param>
    /// <exception cref="ArgumentException">A constraint names no keypoint, or makes no sense.</exception>
    public OutputProperty PropertyOf(IReadOnlyList<string> keypoints, HeatmapDecoder? decoder, double pixels)
    {
        var positions = Positions(keypoints, pixels);
        return decoder is null ? positions : new DecodedProperty(decoder, positions);
    }

    /// <summary>Whether a certificate answers it, and for the same set, reference and decoder as one about single keypoints.</summary>
    public bool IsAnsweredBy(Certificate joint, Certificate single, IReadOnlyList<string> keypoints, double pixels) =>
        Describe(joint.Property) == Describe(PropertyOf(keypoints, (single.Property as DecodedProperty)?.Decoder, pixels))
        && CertificateFile.AreSame(joint.PerturbationSet, single.PerturbationSet.Describe())
        && (joint.AgainstLabel, joint.ModelDigest, joint.ImageDigest) == (single.AgainstLabel, single.ModelDigest, single.ImageDigest)
        && joint.Reference.SequenceEqual(single.Reference);

    /// <summary>
    /// The verdict of an image: certified where every constraint is, falsified where one is, and unlabelled where one lacks a label.
    /// </summary>
    public static Verdict Judge(Certificate joint) =>
        joint.Falsified > 0 ? Verdict.Falsified
        : joint.Claims.Any(claim => claim.Verdict == Verdict.Unlabelled) ? Verdict.Unlabelled
        : joint.Unknown > 0 ? Verdict.Unknown : Verdict.Certified;

    private static string Describe(OutputProperty property) => JsonSerializer.Serialize(PropertyDescription.Of(property));

    private OutputProperty Positions(IReadOnlyList<string> keypoints, double pixels)
    {
        if (Squares is { } squares)
            return new SquaredDeviationProperty(squares / (pixels * pixels));
        var constraints = Constraints ?? [Bound("x", 1), Bound("x", -1), Bound("y", 1), Bound("y", -1)];
        string[] columns = [.. keypoints.SelectMany(name => new[] { $"{name}.x", $"{name}.y" })];
        foreach (var constraint in constraints)
        {
            if (constraint.Weights.Keys.FirstOrDefault(column => !columns.Contains(column)) is { } unknown)
            {
                throw new ArgumentException(
                    $"--joint {Name}: constraint '{constraint.Name}' is about '{unknown}'; there are {string.Join(", ", columns)}.");
            }
        }

        return new LinearProperty(
            [.. constraints.Select(constraint => columns.Select(column => constraint.Weights.GetValueOrDefault(column)).ToArray())],
            [.. constraints.Select(constraint => constraint.Limit / pixels)],
            [.. constraints.Select(constraint => constraint.Name)],
            fromReference: true);

        // The sum of all deviations instead of their mean: weights of 1 are exact.
        JointConstraint Bound(string axis, double sign) => new(
            $"mean {axis} {(sign > 0 ? "above" : "below")}",
            keypoints.ToDictionary(name => $"{name}.{axis}", _ => sign),
            Mean!.Value * keypoints.Count);
    }
}

/// <summary>One linear constraint on deviations: the weighted sum of some coordinates' deviations is at most a limit.</summary>
/// <param name="Name">How reports call it.</param>
/// <param name="Weights">The weights by coordinate, such as <c>nose.x</c>; others have none.</param>
/// <param name="Limit">The greatest sum, in pixels.</param>
internal sealed record JointConstraint(string Name, IReadOnlyDictionary<string, double> Weights, double Limit);

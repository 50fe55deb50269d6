using System.Globalization;
using KeypointRobustness.Reports;
using RobustPruning.Certification;

namespace KeypointRobustness.Runs;

/// <summary>The map of a certificate's leaves over two parameters.</summary>
internal static class CertificatePlane
{
    private static readonly Dictionary<string, string> Units = new()
    {
        ["brightness"] = "in image values, 1 = full scale",
        ["contrast"] = "as a share, 0 = unchanged",
        ["saturation"] = "as a share, 0 = unchanged",
        ["haze"] = "as the share of airlight",
        ["blur"] = "as the share of the blurred image",
        ["gamma"] = "as the change of the exponent",
    };

    /// <summary>
    /// Draws the map: a leaf is certified where its bounds prove every keypoint that is not falsified somewhere, and falsified where a
    /// counterexample lies in it.
    /// </summary>
    /// <param name="title">Its title.</param>
    /// <param name="names">The keypoints' names.</param>
    /// <param name="certificate">The certificate, over two parameters.</param>
    /// <param name="keypoint">Shows this keypoint alone; null for all.</param>
    /// <exception cref="ArgumentException">The certificate is not over two parameters.</exception>
    public static string Draw(string title, IReadOnlyList<string> names, Certificate certificate, int? keypoint = null)
    {
        if (certificate.PerturbationSet.Dimension != 2)
            throw new ArgumentException($"A map needs two parameters, not {certificate.PerturbationSet.Dimension}.", nameof(certificate));
        var claims = certificate.Claims.Where(claim => keypoint is null || claim.Index == keypoint).ToList();
        var marks = claims.Where(claim => claim.Counterexample is not null).ToList();

        // A falsified keypoint is not proved everywhere; it only counts where it is the one to be shown.
        var toProve = claims
            .Where(claim =>
                claim.Verdict is Verdict.Certified or Verdict.Unknown || (keypoint is not null && claim.Verdict == Verdict.Falsified))
            .ToList();
        var cells = certificate
            .Leaves.Select(leaf => new PlaneCell(
                leaf.Box.Lower[0], leaf.Box.Upper[0], leaf.Box.Lower[1], leaf.Box.Upper[1],
                marks.Any(claim => leaf.Box.Contains(claim.Counterexample!.Theta)) ? Verdict.Falsified
                    : toProve.Count > 0 && toProve.All(claim => certificate.IsProved(leaf, claim.Index)) ? Verdict.Certified
                    : Verdict.Unknown))
            .ToList();
        var parameters = certificate.PerturbationSet.Parameters.Select(range => Label(range.Name)).ToList();
        return ParameterPlane.Draw(
            new PlotLabels(title, parameters[0], parameters[1]),
            cells,
            [.. marks.Select(claim => Mark(names, claim))]);
    }

    private static PlaneMark Mark(IReadOnlyList<string> names, ClaimResult claim)
    {
        var (found, name) = (claim.Counterexample!, names[claim.Index]);
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{name} is {found.Violation:0.##} px beyond the tolerance at ({found.Theta[0]:0.#####}, {found.Theta[1]:0.#####})");
        return new PlaneMark(found.Theta[0], found.Theta[1], text);
    }

    private static string Label(string parameter) => Units.TryGetValue(parameter, out var unit) ? $"{parameter}, {unit}" : parameter;
}

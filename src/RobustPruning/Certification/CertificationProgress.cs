using System.Globalization;

namespace RobustPruning.Certification;

/// <summary>How far a certification has come.</summary>
/// <param name="Image">The index of the image this is about.</param>
/// <param name="Images">How many images there are.</param>
/// <param name="Boxes">Parameter boxes bounded for this image.</param>
/// <param name="OpenLeaves">Boxes on which a claim is still open.</param>
/// <param name="Decided">Claims about this image that are open on no box: certified, falsified or unlabelled.</param>
/// <param name="Claims">All claims about this image.</param>
public sealed record CertificationProgress(int Image, int Images, int Boxes, int OpenLeaves, int Decided, int Claims)
{
    /// <summary>For example <c>image 2 of 10: 21 of 23 claims decided, 120 boxes, 8 open</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"image {Image + 1} of {Images}: {Decided} of {Claims} claims decided, {Boxes} boxes, {OpenLeaves} open");
}

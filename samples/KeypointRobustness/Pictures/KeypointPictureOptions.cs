namespace KeypointRobustness.Pictures;

/// <summary>What a keypoint picture shows beside its marks.</summary>
/// <param name="Title">First line of the legend; none by default.</param>
/// <param name="Tolerance">Tolerance in image pixels along x and y, drawn as a thin square; none by default.</param>
/// <param name="ToleranceAroundLabel">Draw it around the label (where there is one) and not around the prediction; false by default.</param>
/// <param name="MinWidth">Enlarge the image by the least whole factor that makes it this wide, in pixels; 640 by default.</param>
internal sealed record KeypointPictureOptions(
    string Title = "", float? Tolerance = null, bool ToleranceAroundLabel = false, int MinWidth = 640);

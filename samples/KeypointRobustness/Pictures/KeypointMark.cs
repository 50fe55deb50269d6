using RobustPruning.Certification;

namespace KeypointRobustness.Pictures;

/// <summary>One keypoint as a picture shows it. Coordinates are image pixels; pixel centres are whole numbers.</summary>
/// <param name="Name">Its name.</param>
/// <param name="X">Predicted x on the unchanged image.</param>
/// <param name="Y">Predicted y on the unchanged image.</param>
/// <param name="LabelX">Labelled x, or null without a label.</param>
/// <param name="LabelY">Labelled y, or null without a label.</param>
/// <param name="MinX">Least x it can move to.</param>
/// <param name="MaxX">Greatest x it can move to.</param>
/// <param name="MinY">Least y it can move to.</param>
/// <param name="MaxY">Greatest y it can move to.</param>
/// <param name="Verdict">What is known about it; decides its colour and shape.</param>
internal sealed record KeypointMark(
    string Name, float X, float Y, float? LabelX, float? LabelY, float MinX, float MaxX, float MinY, float MaxY, Verdict Verdict);

namespace KeypointRobustness.Scenes;

/// <summary>What aircraft scenes look like. Angles are degrees.</summary>
/// <param name="Height">Rows, 16 to 1024; by default 64.</param>
/// <param name="Width">Columns, 16 to 1024; by default 64.</param>
/// <param name="MaxAzimuth">How far to either side of the nose the camera may stand, 0 to 85; by default 60.</param>
/// <param name="MinElevation">Lowest camera as seen from the aircraft, 5 to <paramref name="MaxElevation"/>; by default 10.</param>
/// <param name="MaxElevation">Highest camera, up to 60; by default 32.</param>
/// <param name="MinFill">Least share of the frame, less its margin, that the keypoints span, above 0; by default 0.72.</param>
/// <param name="MaxFill">Most, up to 1; by default 0.92.</param>
/// <param name="Margin">Share of the width kept free of keypoints at each border, 0 to 0.3; by default 0.06.</param>
/// <param name="Supersampling">Fine cells a pixel along each axis, 1 to 8; by default 3.</param>
internal sealed record AircraftSceneOptions(
    int Height = 64,
    int Width = 64,
    float MaxAzimuth = 60,
    float MinElevation = 10,
    float MaxElevation = 32,
    float MinFill = 0.72f,
    float MaxFill = 0.92f,
    float Margin = 0.06f,
    int Supersampling = 3)
{
    /// <summary>Throws unless every value is in its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is not; the message names it.</exception>
    public void Validate()
    {
        Require(Height is >= 16 and <= 1024, nameof(Height), Height, "16 to 1024 pixels high");
        Require(Width is >= 16 and <= 1024, nameof(Width), Width, "16 to 1024 pixels wide");
        Require(MaxAzimuth is >= 0 and <= 85, nameof(MaxAzimuth), MaxAzimuth);
        Require(MinElevation >= 5 && MinElevation <= MaxElevation, nameof(MinElevation), MinElevation);
        Require(MaxElevation <= 60, nameof(MaxElevation), MaxElevation);
        Require(MinFill > 0 && MinFill <= MaxFill, nameof(MinFill), MinFill);
        Require(MaxFill <= 1, nameof(MaxFill), MaxFill);
        Require(Margin is >= 0 and <= 0.3f && 2 * Margin * Width < Height, nameof(Margin), Margin);
        Require(Supersampling is >= 1 and <= 8, nameof(Supersampling), Supersampling);
    }

    private static void Require(bool holds, string name, object value, string? range = null)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(
                name, value, range is null ? $"Aircraft scenes do not take this {name}." : $"Aircraft scenes are {range}.");
        }
    }
}

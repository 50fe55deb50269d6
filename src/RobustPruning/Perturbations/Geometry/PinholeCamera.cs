namespace RobustPruning.Perturbations;

/// <summary>
/// The intrinsics of a pinhole camera in pixels of the images: the point (X, Y, Z) before it is seen at <c>(c_x + f_x X / Z, c_y + f_y Y /
/// Z)</c>, the centre of the first pixel at (0, 0).
/// </summary>
public sealed record PinholeCamera
{
    /// <summary>Creates the camera.</summary>
    /// <param name="focalX">The focal length along x in pixels; positive.</param>
    /// <param name="focalY">The focal length along y in pixels; positive.</param>
    /// <param name="centreX">Where the optical axis meets the image; finite.</param>
    /// <param name="centreY">Where the optical axis meets the image; finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A focal length is not positive and finite, or the centre is not finite.</exception>
    public PinholeCamera(double focalX, double focalY, double centreX, double centreY)
    {
        RequirePositive(focalX, nameof(focalX));
        RequirePositive(focalY, nameof(focalY));
        SoftEdge.RequireFinite(centreX, nameof(centreX));
        SoftEdge.RequireFinite(centreY, nameof(centreY));
        (FocalX, FocalY, CentreX, CentreY) = (focalX, focalY, centreX, centreY);
    }

    /// <summary>The focal length along x in pixels.</summary>
    public double FocalX { get; }

    /// <summary>The focal length along y in pixels.</summary>
    public double FocalY { get; }

    /// <summary>Where the optical axis meets the image.</summary>
    public double CentreX { get; }

    /// <summary>Where the optical axis meets the image.</summary>
    public double CentreY { get; }

    /// <summary>A camera with square pixels that looks through the middle of its image.</summary>
    /// <param name="height">The image's height in pixels; positive.</param>
    /// <param name="width">The image's width in pixels; positive.</param>
    /// <param name="fieldOfView">The angle from the left edge to the right one in degrees; above 0 and below 180.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static PinholeCamera Of(int height, int width, double fieldOfView)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (!(fieldOfView > 0 && fieldOfView < 180))
            throw new ArgumentOutOfRangeException(nameof(fieldOfView), fieldOfView, "The field of view is above 0 and below 180 degrees.");
        var focal = width / 2.0 / Math.Tan(fieldOfView * Math.PI / 360);
        return new(focal, focal, (width - 1) / 2.0, (height - 1) / 2.0);
    }

    internal static void RequirePositive(double value, string name)
    {
        if (!(value > 0 && double.IsFinite(value)))
            throw new ArgumentOutOfRangeException(name, value, $"{name} is positive and finite.");
    }
}

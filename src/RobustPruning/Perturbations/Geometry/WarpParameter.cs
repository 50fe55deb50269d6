using System.Text.Json.Serialization;

namespace RobustPruning.Perturbations;

/// <summary>A parameter of an <see cref="AffineWarp"/>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WarpParameter>))]
public enum WarpParameter
{
    /// <summary>The angle in degrees: positive turns the scene from the x axis towards the y axis, clockwise as images are shown.</summary>
    Rotation,

    /// <summary>How far the scene moves to the right, in pixels.</summary>
    TranslationX,

    /// <summary>How far the scene moves down, in pixels.</summary>
    TranslationY,

    /// <summary>By how much the scene grows: all lengths are multiplied with 1 + this; above −1.</summary>
    Scale,

    /// <summary>How far the scene moves to the right for each pixel further down.</summary>
    Shear,
}

using System.Text.Json.Serialization;

namespace RobustPruning.Perturbations;

/// <summary>
/// What a <see cref="CameraMotion"/> changes of the camera's pose, in the camera's own axes: x to the right of the image, y down, z the way
/// it looks.
/// </summary>
[JsonConverter(typeof(JsonStringEnumConverter<CameraParameter>))]
public enum CameraParameter
{
    /// <summary>How far the camera moves to the right, in units of the depth.</summary>
    TranslationX,

    /// <summary>How far the camera moves down, in units of the depth.</summary>
    TranslationY,

    /// <summary>How far the camera moves forward, in units of the depth.</summary>
    TranslationZ,

    /// <summary>The angle about z in degrees: positive turns the camera clockwise, and the scene the other way.</summary>
    Roll,

    /// <summary>The angle about x in degrees: positive looks up.</summary>
    Pitch,

    /// <summary>The angle about y in degrees: positive looks to the right.</summary>
    Yaw,
}

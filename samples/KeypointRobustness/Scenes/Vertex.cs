using System.Numerics;

namespace KeypointRobustness.Scenes;

/// <summary>A corner of a triangle.</summary>
/// <param name="Position">In metres: x forward, y left, z up, the ground at z = 0.</param>
/// <param name="Normal">Unit vector out of the surface.</param>
internal readonly record struct Vertex(Vector3 Position, Vector3 Normal);

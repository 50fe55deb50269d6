using System.Numerics;

namespace KeypointRobustness.Scenes;

/// <summary>A triangle of one colour; its light is interpolated between its corners.</summary>
/// <param name="A">First corner.</param>
/// <param name="B">Second corner.</param>
/// <param name="C">Third corner.</param>
/// <param name="Colour">Reflected share of red, green and blue, in [0,1].</param>
internal readonly record struct Triangle(Vertex A, Vertex B, Vertex C, Vector3 Colour);

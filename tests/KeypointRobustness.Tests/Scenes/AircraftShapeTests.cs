using System.Numerics;
using KeypointRobustness.Scenes;

namespace KeypointRobustness.Tests.Scenes;

[TestFixture]
internal sealed class AircraftShapeTests
{
    private static readonly Livery Plain = new(Vector3.One, Vector3.One, Vector3.One, Vector3.One);

    [Test]
    public void HasTwentyThreeNamedKeypoints()
    {
        Assert.That(AircraftShape.KeypointNames, Has.Count.EqualTo(23).And.Unique);
        Assert.That(AircraftShape.Keypoints, Has.Count.EqualTo(23).And.Unique);
    }

    [Test]
    public void LeftAndRightMirrorEachOther()
    {
        var names = AircraftShape.KeypointNames.ToList();
        var left = names.Where(n => n.StartsWith("left ", StringComparison.Ordinal)).ToArray();

        Assert.That(left, Has.Length.EqualTo(8));
        foreach (var name in left)
        {
            var twin = AircraftShape.Keypoints[names.IndexOf(name.Replace("left ", "right ", StringComparison.Ordinal))];
            Assert.That(AircraftShape.Keypoints[names.IndexOf(name)], Is.EqualTo(AircraftShape.Mirror(twin)));
        }
    }

    [Test]
    public void EveryKeypointIsAtTheSurface()
    {
        // Wheels' hubs and engine mouths are the middle of a part; everything else touches a vertex.
        var vertices = AircraftShape.Build(Plain).Triangles.SelectMany(t => new[] { t.A, t.B, t.C }).Select(v => v.Position).ToArray();
        for (var k = 0; k < AircraftShape.Keypoints.Count; k++)
        {
            var nearest = vertices.Min(v => Vector3.Distance(v, AircraftShape.Keypoints[k]));
            Assert.That(nearest, Is.LessThan(1.3f), AircraftShape.KeypointNames[k]);
        }
    }

    [Test]
    public void StandsOnTheGroundWithUnitNormals()
    {
        var vertices = AircraftShape.Build(Plain).Triangles.SelectMany(t => new[] { t.A, t.B, t.C }).ToArray();

        Assert.That(vertices.Min(v => v.Position.Z), Is.EqualTo(0).Within(1e-5));
        Assert.That(vertices.Select(v => v.Normal.Length()), Is.All.EqualTo(1f).Within(1e-4));
    }
}

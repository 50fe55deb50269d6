using System.Numerics;
using KeypointRobustness.Scenes;

namespace KeypointRobustness.Tests.Scenes;

[TestFixture]
internal sealed class CameraTests
{
    [Test]
    public void RayGoesThroughTheProjectedPoint()
    {
        var camera = Camera.LookAt(new(30, -20, 15), new(0, 0, 4)) with { Focal = 1.7f, CentreX = 0.4f, CentreY = 0.6f };
        var point = new Vector3(3, 5, 2);

        var place = camera.Project(point);
        var back = camera.Position + place.Z * camera.Ray(place.X, place.Y);

        Assert.That(Vector3.Distance(back, point), Is.LessThan(1e-3));
    }

    [Test]
    public void HigherPointsAppearHigherAndRightOnesToTheRight()
    {
        var camera = Camera.LookAt(new(50, 0, 10), Vector3.Zero);

        Assert.That(camera.Project(new(0, 0, 5)).Y, Is.LessThan(camera.Project(Vector3.Zero).Y));
        Assert.That(camera.Project(new(0, 5, 0)).X, Is.GreaterThan(camera.Project(Vector3.Zero).X));
    }
}

using RobustPruning.Certification;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Perturbations;

/// <summary>A camera that moves, against its definition by matrices and against warps that show the same.</summary>
public sealed class CameraMotionTests
{
    private static readonly PinholeCamera Camera = new(9, 8, 3.3, 2.6);

    /// <summary>Every pixel by its definition: its ray through a rotation matrix meets a plane, and the point is projected.</summary>
    [Test]
    public void ItIsTheImageOfThePointsThatRaysMeet([Values] CameraParameter parameter, [Values] bool plane)
    {
        using var scope = NewDisposeScope();
        var random = new Random(TestEnvironment.FreshSeed());
        const int Height = 6, Width = 7;
        var image = rand(2, Height, Width, dtype: float64);
        var map = (rand(Height, Width) * 2) + 1;
        var depth = plane ? SceneDepth.Plane(2, 0.1, -0.15, 1) : SceneDepth.Map(map);
        var turns = parameter >= CameraParameter.Roll;
        var most = turns ? 8 : 0.3;
        foreach (var edges in Enum.GetValues<WarpEdges>())
        {
            var t = most * ((2 * random.NextDouble()) - 1);
            var moved = SemanticSet.Of(new CameraMotion(parameter, -most, most, Camera, depth, edges)).WithoutClip().Apply(image, [t])[0];
            var (rotation, shift) = Pose(parameter, t);
            Tensor x = zeros(1, Height, Width, dtype: float64), y = zeros(1, Height, Width, dtype: float64);
            for (var row = 0; row < Height; row++)
            {
                for (var column = 0; column < Width; column++)
                {
                    var ray = rotation.mv(
                        tensor(new[] { (column - Camera.CentreX) / Camera.FocalX, (row - Camera.CentreY) / Camera.FocalY, 1 }));
                    var normal = plane ? tensor(new[] { 0.1, -0.15, 1 }) : tensor(new[] { 0.0, 0, 1 });
                    var distance = plane ? 2 : (double)map[row, column].item<float>();
                    var point = (ray * ((distance - normal.dot(shift)) / normal.dot(ray))) + shift;
                    x[0, row, column] = (point[0] / point[2] * Camera.FocalX) + Camera.CentreX;
                    y[0, row, column] = (point[1] / point[2] * Camera.FocalY) + Camera.CentreY;
                }
            }

            Assert.That(
                TensorValues.Gap(moved, Bilinear.Sample(image.unsqueeze(0), x, y, edges)[0]),
                Is.LessThan(1e-11),
                $"{parameter} by {t}, {edges}");
        }
    }

    /// <summary>A plane that faces the camera moves as a whole, against the camera; and a roll is a rotation the other way.</summary>
    [Test]
    public void SomeMotionsAreWarps()
    {
        using var scope = NewDisposeScope();
        var image = rand(1, 7, 7, dtype: float64);
        var camera = new PinholeCamera(10, 10, 3, 3);
        Same(CameraParameter.TranslationX, 0.3, WarpParameter.TranslationX, -0.3 * 10 / 4);
        Same(CameraParameter.TranslationY, -0.2, WarpParameter.TranslationY, 0.2 * 10 / 4);
        Same(CameraParameter.TranslationZ, 0.8, WarpParameter.Scale, (4 / 3.2) - 1);
        Same(CameraParameter.Roll, 11, WarpParameter.Rotation, -11);

        void Same(CameraParameter parameter, double t, WarpParameter kind, double value)
        {
            var moved = SemanticSet
                .Of(new CameraMotion(parameter, -20 * Math.Abs(t) / 20, Math.Abs(t), camera, SceneDepth.Plane(4)))
                .Apply(image, [t]);
            var warped = SemanticSet
                .Of(AffineWarp.Of(WarpEdges.Border, (kind, Math.Min(value, 0), Math.Max(value, 0))))
                .Apply(image, [value]);
            Assert.That(TensorValues.Gap(moved, warped), Is.LessThan(1e-12), $"{parameter}");
        }
    }

    /// <summary>Before a plane, what the moved camera shows at the moved position is what the clean image showed.</summary>
    [Test]
    public void KeypointsMoveWithTheScene([Values] CameraParameter parameter)
    {
        var random = new Random(TestEnvironment.FreshSeed());
        using var scope = NewDisposeScope();
        var most = parameter >= CameraParameter.Roll ? 8 : 0.3;
        var normal = tensor(new[] { 0.1, -0.15, 1 });
        var set = SemanticSet.Of(new Brightness(0, 0.1), new CameraMotion(parameter, -most, most, Camera, SceneDepth.Plane(2, 0.1, -0.15)));
        var motion = KeypointMotion.Of(set, 6, 7)!;
        for (var number = 0; number < 50; number++)
        {
            double x = 7 * random.NextDouble(), y = 6 * random.NextDouble();
            double first = most * ((2 * random.NextDouble()) - 1), second = most * ((2 * random.NextDouble()) - 1);
            var box = new ParameterBox([0, Math.Min(first, second)], [0.1, Math.Max(first, second)]);
            var enclosed = motion.Enclose(box, x, y);
            foreach (var theta in box.Sample(10, random).Concat(box.Corners()))
            {
                var (rotation, shift) = Pose(parameter, theta[1]);
                var ray = tensor(new[] { (x - Camera.CentreX) / Camera.FocalX, (y - Camera.CentreY) / Camera.FocalY, 1 });
                var point = rotation.t().mv((ray * (2 / normal.dot(ray))) - shift).Numbers();
                double moveX = Camera.CentreX + (Camera.FocalX * point[0] / point[2]) - x,
                    moveY = Camera.CentreY + (Camera.FocalY * point[1] / point[2]) - y;
                Assert.That(moveX, Is.InRange(enclosed.X.Lower - 1e-11, enclosed.X.Upper + 1e-11));
                Assert.That(moveY, Is.InRange(enclosed.Y.Lower - 1e-11, enclosed.Y.Upper + 1e-11));
                Assert.That(motion.Of(tensor(theta).reshape(1, 2), [x, y]).Numbers(), Is.EqualTo(new[] { moveX, moveY }).Within(1e-10));
            }
        }
    }

    [Test]
    public void FilesKeepIt()
    {
        using var scope = NewDisposeScope();
        var image = rand(3, 4, 5, dtype: float64);
        foreach (var depth in (SceneDepth[])[SceneDepth.Plane(3, 0.1), SceneDepth.Map(rand(4, 5) + 1)])
        {
            var set = SemanticSet
                .Of(new CameraMotion(CameraParameter.TranslationZ, -0.1, 0.2, Camera, depth, WarpEdges.Reflect))
                .Then(new Brightness(-0.1, 0.1));
            var json = System.Text.Json.JsonSerializer.Serialize(set.Describe());
            var again = SemanticSet.FromDescription(System.Text.Json.JsonSerializer.Deserialize<SemanticSetDescription>(json)!);
            Assert.That(TensorValues.Gap(set.Apply(image, [0.13, 0.05]), again.Apply(image, [0.13, 0.05])), Is.Zero, json);
            Assert.That(KeypointMotion.Of(again, 4, 5), Is.EqualTo(KeypointMotion.Of(set, 4, 5)));
        }
    }

    [Test]
    public void WhatMakesNoSenseIsRefused()
    {
        using var scope = NewDisposeScope();
        Refused(() => new PinholeCamera(0, 1, 0, 0), "focalX");
        Refused(() => new PinholeCamera(1, 1, double.NaN, 0), "centreX");
        Refused(() => PinholeCamera.Of(4, 4, 180), "180");
        Refused(() => SceneDepth.Plane(-1), "-1");
        Refused(() => SceneDepth.Plane(1, 0, 0, 0), "normal");
        Refused(() => SceneDepth.Map(ones(3)), "[H, W]");
        Refused(() => SceneDepth.Map(tensor(new float[] { 1, 2, 0, 3 }, [2, 2])), "pixel (0, 1) is 0");
        Refused(() => new CameraMotion(CameraParameter.Yaw, 1, -1, Camera, SceneDepth.Plane(1)), "inverted");
        Refused(() => new CameraMotion(CameraParameter.Yaw, 0, 91, Camera, SceneDepth.Plane(1)), "within ±90");
        Refused(() => new CameraMotion((CameraParameter)9, 0, 1, Camera, SceneDepth.Plane(1)), "9");
        Refused(() => new CameraMotion(CameraParameter.Yaw, 0, 1, Camera, SceneDepth.Plane(1), (WarpEdges)7), "7");
        Refused(() => Enclosed(CameraParameter.Yaw, 1, SceneDepth.Map(ones(5, 6))), "6x5");
        Refused(() => Enclosed(CameraParameter.TranslationZ, 2, SceneDepth.Plane(1)), "camera z in [0, 2] has poses behind the scene");
        Refused(() => Enclosed(CameraParameter.Yaw, 89, SceneDepth.Plane(1)), "yaw in [0, 89] has poses behind");
        Refused(() => Enclosed(CameraParameter.TranslationX, 9, SceneDepth.Plane(1)), "camera x by 9 leaves no pixel of an image of 7x6");
        Refused(
            () => SemanticSet.Of(new CameraMotion(CameraParameter.Yaw, 0, 1, Camera, SceneDepth.Plane(1))).Apply(ones(5), [0.5]),
            "[C, H, W]");

        static void Refused(Action action, string part) =>
            Assert.That(action, Throws.InstanceOf<ArgumentException>().With.Message.Contains(part));

        static void Enclosed(CameraParameter parameter, double most, SceneDepth depth)
        {
            var set = SemanticSet.Of(new CameraMotion(parameter, 0, most, Camera, depth));
            set.Enclose(ones(1, 6, 7), set.Box).Dispose();
        }
    }

    /// <summary>The rotation matrix and the translation of a pose.</summary>
    private static (Tensor Rotation, Tensor Shift) Pose(CameraParameter parameter, double t)
    {
        double sine = Math.Sin(t * Math.PI / 180), cosine = Math.Cos(t * Math.PI / 180);
        double[] rotation = parameter switch
        {
            CameraParameter.Roll => [cosine, -sine, 0, sine, cosine, 0, 0, 0, 1],
            CameraParameter.Pitch => [1, 0, 0, 0, cosine, -sine, 0, sine, cosine],
            CameraParameter.Yaw => [cosine, 0, sine, 0, 1, 0, -sine, 0, cosine],
            _ => [1, 0, 0, 0, 1, 0, 0, 0, 1],
        };
        double[] shift = [.. Enumerable.Range(0, 3).Select(axis => (int)parameter == axis ? t : 0)];
        return (tensor(rotation, [3, 3]), tensor(shift));
    }
}

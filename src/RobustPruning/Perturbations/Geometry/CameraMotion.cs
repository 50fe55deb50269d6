using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Perturbations;

/// <summary>
/// A camera that moves along one parameter of its pose before a scene of known depth. A point X before the reference camera is at <c>R⁻¹ (X
/// − t)</c> before the moved one, in axes x right, y down, z the way it looks. A pixel of the moved camera takes its value from where the
/// reference image shows the point that its ray meets, bilinearly (backward warping).
/// </summary>
/// <remarks>
/// The ray meets a plane where it does. Of a depth map, a pixel's ray meets the plane that faces the reference camera at the depth of the
/// reference view's same pixel. That is exact for rotations, whose images do not depend on depth, and for scenes that are planes that face
/// the camera; elsewhere it is right to first order in the motion. Nothing hides anything: no occlusion, and no part of the scene that the
/// reference view did not show. Not affine in its parameter: it comes first in a set, and is enclosed like an <see cref="AffineWarp"/>.
/// Keypoints move with the scene, each at the depth of the pixel nearest to it.
/// </remarks>
/// <example>
/// <code>
/// var camera = PinholeCamera.Of(height: 64, width: 64, fieldOfView: 60);
/// var sideways = SemanticSet.Of(new CameraMotion(CameraParameter.TranslationX, -0.1, 0.1, camera, SceneDepth.Plane(distance: 5)));
/// </code>
/// </example>
public sealed class CameraMotion : IMovesScene, IDescribedTransform
{
    // Coefficients of a path are rounded a few times, a place once more.
    private const double PlaceError = 1.0 / (1L << 42);

    private readonly Vector3 _axis;

    /// <summary>Creates the transform.</summary>
    /// <param name="parameter">What changes of the pose.</param>
    /// <param name="lower">The least value: degrees of an angle, otherwise the unit of the depth.</param>
    /// <param name="upper">The greatest value; a pitch or yaw is within ±90°, a roll within ±180°.</param>
    /// <param name="camera">The camera's intrinsics.</param>
    /// <param name="depth">How far away the scene is.</param>
    /// <param name="edges">What the image takes from beyond the edges of the reference view.</param>
    /// <exception cref="ArgumentException">The range is inverted or not finite, or an angle is out of its range.</exception>
    public CameraMotion(
        CameraParameter parameter, double lower, double upper, PinholeCamera camera, SceneDepth depth, WarpEdges edges = WarpEdges.Border)
    {
        ArgumentNullException.ThrowIfNull(camera);
        ArgumentNullException.ThrowIfNull(depth);
        var range = new ParameterRange(NameOf(parameter), lower, upper);
        var most = parameter switch
        {
            CameraParameter.Roll => 180,
            CameraParameter.Pitch or CameraParameter.Yaw => 90,
            _ => double.PositiveInfinity,
        };
        if (lower < -most || upper > most)
            throw new ArgumentOutOfRangeException(nameof(upper), range, $"The {range.Name} of a camera is within ±{most}°.");
        Edges = Enum.IsDefined(edges) ? edges : throw new ArgumentOutOfRangeException(nameof(edges), edges, "Unknown edges.");
        (Parameter, Parameters, Camera, Depth) = (parameter, [range], camera, depth);
        _axis = parameter switch
        {
            CameraParameter.TranslationX or CameraParameter.Pitch => new(1, 0, 0),
            CameraParameter.TranslationY or CameraParameter.Yaw => new(0, 1, 0),
            _ => new(0, 0, 1),
        };
    }

    /// <inheritdoc/>
    public IReadOnlyList<ParameterRange> Parameters { get; }

    /// <summary>What changes of the pose.</summary>
    public CameraParameter Parameter { get; }

    /// <summary>The camera's intrinsics.</summary>
    public PinholeCamera Camera { get; }

    /// <summary>How far away the scene is.</summary>
    public SceneDepth Depth { get; }

    /// <summary>What the image takes from beyond the edges of the reference view.</summary>
    public WarpEdges Edges { get; }

    private bool Turns => Parameter is CameraParameter.Roll or CameraParameter.Pitch or CameraParameter.Yaw;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The image is not <c>[C, H, W]</c> or not of the depth map's size, θ has a wrong shape, or a pose is behind the scene or leaves no
    /// pixel.
    /// </exception>
    public Tensor Move(Tensor image, Tensor theta)
    {
        using var scope = NewDisposeScope();
        return Moved(image.unsqueeze(0), theta).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The images are not <c>[N, C, H, W]</c> or not of the depth map's size, θ has a wrong shape, or a pose is behind the scene or leaves
    /// no pixel.
    /// </exception>
    public Tensor MoveEach(Tensor images, Tensor theta) => Moved(images, theta);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The image is not <c>[C, H, W]</c> or not of the depth map's size, or a box has another dimension, or poses behind the scene or that
    /// leave no pixel.
    /// </exception>
    public EnclosedMove Enclose(Tensor image, IReadOnlyList<ParameterBox> boxes)
    {
        Require(image.dim() + 1, image.shape);
        ParameterRows.Require(boxes, 1);
        foreach (var box in boxes)
            RequirePoses(box.Lower[0], box.Upper[0], (int)image.shape[1], (int)image.shape[2]);
        return PathEnclosure.Moves(image, Edges, new CameraPaths(this, (int)image.shape[1], (int)image.shape[2]), boxes);
    }

    TransformDescription IDescribedTransform.Describe() =>
        new CameraMotionDescription(
            Parameter,
            [Camera.FocalX, Camera.FocalY, Camera.CentreX, Camera.CentreY],
            Edges, Depth.PlaneNumbers, Depth.Height, Depth.Width, Depth.MapBytes);

    (OutwardInterval X, OutwardInterval Y) IMovesScene.Displacement(ParameterBox box, double x, double y, int height, int width)
    {
        var path = KeypointPath(x, y, box.Lower[0], box.Upper[0]);
        return (Along(Camera.FocalX, Camera.CentreX, point => point.X, x), Along(Camera.FocalY, Camera.CentreY, point => point.Y, y));

        OutwardInterval Along(double focal, double centre, Func<Vector3, double> axis, double from)
        {
            var place = centre + (focal * path.Seen(axis, box.Lower[0], box.Upper[0]));
            var lost = PlaceError * (place.Magnitude + Math.Abs(centre) + Math.Abs(from));
            return place + new OutwardInterval(-lost, lost) - from;
        }
    }

    Tensor IMovesScene.Displacements(Tensor theta, Tensor positions, int height, int width)
    {
        using var scope = NewDisposeScope();
        using var rows = theta.detach().cpu().contiguous();
        double[] values = rows.data<double>().ToArray(),
            places = positions.detach().to(float64).cpu().contiguous().data<double>().ToArray();
        double least = values.Length > 0 ? values.Min() : 0, most = values.Length > 0 ? values.Max() : 0;
        List<PosePath> paths = [.. places.Chunk(2).Select(place => KeypointPath(place[0], place[1], least, most))];
        var (x, y) = Seen(paths, theta, [positions.shape[0], positions.shape[1] / 2]);
        return (stack([x, y], 2).flatten(1) - positions).MoveToOuterDisposeScope();
    }

    /// <summary>The path of what a pixel shows, in the reference camera's axes: its ray up to the plane of the scene.</summary>
    internal PosePath PathOf(int column, int row)
    {
        var ray = Ray(column, row);
        if (Turns)
            return PosePath.Turned(ray, _axis);
        var (normal, distance) = PlaneAt(column, row);
        return PosePath.Shifted(ray * distance, (_axis * normal.Dot(ray)) - (ray * normal.Dot(_axis)));
    }

    /// <summary>The path of what the reference view shows at a place, in the moved camera's axes.</summary>
    private PosePath KeypointPath(double x, double y, double least, double most)
    {
        var ray = Ray(x, y);
        var (normal, distance) = PlaneAt(x, y);
        var path = Turns ? PosePath.Turned(ray, _axis).Backwards() : PosePath.Shifted(ray * distance, _axis * -normal.Dot(ray));
        return normal.Dot(ray) > 0 && path.Least(path.A.Z, path.B.Z, path.C.Z, least, most) > 0
            ? path
            : throw new ArgumentException(
                FormattableString.Invariant(
                    $"The keypoint at ({x}, {y}) lies behind the camera for a {Parameters[0].Name} in [{least}, {most}]."));
    }

    private Vector3 Ray(double x, double y) => new((x - Camera.CentreX) / Camera.FocalX, (y - Camera.CentreY) / Camera.FocalY, 1);

    private (Vector3 Normal, double Distance) PlaneAt(double x, double y)
    {
        var plane = Depth.PlaneAt(x, y);
        return (new(plane.X, plane.Y, plane.Z), plane.Distance);
    }

    private Tensor Moved(Tensor images, Tensor theta)
    {
        Require(images.dim(), [.. images.shape.Skip(1)]);
        ParameterRows.Require(theta, 1);
        var (height, width) = ((int)images.shape[2], (int)images.shape[3]);
        using var scope = NewDisposeScope();
        var wide = theta.to(float64);
        if (theta.shape[0] > 0)
        {
            using var noGradient = no_grad();
            var (least, most) = (wide.min().cpu().item<double>(), wide.max().cpu().item<double>());
            if (!double.IsFinite(least) || !double.IsFinite(most))
                throw new ArgumentException($"A θ of a camera's {Parameters[0].Name} is not finite.", nameof(theta));
            RequirePoses(least, most, height, width);
        }

        List<PosePath> paths =
        [
            .. from row in Enumerable.Range(0, height) from column in Enumerable.Range(0, width) select PathOf(column, row),
        ];
        var (x, y) = Seen(paths, wide.unsqueeze(2), [1, height, width]);
        var source = images.to(float64);
        return (Bilinear.Sample(source, x, y, Edges) - source).to(images.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Where points are seen at each θ.</summary>
    private (Tensor X, Tensor Y) Seen(IReadOnlyList<PosePath> paths, Tensor theta, long[] shape)
    {
        var (first, second) = Turns
            ? ((theta * Scalars.Of(Math.PI / 180)).cos(), (theta * Scalars.Of(Math.PI / 180)).sin())
            : (theta, zeros_like(theta));
        var z = Component(point => point.Z);
        return (
            (Component(point => point.X) / z * Scalars.Of(Camera.FocalX)).Plus(Scalars.Of(Camera.CentreX)),
            (Component(point => point.Y) / z * Scalars.Of(Camera.FocalY)).Plus(Scalars.Of(Camera.CentreY)));

        Tensor Component(Func<Vector3, double> axis) =>
            Numbers(path => axis(path.A)).Plus(Numbers(path => axis(path.B)) * first).Plus(Numbers(path => axis(path.C)) * second);

        Tensor Numbers(Func<PosePath, double> number) =>
            tensor(paths.Select(number).ToArray(), shape, dtype: float64, device: theta.device);
    }

    /// <summary>
    /// Refuses poses from which a pixel's ray does not meet the scene before both cameras, and ends that show nothing of the reference
    /// view.
    /// </summary>
    private void RequirePoses(double least, double most, int height, int width)
    {
        var name = Parameters[0].Name;
        if (!(least >= -90 && most <= 90) && Parameter is CameraParameter.Pitch or CameraParameter.Yaw)
            throw new ArgumentException(FormattableString.Invariant($"The {name} in [{least}, {most}] is not within ±90°."));
        bool leastShows = false, mostShows = false;
        for (var row = 0; row < height; row++)
        {
            for (var column = 0; column < width; column++)
            {
                var (path, ray) = (PathOf(column, row), Ray(column, row));
                var (normal, distance) = PlaneAt(column, row);

                // How far along its ray a pixel sees the scene, but for positive factors, and how far before the reference camera that is.
                var ahead = Turns
                    ? path.Least(normal.Dot(path.A), normal.Dot(path.B), normal.Dot(path.C), least, most)
                    : Math.Min(distance - (least * normal.Dot(_axis)), distance - (most * normal.Dot(_axis)));
                if (!(normal.Dot(ray) > 0 && ahead > 0 && path.Least(path.A.Z, path.B.Z, path.C.Z, least, most) > 0))
                    throw new ArgumentException(
                        FormattableString.Invariant(
                            $"The {name} in [{least}, {most}] has poses behind the scene: pixel ({column}, {row}) sees nothing of it."));
                leastShows |= Shows(path, least, height, width);
                mostShows |= Shows(path, most, height, width);
            }
        }

        if (!leastShows || !mostShows)
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"The {name} by {(leastShows ? most : least)} leaves no pixel of an image of {width}x{height}."));
    }

    private bool Shows(PosePath path, double t, int height, int width)
    {
        var factors = path.Factors(t);
        var z = PosePath.At(factors, path.A.Z, path.B.Z, path.C.Z);
        double x = Camera.CentreX + (Camera.FocalX * PosePath.At(factors, path.A.X, path.B.X, path.C.X) / z),
            y = Camera.CentreY + (Camera.FocalY * PosePath.At(factors, path.A.Y, path.B.Y, path.C.Y) / z);
        return x > -1 && x < width && y > -1 && y < height;
    }

    private void Require(long axes, long[] image)
    {
        if (axes != 4)
            throw new ArgumentException(
                $"A camera's motion is of images [C, H, W], but this one is [{string.Join(", ", image)}].",
                nameof(image));
        Depth.Require(image[1], image[2]);
    }

    private static string NameOf(CameraParameter parameter) => parameter switch
    {
        CameraParameter.TranslationX => "camera x",
        CameraParameter.TranslationY => "camera y",
        CameraParameter.TranslationZ => "camera z",
        CameraParameter.Roll => "roll",
        CameraParameter.Pitch => "pitch",
        CameraParameter.Yaw => "yaw",
        _ => throw new ArgumentOutOfRangeException(nameof(parameter), parameter, "Unknown parameter of a pose."),
    };
}

using System.CommandLine;
using RobustPruning.Data;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace KeypointRobustness.Commands;

/// <summary>
/// Options that say what may change in the scene beside uniform light. Each amount is a range in both directions unless it says otherwise.
/// </summary>
internal sealed class SceneOptions
{
    private readonly Option<double> _brightness = CommonOptions.Brightness();
    private readonly Option<double> _contrast = CommonOptions.Contrast();
    private readonly Option<double> _rotate = Amount(
        "--rotate",
        "Rotation about the image's centre, in degrees. Keypoints are to move along.");
    private readonly Option<double> _translateX = Amount("--translate-x", "Translation along x, in pixels of the scaled image.");
    private readonly Option<double> _translateY = Amount("--translate-y", "Translation along y, in pixels of the scaled image.");
    private readonly Option<double> _scale = Amount("--scale", "Scale about the image's centre: 0.02 for 2 % smaller to 2 % larger.");
    private readonly Option<double> _shear = Amount(
        "--shear",
        "Shear: how far a row moves along x for each pixel it lies below the centre.");
    private readonly Option<double> _cameraX = Amount(
        "--camera-x",
        "How far the camera moves to the right, in units of --depth. Keypoints are to move along.");
    private readonly Option<double> _cameraY = Amount("--camera-y", "How far the camera moves down, in units of --depth.");
    private readonly Option<double> _cameraZ = Amount("--camera-z", "How far the camera moves forward, in units of --depth.");
    private readonly Option<double> _roll = Amount("--roll", "The camera's turn about the way it looks, in degrees.");
    private readonly Option<double> _pitch = Amount("--pitch", "How far the camera looks up or down, in degrees.");
    private readonly Option<double> _yaw = Amount("--yaw", "How far the camera looks to the side, in degrees.");
    private readonly Option<double> _depth = new("--depth")
    {
        Description = "How far before the camera the scene lies, a plane that faces it.",
        DefaultValueFactory = _ => 1,
    };
    private readonly Option<double> _fieldOfView = new("--field-of-view")
    {
        Description = "The camera's angle from the left edge to the right one, in degrees.",
        DefaultValueFactory = _ => 60,
    };
    private readonly Option<WarpEdges> _edges = new("--edges")
    {
        Description = "What rotation, translation, scale, shear and the camera take over the edges.",
        DefaultValueFactory = _ => WarpEdges.Zero,
    };
    private readonly Option<double> _motionBlur = Amount("--motion-blur", "The length of a motion's blur, from 0 to this, in pixels.");
    private readonly Option<double> _motionAngle = new("--motion-angle")
    {
        Description = "The motion's direction in degrees: 0 along x, 90 along y.",
    };
    private readonly Option<double> _defocus = Amount("--defocus", "The radius of a blur out of focus, from 0 to this, in pixels.");
    private readonly Option<double> _gaussianBlur = Amount(
        "--gaussian-blur",
        "How much of a Gaussian blur is mixed in, from 0 to this share.");
    private readonly Option<double> _blurSigma = new("--blur-sigma")
    {
        Description = "The standard deviation of the Gaussian blur in pixels.",
        DefaultValueFactory = _ => 1,
    };
    private readonly Option<double> _boxBlur = Amount(
        "--box-blur",
        "How much of a blur with equal weights is mixed in, from 0 to this share.");
    private readonly Option<int> _blurSize = new("--blur-size")
    {
        Description = "The side of the square of equal weights in pixels, odd.",
        DefaultValueFactory = _ => 3,
    };
    private readonly Option<string[]> _hull = new("--hull")
    {
        Description = "Image files of the same scene, for example at other hours: every mixture of them with the clean image.",
        AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [],
    };
    private readonly Option<double> _biasField = Amount(
        "--bias-field",
        "Each coefficient of a polynomial over the image that multiplies it.");
    private readonly Option<int> _biasOrder = new("--bias-order")
    {
        Description = "The order of the polynomial, 1 to 3.",
        DefaultValueFactory = _ => 1,
    };
    private readonly Option<double> _vignette = Amount("--vignette", "How dark the furthest corner may become, from 0 to this.");
    private readonly Option<double> _shadow = Amount("--shadow", "How dark a shadow beyond a straight edge may become, from 0 to this.");
    private readonly Option<double> _shadowAngle = new("--shadow-angle")
    {
        Description = "Where the shadow lies: 0 to the right, 90 down.",
    };
    private readonly Option<double> _shadowMove = Amount(
        "--shadow-move",
        "How far the shadow's edge may move from the image's centre, in pixels.");
    private readonly Option<double> _shadowSoftness = new("--shadow-softness")
    {
        Description = "The width of the shadow's border in pixels.",
        DefaultValueFactory = _ => 2,
    };
    private readonly Option<double> _lightSpot = Amount("--light-spot", "How bright a round spot of light may become, from 0 to this.");
    private readonly Option<double[]> _lightSpotAt = new("--light-spot-at")
    {
        Description = "The spot's x, y and standard deviation in pixels; the image's centre and a sixth of its width unless given.",
        Arity = new ArgumentArity(3, 3),
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<double> _whiteBalance = Amount("--white-balance", "The gain of each channel by itself.");
    private readonly Option<double> _gamma = Amount("--gamma", "The exponent's change.");
    private readonly Option<double> _saturation = Amount("--saturation", "The strength of the colours.");
    private readonly Option<double> _haze = Amount("--haze", "The share of white haze, from 0 to this.");
    private readonly Option<double> _noise = Amount(
        "--noise",
        "Noise of the sensor: each value moves by up to this, 1 being the full range.");
    private readonly Option<bool> _eightBits = new("--eight-bits") { Description = "The camera stores 8 bits a value." };
    private readonly Option<double> _colourTemperature = Amount(
        "--colour-temperature",
        "The shift of the light's colour temperature from 6500 K, in mired.");

    /// <summary>Adds all options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])
        [
            _brightness, _contrast, _rotate, _translateX, _translateY, _scale, _shear,
            _cameraX, _cameraY, _cameraZ, _roll, _pitch, _yaw, _depth, _fieldOfView, _edges, _motionBlur, _motionAngle, _defocus,
            _gaussianBlur, _blurSigma, _boxBlur, _blurSize, _hull, _biasField, _biasOrder, _vignette, _shadow, _shadowAngle,
            _shadowMove, _shadowSoftness, _lightSpot, _lightSpotAt, _whiteBalance, _colourTemperature,
            _gamma, _saturation, _haze, _noise,
        ])
            command.Add(option);
        command.Add(_eightBits);
    }

    /// <summary>The set that the options say. Brightness and contrast have their defaults only where nothing else changes.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="channels">Channels of the images.</param>
    /// <param name="images">The size of the images, and how their files are read.</param>
    /// <exception cref="ArgumentException">Nothing changes, or an option makes no sense.</exception>
    /// <exception cref="DataException">An image of <c>--hull</c> cannot be read.</exception>
    public SemanticSet Set(ParseResult parsed, int channels, KeypointDatasetOptions images)
    {
        var set = Changes(parsed, channels, images);
        if (Size(parsed, _noise) is not 0 and var noise)
            set = set.WithNoise(noise);
        return parsed.GetValue(_eightBits) ? set.WithEightBitRounding() : set;
    }

    private SemanticSet Changes(ParseResult parsed, int channels, KeypointDatasetOptions images)
    {
        var moves = Moves(parsed, images.Height, images.Width).ToList();
        var fields = Fields(parsed, channels, images.Height, images.Width).Concat(Mixtures(parsed, images)).ToList();
        var others = moves.Count + fields.Count > 0;
        double brightness = Light(_brightness), contrast = Light(_contrast);
        if (!others)
            return CommonOptions.Light(brightness, contrast);
        if (brightness != 0)
            fields.Add(new Brightness(-brightness, brightness));
        if (contrast != 0)
            fields.Add(new Contrast(-contrast, contrast));
        if (moves.Count > 1)
            throw new ArgumentException(
                "Geometry, each of the camera's moves, --motion-blur, --defocus, --shadow-move, --gamma and --colour-temperature come "
                + "first in a set each: give one of them.");
        return moves.Count == 0 ? SemanticSet.Of(fields) : fields.Count == 0 ? SemanticSet.Of(moves) : SemanticSet.Of(moves).Then(fields);

        double Light(Option<double> option) => others && parsed.GetResult(option) is null or { Implicit: true } ? 0 : Size(parsed, option);
    }

    private IEnumerable<ISemanticTransform> Moves(ParseResult parsed, int height, int width)
    {
        List<(WarpParameter Parameter, double Lower, double Upper)> warp = [];
        foreach (var (parameter, option) in new[]
        {
            (WarpParameter.Rotation, _rotate), (WarpParameter.TranslationX, _translateX), (WarpParameter.TranslationY, _translateY),
            (WarpParameter.Scale, _scale), (WarpParameter.Shear, _shear),
        })
        {
            if (Size(parsed, option) is not 0 and var size)
                warp.Add((parameter, -size, size));
        }

        if (warp.Count > 0)
            yield return AffineWarp.Of(parsed.GetValue(_edges), warp);
        foreach (var (parameter, option) in new[]
        {
            (CameraParameter.TranslationX, _cameraX), (CameraParameter.TranslationY, _cameraY), (CameraParameter.TranslationZ, _cameraZ),
            (CameraParameter.Roll, _roll), (CameraParameter.Pitch, _pitch), (CameraParameter.Yaw, _yaw),
        })
        {
            if (Size(parsed, option) is not 0 and var size)
            {
                yield return new CameraMotion(
                    parameter, -size, size, PinholeCamera.Of(height, width, parsed.GetValue(_fieldOfView)),
                    SceneDepth.Plane(parsed.GetValue(_depth)), parsed.GetValue(_edges));
            }
        }

        if (Size(parsed, _motionBlur) is not 0 and var length)
            yield return new MotionBlur(0, length, parsed.GetValue(_motionAngle));
        if (Size(parsed, _defocus) is not 0 and var radius)
            yield return new Defocus(0, radius);
        if (Size(parsed, _shadowMove) is not 0 and var move)
        {
            yield return Size(parsed, _shadow) is not 0 and var dark
                ? new MovingShadow(
                    new ParameterBox([0, -move], [dark, move]), parsed.GetValue(_shadowAngle), 0, parsed.GetValue(_shadowSoftness))
                : throw new ArgumentException("--shadow-move moves a shadow: give --shadow too.");
        }

        if (Size(parsed, _gamma) is not 0 and var exponent)
            yield return new GammaCorrection(-exponent, exponent);
        if (Size(parsed, _colourTemperature) is not 0 and var shift)
            yield return ColourTemperature.OfBlackBody(-shift, shift);
    }

    private IEnumerable<AffineTransform> Fields(ParseResult parsed, int channels, int height, int width)
    {
        if (Size(parsed, _biasField) is not 0 and var bias)
            yield return new BiasField(-bias, bias, parsed.GetValue(_biasOrder));
        if (Size(parsed, _vignette) is not 0 and var vignette)
            yield return new Vignette(0, vignette);
        if (Size(parsed, _shadow) is not 0 and var dark && Size(parsed, _shadowMove) == 0)
            yield return new Shadow(
                0,
                dark,
                Mask.HalfPlane(height, width, parsed.GetValue(_shadowAngle), 0, parsed.GetValue(_shadowSoftness)));
        if (Size(parsed, _lightSpot) is not 0 and var spot)
        {
            var at = parsed.GetValue(_lightSpotAt) is { Length: 3 } given ? given : [(width - 1) / 2.0, (height - 1) / 2.0, width / 6.0];
            yield return new LightSpot(0, spot, Mask.Gaussian(height, width, at[0], at[1], at[2]));
        }

        if (Size(parsed, _saturation) is not 0 and var strength)
            yield return new Saturation(-strength, strength);
        if (Size(parsed, _haze) is not 0 and var haze)
            yield return new Haze(0, haze);
        if (Size(parsed, _whiteBalance) is not 0 and var gain)
            yield return new WhiteBalance(-gain, gain, channels);
    }

    private IEnumerable<AffineTransform> Mixtures(ParseResult parsed, KeypointDatasetOptions images)
    {
        double gaussian = Share(_gaussianBlur), box = Share(_boxBlur);
        if (gaussian != 0 && box != 0)
            throw new ArgumentException("--gaussian-blur and --box-blur are two blurs: give one of them.");
        if (gaussian != 0)
            yield return Blur.Gaussian(0, gaussian, parsed.GetValue(_blurSigma));
        if (box != 0)
            yield return Blur.Box(0, box, parsed.GetValue(_blurSize));
        if (parsed.GetValue(_hull) is { Length: > 0 } files)
            yield return Hull(files, images);

        double Share(Option<double> option) => Size(parsed, option) is <= 1 and var share ? share
            : throw new ArgumentOutOfRangeException(option.Name, parsed.GetValue(option), "The share is at most 1.");
    }

    private static ConvexHull Hull(string[] files, KeypointDatasetOptions images)
    {
        if (images.Crop != KeypointCrop.None)
            throw new ArgumentException("--hull takes whole images: it cannot be used with --crop box.");
        using var scope = NewDisposeScope();
        return new ConvexHull([
            .. files.Select(file =>
                ImageFile.Load(file, images.Images).Scaled(images.Height, images.Width, images.KeepAspectRatio).ToTensor()),
        ]);
    }

    private static double Size(ParseResult parsed, Option<double> option)
    {
        var size = parsed.GetValue(option);
        return size >= 0 && double.IsFinite(size)
            ? size
            : throw new ArgumentOutOfRangeException(option.Name, size, "The amount is finite and not negative.");
    }

    private static Option<double> Amount(string name, string description) => new(name) { Description = description };
}

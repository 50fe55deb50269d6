using System.Globalization;
using System.Numerics;
using RobustPruning.Data;

namespace KeypointRobustness.Scenes;

/// <summary>Renders an aircraft on an apron under random view, light, colours and surroundings, with exact keypoints.</summary>
/// <remarks>Scene i depends on the options, the seed and i alone. Safe to use from several threads.</remarks>
internal sealed class AircraftScenes
{
    private readonly AircraftSceneOptions _options;

    /// <summary>Creates a renderer.</summary>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public AircraftScenes(AircraftSceneOptions? options = null)
    {
        _options = options ?? new AircraftSceneOptions();
        _options.Validate();
    }

    /// <summary>Renders scenes 0 to <paramref name="count"/> − 1 of a seed. Hidden keypoints are labelled like any other.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="seed">Any value; another seed gives unrelated scenes.</param>
    /// <param name="cancel">Stops between scenes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 1.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public KeypointDataset Generate(int count, int seed, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var samples = new KeypointSample[count];
        Parallel.For(
            0,
            count,
            new ParallelOptions { CancellationToken = cancel },
            NewCanvas,
            (i, _, canvas) =>
            {
                samples[i] = Render(seed, i, canvas);
                return canvas;
            },
            _ => { });
        return new KeypointDataset(samples, AircraftShape.KeypointNames);
    }

    /// <summary>Renders one scene.</summary>
    /// <param name="seed">Any value.</param>
    /// <param name="index">Its number, as in <see cref="Generate"/>.</param>
    public KeypointSample Render(int seed, int index) => Render(seed, index, NewCanvas());

    /// <summary>What a scene is called.</summary>
    /// <param name="seed">Its seed.</param>
    /// <param name="index">Its number.</param>
    public static string Name(int seed, int index) => string.Create(CultureInfo.InvariantCulture, $"scene {index} of seed {seed}");

    private Canvas NewCanvas() => new(_options.Width * _options.Supersampling, _options.Height * _options.Supersampling);

    private KeypointSample Render(int seed, int index, Canvas canvas)
    {
        var random = new SceneRandom(seed, index);
        var azimuth = random.Uniform(-_options.MaxAzimuth, _options.MaxAzimuth) * MathF.PI / 180;
        var camera = PlaceCamera(random, azimuth);
        var light = Daylight.Draw(random);
        var apron = new Apron(random);
        var aircraft = AircraftShape.Build(Livery.Draw(random));
        var background = Background.Draw(random, azimuth);
        SceneRenderer.Render(canvas, camera, light, apron, [aircraft, background]);

        var keypoints = new float[2 * AircraftShape.Keypoints.Count];
        for (var k = 0; k < AircraftShape.Keypoints.Count; k++)
        {
            // Pixel centres are whole numbers, so the image's edge is at −½.
            var place = camera.Project(AircraftShape.Keypoints[k]) * _options.Width;
            keypoints[2 * k] = place.X - 0.5f;
            keypoints[2 * k + 1] = place.Y - 0.5f;
        }

        var visible = new bool[AircraftShape.Keypoints.Count];
        Array.Fill(visible, true);
        return new KeypointSample(Name(seed, index), SceneRenderer.Downsample(canvas, _options.Supersampling), keypoints, visible);
    }

    private Camera PlaceCamera(SceneRandom random, float azimuth)
    {
        var elevation = random.Uniform(_options.MinElevation, _options.MaxElevation) * MathF.PI / 180;
        var distance = random.Uniform(50, 75);
        var target = new Vector3(0, 0, 4);
        var level = new Vector3(MathF.Cos(azimuth), MathF.Sin(azimuth), 0);
        var direction = MathF.Cos(elevation) * level + MathF.Sin(elevation) * Vector3.UnitZ;
        return Camera.LookAt(target + distance * direction, target).Frame(
            AircraftShape.Keypoints,
            (float)_options.Height / _options.Width,
            random.Uniform(_options.MinFill, _options.MaxFill),
            random.Uniform(0, 1),
            random.Uniform(0, 1),
            _options.Margin);
    }
}

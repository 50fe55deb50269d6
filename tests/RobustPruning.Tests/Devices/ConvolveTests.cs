using RobustPruning.Bounds;
using RobustPruning.Devices;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Devices;

/// <summary>Convolving windows against convolving the maps that the windows are parts of.</summary>
public sealed class ConvolveTests
{
    private const int Cases = 60;

    [Test]
    public void WindowsConvolveAsTheirMapsDo([Values] bool wide)
    {
        var seed = TestEnvironment.FreshSeed();
        for (var number = 0; number < Cases; number++)
            CheckCase(unchecked(seed + number), wholeMap: number % 5 == 0, wide ? float64 : float32);
    }

    private static void CheckCase(int seed, bool wholeMap, ScalarType type)
    {
        using var scope = NewDisposeScope();
        manual_seed(seed);
        var random = new Random(seed);
        int height = random.Next(2, 9),
            width = random.Next(2, 9),
            channels = random.Next(1, 20),
            features = random.Next(1, 70),
            boxes = random.Next(1, 4);
        var rows = wholeMap ? new ConvolutionAxis(height, 1, 0, 1) : Axis(random, height);
        var columns = wholeMap ? new ConvolutionAxis(width, 1, 0, 1) : Axis(random, width);
        var shape = new ConvolutionShape
        {
            Height = height,
            Width = width,
            NewHeight = Size(rows, height),
            NewWidth = Size(columns, width),
            Rows = rows,
            Columns = columns,
        };

        int symbols = random.Next(1, 40), windowHeight = random.Next(1, height + 2), windowWidth = random.Next(1, width + 2);
        WindowPlace[] places =
        [
            .. Enumerable
                .Range(0, symbols)
                .Select(_ => new WindowPlace(
                    random.Next(boxes),
                    random.Next(-windowHeight, height + 1),
                    random.Next(-windowWidth, width + 1)))
                .OrderBy(place => place.Box),
        ];
        var active = rand([boxes, height, width, channels]).gt(0.6).to(type);
        var windows = LibtorchKernels.ScaleWindows(randn([symbols, windowHeight, windowWidth, channels], dtype: type), places, active);
        var weights = randn([rows.Kernel, columns.Kernel, channels, features], dtype: type);

        WindowPlace[] newPlaces = [.. places.Select(place => wholeMap
            ? place with { Row = 0, Column = 0 }
            : place with { Row = rows.FirstOutput(place.Row), Column = columns.FirstOutput(place.Column) })];
        var result = wholeMap
            ? zeros([symbols, 1, 1, features], dtype: type)
            : zeros([symbols, rows.OutputSize(windowHeight), columns.OutputSize(windowWidth), features], dtype: type);
        LibtorchKernels.Convolve(windows, places, random.Next(2) == 0 ? active : null, weights, shape, result, newPlaces);

        var expected = nn.functional.conv2d(
            Map(windows, places, height, width).permute(0, 3, 1, 2), weights.permute(3, 2, 0, 1), null,
            [rows.Stride, columns.Stride], [rows.Padding, columns.Padding], [rows.Dilation, columns.Dilation], 1).permute(0, 2, 3, 1);
        var actual = Map(result, newPlaces, shape.NewHeight, shape.NewWidth);
        Assert.That(
            Number((expected - actual).abs().max()),
            Is.LessThanOrEqualTo((type == float64 ? 1e-13 : 1e-5) * (1 + Number(expected.abs().max()))),
            $"seed {seed}");
        Assert.That(
            Math.Abs(Number(result.abs().sum()) - Number(actual.abs().sum())),
            Is.LessThanOrEqualTo(1e-3 * (1 + Number(actual.abs().sum()))),
            $"something outside the map, seed {seed}");
    }

    private static double Number(Tensor value) => value.to(float64).item<double>();

    private static ConvolutionAxis Axis(Random random, int size)
    {
        while (true)
        {
            var axis = new ConvolutionAxis(random.Next(1, 4), random.Next(1, 4), random.Next(0, 3), random.Next(1, 3));
            if (Size(axis, size) > 0)
                return axis;
        }
    }

    private static int Size(ConvolutionAxis axis, int size)
    {
        var room = size + (2 * axis.Padding) - (axis.Dilation * (axis.Kernel - 1)) - 1;
        return room < 0 ? 0 : (room / axis.Stride) + 1;
    }

    /// <summary>The map <c>[N, H, W, C]</c> that each window is a part of.</summary>
    private static Tensor Map(Tensor windows, WindowPlace[] places, int height, int width)
    {
        var map = zeros([places.Length, height, width, windows.shape[3]], dtype: windows.dtype);
        for (var symbol = 0; symbol < places.Length; symbol++)
        {
            for (var y = 0; y < windows.shape[1]; y++)
            {
                for (var x = 0; x < windows.shape[2]; x++)
                {
                    int row = places[symbol].Row + y, column = places[symbol].Column + x;
                    if (row >= 0 && row < height && column >= 0 && column < width)
                        map[symbol, row, column].copy_(windows[symbol, y, x]);
                }
            }
        }

        return map;
    }
}

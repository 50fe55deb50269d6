using RobustPruning.Bounds;
using RobustPruning.Gpu.Kernels;
using RobustPruning.Numerics;

namespace RobustPruning.Gpu.Steps;

/// <summary>The images that a box reaches, clipped if the camera clips, as the first value of a plan.</summary>
internal sealed class Images(DeviceSession session, Relaxations relaxations)
{
    // A shared symbol is a whole image to propagate, so few pixels are better off with symbols of their own.
    private const int FewestSharing = 16;

    /// <summary>The images of one box.</summary>
    public DeviceValue Of(MapShape map, ImageBoxes images, int box, bool shareClipErrors)
    {
        var unclipped = Unclipped(map, images, box);
        if (!images.Clip)
            return unclipped;
        var leaders = shareClipErrors ? session.Upload<int>(Leaders(map, images, box)) : null;
        var clipped = relaxations.Clip(unclipped, 0, 1, leaders);
        leaders?.Release();
        unclipped.Release();
        return clipped;
    }

    private DeviceValue Unclipped(MapShape map, ImageBoxes images, int box)
    {
        var rows = 1 + (images.Generators[box].Length / map.Size);
        var maps = session.Upload<double>([.. images.Centres[box], .. images.Generators[box]]);
        var error = session.Upload<double>([images.RoundingError * Math.Sqrt(map.Size) * (1 + Rounding.Arithmetic)]);
        if (images.Radii?[box] is not { } radii)
            return new DeviceValue(map, rows, maps, session.RentFilled(map.Size, 0), error, []);
        var radius = session.Upload<double>(radii);
        DeviceSymbols[] noise = [.. relaxations.NewSymbols(map, radius, null)];
        return new DeviceValue(map, rows, maps, radius, error, noise);
    }

    /// <summary>
    /// For each pixel the first one of those that share the symbol of their clip error, −1 for one that shares it with none. Pixels with
    /// the same centre and the same generators have the same value at every θ, hence the same error at every θ. Those with noise do not.
    /// </summary>
    private static int[] Leaders(MapShape map, ImageBoxes images, int box)
    {
        double[] centre = images.Centres[box], generators = images.Generators[box];
        var leaders = new int[map.Size];
        Array.Fill(leaders, -1);
        var groups = Enumerable.Range(0, map.Size).Where(index => images.Radii is null || images.Radii[box][index] == 0)
            .GroupBy(index => index, EqualityComparer<int>.Create(AreEqual, Hash));
        foreach (var group in groups)
        {
            int[] pixels = [.. group];
            foreach (var pixel in pixels.Length >= FewestSharing ? pixels : [])
                leaders[pixel] = pixels[0];
        }

        return leaders;

        bool AreEqual(int first, int second)
        {
            var same = BitConverter.DoubleToInt64Bits(centre[first]) == BitConverter.DoubleToInt64Bits(centre[second]);
            for (var row = 0; row < generators.Length && same; row += map.Size)
                same = BitConverter.DoubleToInt64Bits(generators[row + first]) == BitConverter.DoubleToInt64Bits(generators[row + second]);
            return same;
        }

        int Hash(int pixel)
        {
            var hash = default(HashCode);
            hash.Add(BitConverter.DoubleToInt64Bits(centre[pixel]));
            for (var row = 0; row < generators.Length; row += map.Size)
                hash.Add(BitConverter.DoubleToInt64Bits(generators[row + pixel]));
            return hash.ToHashCode();
        }
    }
}

using RobustPruning.Bounds;
using RobustPruning.Gpu.Kernels;

namespace RobustPruning.Gpu;

/// <summary>
/// One value over one box, on the device: the set <c>{ c + Σ_k ξ_k G_k + Σ_m ε_m E_m + e : ξ, ε ∈ [−1, 1], ‖e‖₂ ≤ ρ }</c> with centre c,
/// generators G of the semantic parameters, noise symbols E in blocks, and ρ for what rounding may have lost; all in 64 bits. It owns its
/// memory.
/// </summary>
/// <param name="Map">The size of the value.</param>
/// <param name="Rows">Centre and generators.</param>
/// <param name="Maps">They, <c>[Rows, Map.Size]</c>.</param>
/// <param name="Radius">No less than Σ_m |E_m|.</param>
/// <param name="Error">ρ.</param>
/// <param name="Symbols">The noise symbols.</param>
internal sealed record DeviceValue(
    MapShape Map, int Rows, DeviceArray<double> Maps, DeviceArray<double> Radius, DeviceArray<double> Error,
    IReadOnlyList<DeviceSymbols> Symbols)
{
    public ValueView View => new() { Maps = Maps.View, Radius = Radius.View, Error = Error.View, Rows = Rows, Size = Map.Size };

    public long SymbolCount => Symbols.Sum(block => (long)block.Count);

    /// <summary>What products of all symbols may lose of one number below the least normal one.</summary>
    public double Underflow => 1e-307 * (2 + SymbolCount);

    /// <summary>The same set with another ρ, which it takes over; it shares the rest.</summary>
    public DeviceValue WithError(DeviceArray<double> error) => this with
    {
        Maps = Maps.Share(), Radius = Radius.Share(), Error = error, Symbols = [.. Symbols.Select(block => block.Share())],
    };

    public void Release()
    {
        Maps.Release();
        Radius.Release();
        Error.Release();
        foreach (var block in Symbols)
            block.Release();
    }
}

/// <summary>
/// Noise symbols of one box that were born together, in order, wherever branches meet: windows of one size, one of each symbol's map,
/// outside of which it is zero; one as large as the map is a dense symbol. What of a window lies outside of the map is zero.
/// </summary>
/// <param name="Birth">What tells these symbols from all others.</param>
/// <param name="Count">The number of symbols.</param>
/// <param name="Map">The size of the value.</param>
/// <param name="Height">The windows' height.</param>
/// <param name="Width">The windows' width.</param>
/// <param name="Values"><c>[Count, Height, Width, channels]</c>.</param>
/// <param name="Corners">Row and column where each window begins.</param>
internal sealed record DeviceSymbols(object Birth, int Count, MapShape Map, int Height, int Width,
    DeviceArray<double> Values, DeviceArray<int> Corners)
{
    /// <summary>The numbers of all windows.</summary>
    public long Size => (long)Count * Height * Width * Map.Channels;

    public WindowView View => new()
    {
        Values = Values.View, Corners = Corners.View, Count = Count, Height = Height, Width = Width,
        MapHeight = Map.Height, MapWidth = Map.Width, Channels = Map.Channels,
    };

    /// <summary>New windows of a birth, whose numbers and corners are to be filled in.</summary>
    public static DeviceSymbols New(DeviceSession session, object birth, int count, MapShape map, int height, int width) => new(
        birth, count, map, height, width, session.Rent<double>((long)count * height * width * map.Channels), session.Rent<int>(2L * count));

    /// <summary>Whole maps, such as the rows of a value.</summary>
    public static WindowView Whole(DeviceArray<double> maps, DeviceArray<int> zeros, int count, MapShape map) => new()
    {
        Values = maps.View, Corners = zeros.View, Count = count, Height = map.Height, Width = map.Width,
        MapHeight = map.Height, MapWidth = map.Width, Channels = map.Channels,
    };

    /// <summary>The same windows for one more owner.</summary>
    public DeviceSymbols Share()
    {
        Values.Share();
        Corners.Share();
        return this;
    }

    public void Release()
    {
        Values.Release();
        Corners.Release();
    }
}

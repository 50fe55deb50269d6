using System.Runtime.InteropServices;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// Noise symbols of one box that were born together, with their generators in one value. All symbols of a birth stay in one block, in
/// order, so that blocks of one birth hold the same symbols wherever branches meet. A symbol is either <em>single</em>, one number at one
/// place, or has a <em>window</em> of the map, outside of which it is zero; windows of a block have one size, and one as large as the map
/// is a dense symbol.
/// </summary>
/// <typeparam name="T">The symbols' numbers: float or double.</typeparam>
internal sealed unsafe class SymbolBlock<T>
    where T : unmanaged
{
    private readonly BufferPool.Buffer _values;
    private readonly BufferPool.Buffer _places;
    private readonly BufferPool.Buffer? _slope;

    private SymbolBlock(
        object birth, int count, MapShape map, int height, int width, BufferPool.Buffer values, BufferPool.Buffer places,
        BufferPool.Buffer? slope) =>
            (Birth, Count, Map, Height, Width, _values, _places, _slope) = (birth, count, map, height, width, values, places, slope);

    /// <summary>What tells these symbols from all others.</summary>
    public object Birth { get; }

    /// <summary>The number of symbols.</summary>
    public int Count { get; }

    /// <summary>The size of the value.</summary>
    public MapShape Map { get; }

    /// <summary>The windows' height; 0 for single symbols.</summary>
    public int Height { get; }

    /// <summary>The windows' width; 0 for single symbols.</summary>
    public int Width { get; }

    public bool IsSingle => Height == 0;

    /// <summary>Whether each window is the whole map.</summary>
    public bool IsDense => Height == Map.Height && Width == Map.Width;

    /// <summary>The numbers of one symbol.</summary>
    public long Size => IsSingle ? 1 : (long)Height * Width * Map.Channels;

    /// <summary>The windows, <c>[symbols, height, width, channels]</c>, or one number each. Parts outside the map mean nothing.</summary>
    public T* Values => _values.As<T>();

    /// <summary>Where each window begins; it may begin outside the map. Not for single symbols.</summary>
    public WindowCorner* Corners => _places.As<WindowCorner>();

    /// <summary>Where each single symbol stands in memory; −1 if nowhere any more.</summary>
    public int* Indices => _places.As<int>();

    /// <summary>What each number of the map is still to be multiplied with; null for 1. Never for single symbols.</summary>
    public T* Slope => _slope is null ? null : _slope.As<T>();

    /// <summary>New windows of a birth, whose numbers and corners are to be filled in.</summary>
    public static SymbolBlock<T> Windows(BufferPool pool, object birth, int count, MapShape map, int height, int width)
    {
        var values = pool.Rent<T>((long)count * height * width * map.Channels);
        var block = new SymbolBlock<T>(birth, count, map, height, width, values, pool.Rent<WindowCorner>(count), null);
        if (block.IsDense)
            new Span<WindowCorner>(block.Corners, count).Clear();
        return block;
    }

    /// <summary>Single symbols of a birth, whose sizes and places are to be filled in.</summary>
    public static SymbolBlock<T> Singles(BufferPool pool, object birth, int count, MapShape map) =>
        new(birth, count, map, 0, 0, pool.Rent<T>(count), pool.Rent<int>(count), null);

    /// <summary>The same windows, to be multiplied with a number for each number of the map when they are read next.</summary>
    public SymbolBlock<T> WithSlope(BufferPool.Buffer slope) =>
        new(Birth, Count, Map, Height, Width, _values.Share(), _places.Share(), slope.Share());

    /// <summary>The same block for one more owner.</summary>
    public SymbolBlock<T> Share() => new(Birth, Count, Map, Height, Width, _values.Share(), _places.Share(), _slope?.Share());

    /// <summary>
    /// The part of a window inside the map, in the map's rows and columns; the ends are behind, and not behind the starts if there is none.
    /// </summary>
    public (int Top, int Bottom, int Left, int Right) Inside(int symbol)
    {
        var corner = Corners[symbol];
        return (
            Math.Max(0, corner.Row), Math.Min(Map.Height, corner.Row + Height), Math.Max(0, corner.Column),
            Math.Min(Map.Width, corner.Column + Width));
    }

    /// <summary>Where the number of the map's first place and channel would stand in a symbol's window, were it large enough.</summary>
    public T* Origin(int symbol)
    {
        var corner = Corners[symbol];
        return Values + (symbol * Size) - ((((long)corner.Row * Width) + corner.Column) * Map.Channels);
    }

    public void Release()
    {
        _values.Release();
        _places.Release();
        _slope?.Release();
    }
}

/// <summary>Where a window begins in its map.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct WindowCorner(int Row, int Column);

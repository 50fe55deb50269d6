namespace RobustPruning.Bounds;

/// <summary>Which places along one axis each new place reads, in ascending order; a new place that reads none is zero.</summary>
internal sealed class AxisMap
{
    private readonly int[] _first;
    private readonly int[] _last;

    /// <summary>Takes over the lists.</summary>
    /// <param name="size">The number of places before.</param>
    /// <param name="sources">For each new place the places that it reads.</param>
    public AxisMap(int size, int[][] sources)
    {
        (Size, Sources) = (size, sources);
        (_first, _last) = (new int[size], new int[size]);
        Array.Fill(_first, int.MaxValue);
        Array.Fill(_last, -1);
        foreach (var (target, read) in sources.Index())
        {
            foreach (var source in read)
                (_first[source], _last[source]) = (Math.Min(_first[source], target), Math.Max(_last[source], target));
        }
    }

    /// <summary>The number of places before.</summary>
    public int Size { get; }

    /// <summary>For each new place the places that it reads.</summary>
    public int[][] Sources { get; }

    /// <summary>The most new places that read one place.</summary>
    public int MostReaders => Enumerable.Range(0, Size).Max(source => Sources.Count(read => read.Contains(source)));

    /// <summary>One place or none (−1) for each new place.</summary>
    public static AxisMap Of(int size, IEnumerable<int> sources) =>
        new(size, [.. sources.Select(source => source < 0 ? (int[])[] : [source])]);

    /// <summary>The new places that read a window, first and behind the last; both 0 if none does.</summary>
    public (int First, int End) Targets(int place, int size)
    {
        int first = int.MaxValue, last = -1;
        for (var source = Math.Max(0, place); source < Math.Min(Size, place + size); source++)
            (first, last) = (Math.Min(first, _first[source]), Math.Max(last, _last[source]));
        return last < 0 ? (0, 0) : (first, last + 1);
    }

    /// <summary>The most new places that a window of this size reaches, wherever it lies; at least 1.</summary>
    public int TargetSize(int size)
    {
        var most = 1;
        for (var place = 1 - size; place < Size; place++)
        {
            var (first, end) = Targets(place, size);
            most = Math.Max(most, end - first);
        }

        return most;
    }
}

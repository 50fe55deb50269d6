namespace RobustPruning.Bounds;

/// <summary>
/// Which noise symbols the rows of a block stand for. Symbols are born together, from the errors of one nonlinearity, and a symbol is known
/// by its birth and its number there. Where branches of a graph meet, blocks of one birth hold the same symbols, and their rows are
/// added; a symbol that one branch has folded simply stays in the other alone, which only loosens the bounds.
/// </summary>
internal sealed class SymbolSet
{
    private readonly object _birth;
    private readonly int[] _numbers;

    private SymbolSet(object birth, int[] numbers, int[] boxes) => (_birth, _numbers, Boxes) = (birth, numbers, boxes);

    /// <summary>New symbols, one for each of these boxes, ascending.</summary>
    public SymbolSet(int[] boxes)
        : this(new object(), [.. Enumerable.Range(0, boxes.Length)], boxes)
    {
    }

    /// <summary>The box of each symbol, ascending.</summary>
    public int[] Boxes { get; }

    public int Count => Boxes.Length;

    /// <summary>The symbols of some rows, ascending.</summary>
    public SymbolSet Select(int[] rows) => new(_birth, [.. rows.Select(row => _numbers[row])], [.. rows.Select(row => Boxes[row])]);

    /// <summary>The rows here and there of the symbols that both hold, ascending.</summary>
    public (int[] Here, int[] There) Common(SymbolSet other)
    {
        if (_birth != other._birth)
            return ([], []);
        List<int> here = [], there = [];
        for (int row = 0, otherRow = 0; row < Count && otherRow < other.Count;)
        {
            var order = _numbers[row].CompareTo(other._numbers[otherRow]);
            if (order == 0)
            {
                here.Add(row);
                there.Add(otherRow);
            }

            row += order <= 0 ? 1 : 0;
            otherRow += order >= 0 ? 1 : 0;
        }

        return ([.. here], [.. there]);
    }

    /// <summary>All rows but these, which ascend.</summary>
    public int[] Others(int[] rows)
    {
        var left = Enumerable.Repeat(true, Count).ToArray();
        foreach (var row in rows)
            left[row] = false;
        return [.. Enumerable.Range(0, Count).Where(row => left[row])];
    }
}

using RobustPruning.Graphs;

namespace RobustPruning.Onnx.Writing;

/// <summary>
/// Writes one rearrangement: as slices, padding, a transposition and repetition where it is these, which takes no more than an index for
/// each position of an axis; otherwise as a row of values, behind it a zero if one is needed, of which those that are wanted are gathered.
/// </summary>
internal sealed class MovementWriter
{
    private readonly GraphWriter _writer;
    private readonly string _name;
    private readonly long[] _before, _after;

    // Each adds an operator that reads the first name and gives the second.
    private readonly List<Action<string, string>> _steps = [];

    private MovementWriter(GraphWriter writer, string name, RearrangementNode node) =>
        (_writer, _name, _before, _after) = (writer, name, [.. node.Input.Shape], [.. node.Shape]);

    /// <summary>Adds the operators.</summary>
    public static void Write(GraphWriter writer, string name, string input, RearrangementNode node)
    {
        var movement = new MovementWriter(writer, name, node);
        if (node.Sources is { } sources && AxisMoves.Of(sources, node.Input.Shape, node.Shape) is { } moves)
            movement.Move(moves);
        else if (node.Sources is not null)
            movement.Gather([.. node.Sources]);
        if (movement._steps.Count == 0)
            movement.Reshape(movement._after);
        foreach (var (index, step) in movement._steps.Index())
        {
            var output = index == movement._steps.Count - 1 ? name : writer.Free($"{name}/step{index + 1}");
            step(input, output);
            input = output;
        }
    }

    private void Move(AxisMoves moves)
    {
        for (var axis = 0; axis < _before.Length; axis++)
            Select(axis, moves.Positions[axis]);

        // Axes that are read at one position go last.
        int[] order =
        [
            .. Enumerable.Range(0, _before.Length).OrderBy(axis => moves.Targets[axis] < 0 ? int.MaxValue : moves.Targets[axis]),
        ];
        int[] wide = [.. order.Where(axis => moves.Positions[axis].Length > 1)];
        long[] shape = [.. moves.Positions.Select(positions => (long)positions.Length)];
        if (!wide.SequenceEqual(wide.Order()))
        {
            _steps.Add(
                (input, output) =>
                    _writer.Add("Transpose", output, [input], AttributeWriter.Integers("perm", [0, .. order.Select(axis => axis + 1L)])));
            shape = [.. order.Select(axis => shape[axis])];
        }

        long[] single = [.. _after.Select((size, axis) => moves.Targets.Contains(axis) ? size : 1)];
        if (!shape.SequenceEqual(single))
            Reshape(single);
        if (!single.SequenceEqual(_after))
            _steps.Add((input, output) => _writer.Add("Expand", output, [input, Integers("expanded", [1, .. _after])]));
    }

    /// <summary>The values at some positions of an axis, −1 for zeros.</summary>
    private void Select(int axis, long[] positions)
    {
        var size = _before[axis];
        if (positions.Length == size && positions.Index().All(position => position.Item == position.Index))
            return;
        int first = Array.FindIndex(positions, position => position >= 0), last = Array.FindLastIndex(positions, position => position >= 0);
        var step = last > first ? positions[first + 1] - positions[first] : 1;
        if (step != 0
            && Enumerable.Range(first, last - first + 1).All(index => positions[index] == positions[first] + ((index - first) * step)))
        {
            // An end before the first position is counted from the back.
            var end = positions[last] + Math.Sign(step) is >= 0 and var behind ? behind : -size - 1;
            if (last - first + 1 != size || step != 1)
            {
                _steps.Add(
                    (input, output) =>
                        _writer.Add(
                            "Slice",
                            output,
                            [
                                input, Integers("start", [positions[first]]), Integers("end", [end]), Integers("axis", [axis + 1]),
                                Integers("every", [step]),
                            ]));
            }

            if (first > 0 || last < positions.Length - 1)
                Pad(axis, first, positions.Length - 1 - last);
            return;
        }

        if (positions.Contains(-1))
            Pad(axis, 0, 1);
        _steps.Add(
            (input, output) =>
                _writer.Add(
                    "Gather",
                    output,
                    [input, Integers("places", [.. positions.Select(position => position < 0 ? size : position)])],
                    AttributeWriter.Integer("axis", axis + 1)));
    }

    private void Gather(long[] sources)
    {
        var size = _before.Aggregate(1L, (product, length) => product * length);
        _steps.Add((input, output) => _writer.Add("Flatten", output, [input], AttributeWriter.Integer("axis", 1)));
        if (sources.Contains(-1))
            _steps.Add((input, output) => _writer.Add("Pad", output, [input, Integers("pads", [0, 0, 0, 1])]));
        _steps.Add(
            (input, output) =>
                _writer.Add(
                    "Gather",
                    output,
                    [input, Integers("sources", [.. sources.Select(source => source < 0 ? size : source)])],
                    AttributeWriter.Integer("axis", 1)));
        Reshape(_after);
    }

    /// <summary>Zeros before and behind an axis.</summary>
    private void Pad(int axis, long before, long behind)
    {
        var pads = new long[2 * (_before.Length + 1)];
        (pads[axis + 1], pads[_before.Length + axis + 2]) = (before, behind);
        _steps.Add((input, output) => _writer.Add("Pad", output, [input, Integers("pads", pads)]));
    }

    // The first 0 keeps the batch.
    private void Reshape(long[] shape) =>
        _steps.Add((input, output) => _writer.Add("Reshape", output, [input, Integers("shape", [0, .. shape])]));

    private string Integers(string kind, IReadOnlyList<long> values) => _writer.Constant($"{_name}.{kind}", values);
}

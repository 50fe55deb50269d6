namespace RobustPruning.Onnx.Writing;

/// <summary>
/// A rearrangement in which each axis of the input is either read at one position or goes to an axis of the result of its own, so that it
/// is slices, padding, a transposition and repetition.
/// </summary>
/// <param name="Positions">For each axis of the input the positions that are read, in order; −1 stands for zeros.</param>
/// <param name="Targets">For each axis of the input the axis of the result that it goes to; −1 where it is read at one position.</param>
internal sealed record AxisMoves(long[][] Positions, int[] Targets)
{
    /// <summary>The moves that sources are, or null if they are none.</summary>
    /// <param name="sources">For each value of the result its place in the input, −1 for zero.</param>
    /// <param name="before">The shape of the input.</param>
    /// <param name="after">The shape of the result.</param>
    public static AxisMoves? Of(IReadOnlyList<long> sources, IReadOnlyList<long> before, IReadOnlyList<long> after)
    {
        if (sources.All(source => source < 0))
            return null;
        long[] inputSteps = Steps(before), steps = Steps(after);
        var moves = new AxisMoves(new long[before.Count][], new int[before.Count]);
        var taken = new HashSet<int>();
        for (var axis = 0; axis < before.Count; axis++)
        {
            var found = Enumerable.Range(-1, after.Count + 1).Where(target => !taken.Contains(target))
                .Select(target => (Target: target, Positions: Read(axis, target))).FirstOrDefault(read => read.Positions is not null);
            if (found.Positions is null)
                return null;
            (moves.Targets[axis], moves.Positions[axis]) = found;
            if (found.Target >= 0)
                taken.Add(found.Target);
        }

        return moves.Gives(sources, inputSteps, steps, after) ? moves : null;

        // The positions on an axis of the input, if they depend on the position on one axis of the result alone.
        long[]? Read(int axis, int target)
        {
            var positions = new long[target < 0 ? 1 : after[target]];
            Array.Fill(positions, -1);
            for (var place = 0; place < sources.Count; place++)
            {
                if (sources[place] < 0)
                    continue;
                var (position, index) = (
                    sources[place] / inputSteps[axis] % before[axis],
                    target < 0 ? 0 : place / steps[target] % after[target]);
                if (positions[index] >= 0 && positions[index] != position)
                    return null;
                positions[index] = position;
            }

            return positions;
        }
    }

    private bool Gives(IReadOnlyList<long> sources, long[] inputSteps, long[] steps, IReadOnlyList<long> after)
    {
        for (var place = 0; place < sources.Count; place++)
        {
            var source = 0L;
            for (var axis = 0; axis < Targets.Length && source >= 0; axis++)
            {
                var position = Positions[axis][Targets[axis] < 0 ? 0 : place / steps[Targets[axis]] % after[Targets[axis]]];
                source = position < 0 ? -1 : source + (position * inputSteps[axis]);
            }

            if (source != sources[place])
                return false;
        }

        return true;
    }

    private static long[] Steps(IReadOnlyList<long> shape)
    {
        var steps = new long[shape.Count];
        var step = 1L;
        for (var axis = shape.Count - 1; axis >= 0; axis--)
            (steps[axis], step) = (step, step * shape[axis]);
        return steps;
    }
}

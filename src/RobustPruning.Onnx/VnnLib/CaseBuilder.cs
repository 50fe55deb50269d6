using RobustPruning.Certification;

namespace RobustPruning.Onnx.VnnLib;

/// <summary>Boxes of inputs with the regions of outputs that are unsafe there, from the alternatives of a script.</summary>
internal sealed class CaseBuilder(Script script)
{
    private const long MostWeights = 20_000_000;

    private long _weights;

    /// <summary>The cases; alternatives about the same box are one. Those that no input or no output can fulfil are left out.</summary>
    /// <exception cref="VnnLibException">An input has no bound, or there is too much.</exception>
    public IReadOnlyList<VnnLibCase> Build()
    {
        var regions = new Dictionary<InputBounds, List<OutputRegion>>();
        foreach (var alternative in NormalForm.Of(script.Assertions))
        {
            Condition[] conditions = [.. alternative.Select(comparison => comparison.Condition)];
            if (conditions.Contains(new ConstantCondition(false)) || BoundsOf(conditions) is not { } bounds)
                continue;
            if (!regions.TryGetValue(bounds, out var ofBox))
                regions.Add(bounds, ofBox = []);
            ofBox.Add(RegionOf([.. conditions.OfType<RowCondition>()]));
        }

        return [.. regions.Select(entry => new VnnLibCase(entry.Key.Lower, entry.Key.Upper, new AvoidanceProperty(entry.Value)))];
    }

    /// <summary>The box; null if it is empty.</summary>
    private InputBounds? BoundsOf(Condition[] conditions)
    {
        var bounds = new InputBounds(new double[script.Inputs], new double[script.Inputs]);
        Array.Fill(bounds.Lower, double.NegativeInfinity);
        Array.Fill(bounds.Upper, double.PositiveInfinity);
        foreach (var (input, isUpper, limit) in conditions.OfType<BoundCondition>())
        {
            if (isUpper)
                bounds.Upper[input] = Math.Min(bounds.Upper[input], limit);
            else
                bounds.Lower[input] = Math.Max(bounds.Lower[input], limit);
        }

        for (var input = 0; input < script.Inputs; input++)
        {
            if (bounds.Lower[input] > bounds.Upper[input])
                return null;
            if (!double.IsFinite(bounds.Lower[input]) || !double.IsFinite(bounds.Upper[input]))
                throw new VnnLibException($"{new ScriptVariable(false, input)} has no {(double.IsFinite(bounds.Lower[input]) ? "upper" : "lower")} bound.");
        }

        return bounds;
    }

    private OutputRegion RegionOf(RowCondition[] rows)
    {
        // Without a condition every output is unsafe: 0 ≤ 0.
        if (rows.Length == 0)
            return new OutputRegion([new double[script.Outputs]], [0]);
        _weights += rows.LongLength * script.Outputs;
        if (_weights > MostWeights)
            throw new VnnLibException($"its cases have more than {MostWeights} weights of outputs; that is too much.");
        return new OutputRegion(
            [.. rows.Select(row => Enumerable.Range(0, script.Outputs).Select(output => row.Weights.GetValueOrDefault(output)).ToArray())],
            [.. rows.Select(row => row.Limit)]);
    }
}

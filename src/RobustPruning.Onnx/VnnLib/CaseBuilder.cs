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
        var within = new Dictionary<InputBounds, WitnessBounds>();
        foreach (var alternative in NormalForm.Of(script.Assertions))
        {
            Condition[] conditions = [.. alternative.Select(comparison => comparison.Condition)];
            if (conditions.Contains(new ConstantCondition(false)) || BoundsOf(conditions) is not { } bounds)
                continue;
            var witness = WitnessBounds.Of(script.Inputs, conditions.OfType<BoundCondition>());
            within[bounds] = within.TryGetValue(bounds, out var before) ? before.And(witness) : witness;
            if (!regions.TryGetValue(bounds, out var ofBox))
                regions.Add(bounds, ofBox = []);
            ofBox.Add(RegionOf([.. conditions.OfType<RowCondition>()]));
        }

        return [.. regions.Select(entry => new VnnLibCase(entry.Key.Lower, entry.Key.Upper, new AvoidanceProperty(entry.Value))
        {
            Within = within[entry.Key],
        })];
    }

    /// <summary>The box; null if it is empty.</summary>
    private InputBounds? BoundsOf(Condition[] conditions)
    {
        var bounds = new InputBounds(new double[script.Inputs], new double[script.Inputs]);
        Array.Fill(bounds.Lower, double.NegativeInfinity);
        Array.Fill(bounds.Upper, double.PositiveInfinity);
        foreach (var bound in conditions.OfType<BoundCondition>())
        {
            if (bound.IsUpper)
                bounds.Upper[bound.Input] = Math.Min(bounds.Upper[bound.Input], bound.Limit);
            else
                bounds.Lower[bound.Input] = Math.Max(bounds.Lower[bound.Input], bound.Limit);
        }

        for (var input = 0; input < script.Inputs; input++)
        {
            if (bounds.Lower[input] > bounds.Upper[input])
                return null;
            if (!double.IsFinite(bounds.Lower[input]) || !double.IsFinite(bounds.Upper[input]))
                throw new VnnLibException(
                    $"{new ScriptVariable(false, input)} has no {(double.IsFinite(bounds.Lower[input]) ? "upper" : "lower")} bound.")
                {
                    Name = new ScriptVariable(false, input).ToString(),
                };
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

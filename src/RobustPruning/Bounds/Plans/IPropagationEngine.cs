namespace RobustPruning.Bounds;

/// <summary>
/// Bounds a plan's values over boxes of images, rounded outwards: the bounds hold for the network in real numbers. Stateless for its
/// caller and thread-safe: several threads may ask one engine at once.
/// </summary>
internal interface IPropagationEngine
{
    /// <summary>The engine's name, for reports and errors.</summary>
    string Name { get; }

    /// <summary>Bounds the output, and other values if asked, over each box.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="images">What the boxes reach.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="stop">Asked before each step; once it says true, it does so for ever.</param>
    /// <returns>One for each box, in order; null if told to stop.</returns>
    IReadOnlyList<BoxBounds>? Bound(PropagationPlan plan, ImageBoxes images, BoundRequest request, Func<bool> stop);
}

/// <summary>What an engine is asked for.</summary>
/// <param name="ShareClipErrors">Whether pixels of equal value share the symbol of their clip error.</param>
/// <param name="Values">The numbers of values whose bounds to hand back beside the output's.</param>
internal sealed record BoundRequest(bool ShareClipErrors, IReadOnlyCollection<int> Values)
{
    /// <summary>
    /// Given a box's number and its output's bounds, the sparse linear rows over the output that are to be bounded, too: for each row the
    /// numbers that it reads, each once, and their weights. Null for none. An engine that knows no rows leaves <see cref="BoxBounds.Rows"/>
    /// null.
    /// </summary>
    public OutputRows? Rows { get; init; }
}

/// <summary>The linear rows over the output whose bounds are asked for, once the output's are known.</summary>
internal delegate IReadOnlyList<IReadOnlyList<(int Value, float Weight)>> OutputRows(int box, double[] lower, double[] upper);

/// <summary>Lower and upper bounds over one box, in the network's order (channels first). NaN says nothing.</summary>
/// <param name="Lower">The output's lower bounds.</param>
/// <param name="Upper">The output's upper bounds.</param>
/// <param name="Unstable">How many neurons are unstable: see <see cref="PropagationPlan.Kinks"/>.</param>
/// <param name="Values">The bounds of the values asked for, by their numbers.</param>
internal sealed record BoxBounds(
    double[] Lower, double[] Upper, long Unstable, IReadOnlyDictionary<int, (double[] Lower, double[] Upper)> Values)
{
    /// <summary>The bounds of the rows asked for, in order; null if there were none asked for.</summary>
    public (double[] Lower, double[] Upper)? Rows { get; init; }
}

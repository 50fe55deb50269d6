using System.Numerics;

namespace RobustPruning.Bounds.Cpu;

/// <summary>One box on its way through a plan, with symbols in one type of numbers.</summary>
/// <typeparam name="T">The symbols' numbers: float or double.</typeparam>
internal sealed class BoxPropagation<T>(BufferPool pool, PropagationPlan plan, BoundRequest request, Func<bool> stop)
    where T : unmanaged, INumber<T>
{
    // Of the width of a value, on average: bounds are no wider than that for it, but for what layers behind make of it.
    private const double GreatestRoundingShare = 0.01;

    private readonly AffineLayers<T> _affine = new(pool);
    private readonly ReluLayer<T> _relu = new(pool);
    private readonly Relaxations<T> _relaxations = new(pool);
    private readonly MaxPooling<T> _maxPooling = new(pool);
    private readonly Joining<T> _joining = new(pool);
    private readonly Products<T> _products = new(pool);
    private readonly Softmax<T> _softmax = new(pool);
    private readonly Dictionary<int, (double[] Lower, double[] Upper)> _found = [];
    private readonly HashSet<int> _counted = [];
    private long _unstable;

    /// <summary>The bounds, or null if told to stop or, where that counts, if too much of some value is rounding.</summary>
    public BoxBounds? Run(ImageBoxes images, int box, bool mustBeFine)
    {
        var values = new Enclosure<T>?[plan.Steps.Count];
        try
        {
            for (var number = 0; number < values.Length; number++)
            {
                if (stop())
                    return null;
                var step = plan.Steps[number];
                var value = values[number] = step is InputStep
                    ? new ImageEnclosure<T>(pool).Of(step.Map, images, box, request.ShareClipErrors) : Step(step, [.. step.Inputs.Select(input => values[input]!)]);
                if (mustBeFine && (number == plan.Output || step is ActivationStep) && value.RoundingShare() > GreatestRoundingShare)
                    return null;
                if (request.Values.Contains(number))
                    _found[number] = value.LogicalBounds();
                foreach (var input in step.Inputs.Distinct().Where(input => plan.LastReader[input] == number && input != plan.Output))
                {
                    values[input]!.Release();
                    values[input] = null;
                }
            }

            var output = values[plan.Output]!;
            var (lower, upper) = output.LogicalBounds();
            if (request.Rows is null)
                return new BoxBounds(lower, upper, _unstable, _found);
            return RowProducts<T>.Bounds(output, request.Rows(box, lower, upper), stop) is { } rows ? new BoxBounds(lower, upper, _unstable, _found) { Rows = rows } : null;
        }
        finally
        {
            foreach (var value in values)
                value?.Release();
        }
    }

    private Enclosure<T> Step(PlanStep step, IReadOnlyList<Enclosure<T>> inputs)
    {
        switch (step)
        {
            case AffineStep affine:
                return _affine.Apply(affine, inputs[0]);

            case ActivationStep activation:
            {
                var input = step.Inputs[0];
                long unstable;
                var kinks = plan.Kinks.GetValueOrDefault(input, []);
                var value = activation.Kind == ActivationKind.Relu && kinks is [0]
                    ? _relu.Apply(inputs[0], out unstable) : _relaxations.Apply(activation, inputs[0], kinks, out unstable);
                _unstable += _counted.Add(input) ? unstable : 0;
                return value;
            }

            case MaxPoolStep pooling:
                return _maxPooling.Apply(pooling, inputs[0]);

            case AdditionStep:
            {
                var sum = _joining.Sum(inputs[0], inputs[1]);
                foreach (var term in inputs.Skip(2))
                {
                    var next = _joining.Sum(sum, term);
                    sum.Release();
                    sum = next;
                }

                return sum;
            }

            case SoftmaxStep softmax:
                return _softmax.Apply(softmax, inputs[0]);

            case ProductStep:
                return _products.Apply(inputs[0], inputs[1]);

            case ConcatenationStep:
                return _joining.Concatenate(step.Map, inputs);

            default:
                throw new InvalidOperationException($"There is no rule for {step.GetType().Name}.");
        }
    }
}

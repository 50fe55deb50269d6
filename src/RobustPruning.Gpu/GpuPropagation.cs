using RobustPruning.Bounds;
using RobustPruning.Gpu.Kernels;
using RobustPruning.Gpu.Steps;
using MaxPooling = RobustPruning.Gpu.Steps.MaxPooling;
using Softmax = RobustPruning.Gpu.Steps.Softmax;

namespace RobustPruning.Gpu;

/// <summary>One box on its way through a plan. Values stay on the device.</summary>
internal sealed class GpuPropagation
{
    private readonly DeviceSession _session;
    private readonly DevicePlan _onDevice;
    private readonly PropagationPlan _plan;
    private readonly BoundRequest _request;
    private readonly Affine _affine;
    private readonly Relaxations _relaxations;
    private readonly MaxPooling _maxPooling;
    private readonly Joining _joining;
    private readonly Products _products;
    private readonly Softmax _softmax;
    private readonly DeviceArray<int> _unstable;
    private readonly HashSet<int> _counted = [];

    public GpuPropagation(DeviceSession session, DevicePlan onDevice, PropagationPlan plan, BoundRequest request)
    {
        (_session, _onDevice, _plan, _request) = (session, onDevice, plan, request);
        var (errors, radii) = (new Errors(session), new Radii(session));
        _affine = new Affine(session, onDevice, errors, radii);
        _relaxations = new Relaxations(session, errors);
        _joining = new Joining(session, errors, radii);
        _maxPooling = new MaxPooling(session, onDevice, errors, _affine, _relaxations, _joining);
        _products = new Products(session, _relaxations, _joining);
        _softmax = new Softmax(session, _affine, _relaxations, _products);
        _unstable = session.RentFilledInts(ReductionKernels.Parts, 0);
    }

    /// <summary>The step at hand.</summary>
    public PlanStep? Current { get; private set; }

    /// <summary>The bounds, or null if told to stop.</summary>
    public BoxBounds? Run(ImageBoxes images, int box, Func<bool> stop)
    {
        var values = new DeviceValue?[_plan.Steps.Count];
        var found = new Dictionary<int, (double[] Lower, double[] Upper)>();
        BoxBounds? bounds = null;
        for (var number = 0; number < values.Length && !stop(); number++)
        {
            var step = Current = _plan.Steps[number];
            var value = values[number] = step is InputStep
                ? new Images(_session, _relaxations).Of(step.Map, images, box, _request.ShareClipErrors)
                : Step(step, [.. step.Inputs.Select(input => values[input]!)]);
            if (_request.Values.Contains(number))
                found[number] = Logical(value);
            foreach (var input in step.Inputs.Distinct().Where(input => _plan.LastReader[input] == number && input != _plan.Output))
            {
                values[input]!.Release();
                values[input] = null;
            }

            if (number == values.Length - 1)
                bounds = Finish(values[_plan.Output]!, box, found);
        }

        foreach (var value in values)
            value?.Release();
        _unstable.Release();

        // Where it was told to stop, kernels may still read the plan.
        _session.Finish();
        return bounds;
    }

    private BoxBounds Finish(DeviceValue output, int box, Dictionary<int, (double[] Lower, double[] Upper)> found)
    {
        var (lower, upper) = Logical(output);
        var bounds = new BoxBounds(lower, upper, _session.Download(_unstable.View).Sum(count => (long)count), found);
        return _request.Rows is null ? bounds : bounds with { Rows = new Rows(_session).Bounds(output, _request.Rows(box, lower, upper)) };
    }

    private (double[] Lower, double[] Upper) Logical(DeviceValue value)
    {
        var (lower, upper) = _relaxations.Bounds(value);
        return (value.Map.ToLogical(lower), value.Map.ToLogical(upper));
    }

    private DeviceValue Step(PlanStep step, IReadOnlyList<DeviceValue> inputs)
    {
        switch (step)
        {
            case AffineStep affine:
                return _affine.Apply(affine, inputs[0]);

            case ActivationStep activation:
                CountUnstable(step.Inputs[0], inputs[0]);
                return _relaxations.Apply(activation, inputs[0]);

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

    private void CountUnstable(int number, DeviceValue value)
    {
        if (_counted.Add(number) && _onDevice.Kinks(number) is { } kinks)
            _session.Launch(RelaxationKernels.CountUnstable, ReductionKernels.Parts, value.View, kinks.View, _unstable.View);
    }
}

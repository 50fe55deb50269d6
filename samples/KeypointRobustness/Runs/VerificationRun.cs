using System.Diagnostics;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Graphs;
using RobustPruning.Onnx;
using RobustPruning.Onnx.VnnLib;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace KeypointRobustness.Runs;

/// <summary>Verifies a model against a specification, case by case. The clock starts when the run is made.</summary>
/// <param name="limit">How long to work at most.</param>
internal sealed class VerificationRun(TimeSpan limit)
{
    // A box of a small network is over before libtorch has found its operators: many go together, as long as they fit into the caches.
    private const long ValuesPerBatch = 1 << 23;
    private const long MostBoxesPerBatch = 256;
    private const int ImagesPerBatch = 512;

    private readonly Stopwatch _clock = Stopwatch.StartNew();

    private TimeSpan Left => limit - _clock.Elapsed;

    /// <summary>The answer. A counterexample is confirmed by a plain forward pass on the numbers that are given back.</summary>
    /// <exception cref="DataException">The specification is about another number of inputs or outputs.</exception>
    public VerificationAnswer Verify(OnnxModel model, VnnLibSpecification specification, CancellationToken cancellationToken)
    {
        var (inputs, outputs) = (model.Graph.Input.Neurons, model.Graph.Output.Neurons);
        if (inputs != specification.Inputs || outputs != specification.Outputs)
            throw new DataException(
                $"The specification is about {specification.Inputs} inputs and {specification.Outputs} outputs, but the model has "
                + $"{inputs} and {outputs}.");
        var (isProved, ranOut) = (true, false);
        foreach (var (index, one) in specification.Cases.Index())
        {
            if (Left <= TimeSpan.Zero)
                return new VerificationAnswer(VerificationOutcome.Timeout);

            // Each case gets an equal share of the time that is left.
            var answer = Verify(
                model, specification, one, _clock.Elapsed + (Left / (specification.Cases.Count - index)),
                cancellationToken);
            if (answer.Outcome == VerificationOutcome.Sat)
                return answer;
            isProved &= answer.Outcome == VerificationOutcome.Unsat;
            ranOut |= answer.Outcome == VerificationOutcome.Timeout;
        }

        return new VerificationAnswer(
            isProved ? VerificationOutcome.Unsat
            : ranOut ? VerificationOutcome.Timeout
            : VerificationOutcome.Unknown);
    }

    /// <summary>
    /// The answer about one case. A counterexample that is not confirmed, such as a tie of a strict comparison, leaves its region
    /// undecided; the search it ended goes on without that region.
    /// </summary>
    private VerificationAnswer Verify(
        OnnxModel model, VnnLibSpecification specification, VnnLibCase one, TimeSpan end, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var box = InputBox.Of(Limits(one.Lower), Limits(one.Upper));
        var isProved = true;
        for (var property = one.Property; end - _clock.Elapsed is var left && left > TimeSpan.Zero;)
        {
            using var certifier = new Certifier(model.Graph, box.Set, property, new CertifierOptions
            {
                MaxBoxes = int.MaxValue, TimeLimit = left, StopAtCounterexample = true,
                BoxesPerBatch = BoxesPerBatch(model.Graph), ImagesPerBatch = ImagesPerBatch,
            });
            var certificate = certifier.Certify(box.Centre, cancellationToken: cancellationToken);
            foreach (var found in certificate.Claims.Select(claim => claim.Counterexample).OfType<Counterexample>())
            {
                if (Confirmed(model, specification, one, Input(box, found)) is { } answer)
                    return answer;
            }

            OutputRegion[] untouched =
            [
                .. certificate.Claims.Where(claim => claim.Counterexample is null).Select(claim => property.Regions[claim.Index]),
            ];
            isProved &= certificate.Certified == certificate.Claims.Count;
            if (untouched.Length == certificate.Claims.Count || untouched.Length == 0)
                return new VerificationAnswer(
                    isProved ? VerificationOutcome.Unsat
                    : certificate.Elapsed >= left ? VerificationOutcome.Timeout
                    : VerificationOutcome.Unknown);
            property = new AvoidanceProperty(untouched);
        }

        return new VerificationAnswer(VerificationOutcome.Timeout);

        Tensor Limits(IReadOnlyList<double> limits) => tensor(limits.ToArray(), [.. model.Graph.Input.Shape]);
    }

    /// <summary>A box has about as many symbols as the network has neurons.</summary>
    private static int BoxesPerBatch(Graph network) =>
        (int)
            Math.Clamp(
                ValuesPerBatch / (network.Nodes.Sum(node => node.Neurons) * network.Nodes.Max(node => node.Neurons)),
                2,
                MostBoxesPerBatch);

    /// <summary>An answer if the network reaches what is unsafe on the 32-bit numbers next to an input.</summary>
    private static VerificationAnswer? Confirmed(OnnxModel model, VnnLibSpecification specification, VnnLibCase one, double[] input)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var inputs = one.Witness(input);
        var output = model.Graph.Forward(tensor(inputs, [1, .. model.Graph.Input.Shape], dtype: float32));
        double[] outputs = output.to(float64).flatten().data<double>().ToArray();
        return specification.IsUnsafe(inputs, outputs) ? new VerificationAnswer(VerificationOutcome.Sat, inputs, outputs) : null;
    }

    private static double[] Input(InputBox box, Counterexample found)
    {
        using var scope = NewDisposeScope();
        return found.Input(box.Set, box.Centre).to(float64).flatten().data<double>().ToArray();
    }
}

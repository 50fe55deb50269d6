using RobustPruning.Graphs;
using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>
/// A term of a training loss. Terms are added up, with weights that are absolute, <c>first + (0.1 * second)</c>, or relative to the task,
/// <c>task.PlusRelative(term, 3)</c>; all terms share one pass through the network. Derive from it for a term of your own. Immutable.
/// </summary>
/// <example>
/// <code>
/// var loss = new SampledLoss().PlusRelative(new WassersteinLoss(), 3) + (0.1 * new CertifiedLoss());
///
/// // Then in each step:
/// using var scope = NewDisposeScope();
/// using var batch = new TrainingBatch(network.Graph, images, light, random, labels, samples: 8, progress: step / steps);
/// optimizer.zero_grad();
/// loss.Of(batch).backward();
/// optimizer.step();
/// </code>
/// </example>
public abstract class TrainingLoss
{
    // A term this small counts as zero: it is not blown up to a weight.
    private const double LeastTerm = 1e-12;

    /// <summary>The sum of two terms.</summary>
    public static TrainingLoss operator +(TrainingLoss first, TrainingLoss second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return new CombinedLoss(first, second, $"{first} + {second}", (one, other, _) => one.Plus(other));
    }

    /// <summary>A term times a weight, finite and not negative.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="weight"/> is negative or not finite.</exception>
    public static TrainingLoss operator *(double weight, TrainingLoss loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        RequireWeight(weight, nameof(weight));
        return new CombinedLoss(
            loss,
            null,
            FormattableString.Invariant($"{weight:r} x ({loss})"),
            (value, _, _) => value * Scalars.Of(weight));
    }

    /// <summary>This term, the task, plus another that counts <paramref name="weight"/> times as much at every batch.</summary>
    /// <param name="term">The other term.</param>
    /// <param name="weight">How much it counts; finite and not negative.</param>
    /// <param name="warmup">
    /// The share of the training over which the weight grows from 0, so that the task is learnt first; in [0, 1].
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="weight"/> or <paramref name="warmup"/> is out of its range.
    /// </exception>
    public TrainingLoss PlusRelative(TrainingLoss term, double weight, double warmup = 0)
    {
        ArgumentNullException.ThrowIfNull(term);
        RequireWeight(weight, nameof(weight));
        if (!(warmup >= 0 && warmup <= 1))
            throw new ArgumentOutOfRangeException(nameof(warmup), warmup, "The warm-up is in [0, 1].");
        var text = FormattableString.Invariant($"{this} + {weight:r} relative x ({term}), warmed up over {warmup:r}");
        return new CombinedLoss(this, term, text, (task, other, progress) =>
            task.Plus(Relative(other, task, warmup == 0 ? weight : weight * Math.Min(1, progress / warmup))));
    }

    /// <summary>
    /// A term rescaled so that its value is <paramref name="weight"/> times the task's, whatever its own scale. Only the term's gradient
    /// counts: the scale is held fixed.
    /// </summary>
    /// <param name="term">The term's value, a scalar.</param>
    /// <param name="task">The task's value, a scalar.</param>
    /// <param name="weight">How much the term counts; finite and not negative.</param>
    /// <returns>A scalar; the caller owns it.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="weight"/> is negative or not finite.</exception>
    public static Tensor Relative(Tensor term, Tensor task, double weight)
    {
        RequireWeight(weight, nameof(weight));
        using var scope = NewDisposeScope();
        return (term * (task.detach() * Scalars.Of(weight) / term.detach().clamp_min(Scalars.Of(LeastTerm)))).MoveToOuterDisposeScope();
    }

    /// <summary>The value at a batch; differentiable in the network's weights.</summary>
    /// <param name="batch">The images, and what the network makes of them.</param>
    /// <returns>A scalar; the caller owns it.</returns>
    /// <exception cref="ArgumentException">
    /// The batch lacks what the term needs: labels, sampled parameters, layers or a second image.
    /// </exception>
    /// <exception cref="GraphException">A value of the network is not finite; the message names the layer.</exception>
    public Tensor Of(TrainingBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        return Evaluate(batch).MoveToOuterDisposeScope();
    }

    /// <summary>The value at images that no other term shares: makes a <see cref="TrainingBatch"/>, whose parameters these are.</summary>
    /// <returns>A scalar; the caller owns it.</returns>
    /// <exception cref="ArgumentException">The arguments do not fit each other, or lack what the term needs.</exception>
    /// <exception cref="GraphException">
    /// The images do not fit the network, or a value of it is not finite; the message names the layer.
    /// </exception>
    public Tensor Of(
        Graph network, Tensor images, SemanticSet set, Random random, Tensor? labels = null, int samples = 8, double progress = 1)
    {
        using var batch = new TrainingBatch(network, images, set, random, labels, samples, progress);
        return Of(batch);
    }

    /// <summary>What the term is, with its parameters: checkpoints tell runs apart by it.</summary>
    public override string ToString() => GetType().Name;

    /// <summary>Computes the value, a scalar. Intermediate tensors are disposed afterwards.</summary>
    protected abstract Tensor Evaluate(TrainingBatch batch);

    internal static void RequireWeight(double weight, string name)
    {
        if (!(weight >= 0 && double.IsFinite(weight)))
            throw new ArgumentOutOfRangeException(name, weight, "A weight is finite and not negative.");
    }

    private sealed class CombinedLoss(TrainingLoss first, TrainingLoss? second, string text, Func<Tensor, Tensor, double, Tensor> combine)
        : TrainingLoss
    {
        public override string ToString() => text;

        protected override Tensor Evaluate(TrainingBatch batch)
        {
            var value = first.Of(batch);
            return combine(value, second?.Of(batch) ?? value, batch.Progress);
        }
    }
}

using System.Diagnostics;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Training;

/// <summary>Measures how long it takes to decide an image, and how long a typical box of that work takes in another network.</summary>
internal interface IVerificationTime
{
    /// <summary>The median seconds to decide an image. Remembers the boxes that were typical.</summary>
    double Measure(Graph network, CancellationToken cancellationToken);

    /// <summary>The median seconds to bound the boxes that were typical when <see cref="Measure"/> was called last.</summary>
    double MeasureBox(Graph network, CancellationToken cancellationToken);
}

/// <summary>Measures with the clock.</summary>
internal sealed class VerificationTime(SemanticSet set, OutputProperty property, KeypointData data, VerificationTimeOptions options) : IVerificationTime
{
    private const int Repetitions = 3;

    private readonly List<(long Image, ParameterBox Box)> _typical = [];

    /// <inheritdoc/>
    public double Measure(Graph network, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var certifier = new Certifier(network, set, property, options.Certifier);
        _typical.Clear();
        List<double> seconds = [];
        for (var image = 0L; image < Math.Min(options.Images, data.Count); image++)
        {
            var certificate = certifier.Certify(data.Images[image], property.HasReference ? data.Labels[image] : null, null, cancellationToken);
            seconds.Add(certificate.Elapsed.TotalSeconds);
            var leaves = certificate.Leaves.OrderBy(leaf => Volume(leaf.Box)).ToList();
            _typical.Add((image, leaves[leaves.Count / 2].Box));
        }

        return Median(seconds);
    }

    /// <inheritdoc/>
    public double MeasureBox(Graph network, CancellationToken cancellationToken) => Median([.. _typical.Select(typical =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Enumerable.Range(0, Repetitions).Min(_ => SecondsOf(network, data.Images[typical.Image], typical.Box));
    })]);

    private double SecondsOf(Graph network, Tensor image, ParameterBox box)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        using var images = set.Enclose(image, [box]);
        var clock = Stopwatch.StartNew();
        using var bounds = options.Certifier.OnDevice.Propagate(network, images);
        return clock.Elapsed.TotalSeconds;
    }

    private static double Volume(ParameterBox box) => box.Lower.Zip(box.Upper, (lower, upper) => upper - lower).Where(side => side > 0).Aggregate(1.0, (product, side) => product * side);

    private static double Median(List<double> values)
    {
        values.Sort();
        return (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }
}

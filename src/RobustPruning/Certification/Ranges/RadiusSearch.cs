using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Finds the largest factor s in (0, 1] such that all claims about an image are certified for the set scaled by s about θ = 0, by
/// bisection; counterexamples bound it from above. Works on a copy of the weights as they are when it is made. Calls from several
/// threads wait for each other. While it searches, libtorch's number of threads is set to one.
/// </summary>
public sealed class RadiusSearch : IDisposable
{
    private readonly CertificationEngine _engine;
    private readonly SemanticSet _set;
    private readonly RadiusSearchOptions _options;
    private readonly ILogger _logger;

    /// <summary>Prepares a search.</summary>
    /// <param name="network">The network; its output is a vector <c>[F]</c>.</param>
    /// <param name="set">What may change at factor 1; it contains θ = 0.</param>
    /// <param name="property">What is to hold.</param>
    /// <param name="options">How to work and when to stop; defaults if null.</param>
    /// <param name="logger">Told of every factor, and of the result; none if null.</param>
    /// <exception cref="ArgumentException">The set does not contain θ = 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="GraphException">A weight is NaN or infinite, or the property does not fit the output.</exception>
    public RadiusSearch(
        Graph network, SemanticSet set, OutputProperty property, RadiusSearchOptions? options = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(property);
        if (!set.Box.Contains(new double[set.Dimension]))
            throw new ArgumentException($"The set '{set}' does not contain θ = 0, about which it is to be scaled.", nameof(set));
        _options = options ?? new RadiusSearchOptions();
        _options.Validate();
        _set = set;
        _logger = logger ?? NullLogger.Instance;
        _engine = new CertificationEngine(network, property, _options.Certifier with { StopAtCounterexample = true });
    }

    /// <summary>Searches one image's radius.</summary>
    /// <param name="image">The clean image in [0, 1], <c>[C, H, W]</c>.</param>
    /// <param name="label">The true output <c>[F]</c>, NaN where missing; null to measure from the clean prediction.</param>
    /// <param name="progress">Told how far it has come, after each factor.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <exception cref="ArgumentException">The image or the label is not as <see cref="Certifier.Certify"/> takes it.</exception>
    /// <exception cref="GraphException">
    /// The image has another shape than the network takes, or the network's output on it is not finite.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The network has been changed, or the propagator gave bounds that a sample leaves.
    /// </exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public RadiusSearchResult Search(
        Tensor image, Tensor? label = null, IProgress<RadiusSearchProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        var clock = Stopwatch.StartNew();
        double certified = 0, refused = double.PositiveInfinity, falsified = double.PositiveInfinity;
        Certificate? best = null;
        Counterexample? nearest = null;
        ClaimRadius[] claims = [];
        var boxes = 0;
        for (var factor = 1.0; !IsDone(certified, refused); factor = (certified + refused) / 2)
        {
            var tried = _engine.Certify(_set.Scaled(factor), [image], label is null ? null : [label], null, cancellationToken)[0];
            boxes += tried.Boxes;
            claims = [.. tried.Claims.Select(claim => Join(claims.ElementAtOrDefault(claim.Index), claim, factor))];
            if (tried.Falsified + tried.Unknown == 0)
            {
                (certified, best) = (factor, tried);
            }
            else
            {
                var closest = tried.Claims.Select(claim => claim.Counterexample).OfType<Counterexample>().MinBy(Reach);
                refused = closest is null ? factor : Math.Min(factor, Reach(closest));
                if (closest is not null && refused < falsified)
                    (falsified, nearest) = (refused, closest);
            }

            _logger.LogInformation("Factor {Factor}: {Certificate}, {Boxes} boxes.", factor, tried, tried.Boxes);
            progress?.Report(new RadiusSearchProgress(certified, refused, boxes));
        }

        var result = new RadiusSearchResult(certified, falsified, best, nearest, claims, boxes, clock.Elapsed);
        _logger.LogInformation("{Result}", result);
        return result;
    }

    /// <summary><see cref="Search"/> on a thread of its own; keep the tensors until it ends.</summary>
    /// <inheritdoc cref="Search"/>
    public Task<RadiusSearchResult> SearchAsync(
        Tensor image,
        Tensor? label = null,
        IProgress<RadiusSearchProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
            Task.Run(() => Search(image, label, progress, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();

    private bool IsDone(double certified, double refused) =>
        certified == 1 || (certified == 0 ? refused / 2 < _options.LeastFactor : refused - certified <= _options.Tolerance * refused);

    private ClaimRadius Join(ClaimRadius? before, ClaimResult claim, double factor) =>
        new(
            claim.Index,
            Math.Max(before?.Certified ?? 0, claim.Verdict == Verdict.Certified ? factor : 0),
            Math.Min(
                before?.Falsified ?? double.PositiveInfinity,
                claim.Counterexample is { } found ? Math.Min(factor, Reach(found)) : double.PositiveInfinity));

    /// <summary>The least factor whose scaled set contains the counterexample.</summary>
    private double Reach(Counterexample found) => Enumerable.Range(0, _set.Dimension).Max(k => found.Theta[k] switch
    {
        0 => 0,
        > 0 => found.Theta[k] / _set.Box.Upper[k],
        _ => found.Theta[k] / _set.Box.Lower[k],
    });
}

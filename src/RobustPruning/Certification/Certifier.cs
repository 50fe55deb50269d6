using Microsoft.Extensions.Logging;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Certifies a network against a set of semantic changes, by branch and bound over the parameters, for example that each keypoint stays
/// where it is: see <see cref="OutputProperty"/> for what may be asked. Complete in the limit. The certifier works on a copy of the
/// weights as they are when it is made. Calls from several threads wait for each other; no other thread may run or train the network
/// meanwhile. While it works, libtorch's number of threads is set to one.
/// </summary>
public sealed class Certifier : IDisposable
{
    private readonly CertificationEngine _engine;
    private readonly SemanticSet _set;

    /// <summary>Makes a certifier for a keypoint detector.</summary>
    /// <param name="network">
    /// The keypoint detector: a <see cref="GraphModule"/>, or a graph, for example that of a <c>Sequential</c>: <c>Graph.Of(model, 3, 64,
    /// 64)</c>.
    /// </param>
    /// <param name="set">What may change.</param>
    /// <param name="tolerance">
    /// How far a keypoint may be along an axis from its reference and still be correct, in pixels; positive. Where a warp moves the scene,
    /// references move along.
    /// </param>
    /// <param name="options">How to work; defaults if null.</param>
    /// <param name="logger">Told of every image; none if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The tolerance or an option is out of its range.</exception>
    /// <exception cref="GraphException">A weight is NaN or infinite, or the output is not pairs of coordinates.</exception>
    public Certifier(Graph network, SemanticSet set, double tolerance, CertifierOptions? options = null, ILogger? logger = null)
        : this(
            network,
            set,
            KeypointProperty.Of(tolerance, set, network ?? throw new ArgumentNullException(nameof(network))),
            options,
            logger)
    {
    }

    /// <summary>Makes a certifier for any property.</summary>
    /// <param name="network">The network, a graph or a <see cref="GraphModule"/>; its output is a vector <c>[F]</c>.</param>
    /// <param name="set">What may change.</param>
    /// <param name="property">What is to hold.</param>
    /// <param name="options">How to work; defaults if null.</param>
    /// <param name="logger">Told of every image; none if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="GraphException">A weight is NaN or infinite, or the property does not fit the output.</exception>
    public Certifier(Graph network, SemanticSet set, OutputProperty property, CertifierOptions? options = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(property);
        _set = set;
        _engine = new CertificationEngine(network, property, options ?? new CertifierOptions(), logger);
    }

    /// <summary>Decides the claims about one image.</summary>
    /// <param name="image">The clean image in [0, 1], <c>[C, H, W]</c>.</param>
    /// <param name="label">
    /// The true output <c>[F]</c>, for keypoints their positions in pixels, NaN where missing; null to measure from the clean prediction.
    /// </param>
    /// <param name="progress">Told how far it has come, after each round of boxes.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <exception cref="ArgumentException">
    /// The image is not finite or, with a clip, not in [0, 1]; or the label is infinite, has another length than the output, or the
    /// property takes none.
    /// </exception>
    /// <exception cref="GraphException">
    /// The image has another shape than the network takes, or the network's output on it is not finite.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The network has been changed since the certifier was made, or the propagator gave bounds that a sample leaves.
    /// </exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public Certificate Certify(
        Tensor image, Tensor? label = null, IProgress<CertificationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return _engine.Certify(_set, [image], label is null ? null : [label], progress, cancellationToken)[0];
    }

    /// <summary>Decides the claims about many images, several at once. The same certificates as one by one.</summary>
    /// <param name="images">The clean images in [0, 1], <c>[N, C, H, W]</c>.</param>
    /// <param name="labels">
    /// The true outputs <c>[N, F]</c>, or keypoints <c>[N, K, 2]</c>, NaN where missing; null to measure from the clean predictions.
    /// </param>
    /// <param name="progress">Told how far it has come with an image, after each round of boxes; never by two threads at once.</param>
    /// <param name="cancellationToken">Stops the work between two batches.</param>
    /// <returns>One certificate for each image, in order.</returns>
    /// <exception cref="ArgumentException">There is not one label an image, or as for <see cref="Certify"/>.</exception>
    /// <exception cref="GraphException">
    /// The images have another shape than the network takes, or the network's output on one is not finite.
    /// </exception>
    /// <exception cref="InvalidOperationException">As for <see cref="Certify"/>.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public IReadOnlyList<Certificate> CertifyMany(
        Tensor images, Tensor? labels = null, IProgress<CertificationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.dim() < 2)
            throw new ArgumentException($"Images are [N, C, H, W], but these are [{string.Join(", ", images.shape)}].", nameof(images));
        if (labels is not null && (labels.dim() < 2 || labels.shape[0] != images.shape[0]))
            throw new ArgumentException(
                $"For {images.shape[0]} images the labels are [{images.shape[0]}, F], but these are [{string.Join(", ", labels.shape)}].",
                nameof(labels));

        using var scope = NewDisposeScope();
        var count = (int)images.shape[0];
        return _engine.Certify(
            _set, [.. Enumerable.Range(0, count).Select(index => images[index])],
            labels is null ? null : [.. Enumerable.Range(0, count).Select(index => labels[index])], progress, cancellationToken);
    }

    /// <summary><see cref="Certify"/> on a thread of its own; keep the tensors until it ends.</summary>
    /// <inheritdoc cref="Certify"/>
    public Task<Certificate> CertifyAsync(
        Tensor image,
        Tensor? label = null,
        IProgress<CertificationProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
            Task.Run(() => Certify(image, label, progress, cancellationToken), cancellationToken);

    /// <summary><see cref="CertifyMany"/> on a thread of its own; keep the tensors until it ends.</summary>
    /// <inheritdoc cref="CertifyMany"/>
    public Task<IReadOnlyList<Certificate>> CertifyManyAsync(
        Tensor images,
        Tensor? labels = null,
        IProgress<CertificationProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
            Task.Run(() => CertifyMany(images, labels, progress, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();
}

using System.Reflection;
using RobustPruning.Graphs;
using RobustPruning.Numerics;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <content>Certificates as files, and proved again.</content>
public sealed partial record Certificate
{
    /// <summary>SHA-256 of the network: of its layers' descriptions and of every bit of its weights.</summary>
    public string ModelDigest { get; init; } = string.Empty;

    /// <summary>SHA-256 of the clean image: of its type, shape and bits.</summary>
    public string ImageDigest { get; init; } = string.Empty;

    /// <summary>The version of the library that made the certificate.</summary>
    public string LibraryVersion { get; init; } =
        typeof(Certificate).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? string.Empty;

    /// <summary>Reads a certificate that <see cref="Save"/> wrote. Reading proves nothing: see <see cref="Check"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="set">The perturbation set; needed only if it holds a transform of your own, which a file cannot.</param>
    /// <exception cref="CertificateException">
    /// The file cannot be read, was changed, or is not a certificate; the message says what is wrong.
    /// </exception>
    public static Certificate Load(string path, SemanticSet? set = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return CertificateFile.Load(path, set);
    }

    /// <summary>Writes the certificate as JSON: to a temporary file first, then moved into place.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        CertificateFile.Save(this, path);
    }

    /// <summary>
    /// Proves the certificate again from its leaves alone, in 64-bit numbers rounded outwards, by code that shares nothing with the search
    /// or the domain that found it but the network, the images a box reaches, and the property. It takes several times as long as one pass
    /// a leaf.
    /// </summary>
    /// <param name="network">The network, a graph or a <see cref="GraphModule"/>.</param>
    /// <param name="image">The clean image, <c>[C, H, W]</c>.</param>
    /// <param name="set">The perturbation set, to be sure that it is the one you mean; null takes the certificate's.</param>
    /// <param name="cancellationToken">Stops the work between two leaves.</param>
    /// <returns>Whether everything holds, and what does not.</returns>
    /// <exception cref="GraphException">
    /// The network has a layer that cannot be checked, or the property does not fit its output.
    /// </exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public CertificateCheck Check(Graph network, Tensor image, SemanticSet? set = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(image);
        RealNumbers.Require(image, "Pixels", nameof(image));
        return new CertificateChecker(this, network, set ?? PerturbationSet).Check(image, cancellationToken);
    }
}

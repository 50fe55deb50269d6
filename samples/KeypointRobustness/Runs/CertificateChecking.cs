using System.Security.Cryptography;
using KeypointRobustness.Reproduction;
using KeypointRobustness.Shards;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace KeypointRobustness.Runs;

/// <summary>Proves the certificates of a folder again one by one.</summary>
internal sealed class CertificateChecking
{
    /// <summary>The command's name.</summary>
    public const string CommandName = "check";

    private readonly WorkFolder _certified;
    private readonly GraphModule _network;
    private readonly SampleSource _samples;
    private readonly Dictionary<string, int> _positions;

    /// <summary>Prepares the work.</summary>
    /// <param name="certified">The folder of the certificates.</param>
    /// <param name="network">The network; it stays the caller's.</param>
    /// <param name="samples">Images among which the certified ones are, found by their names.</param>
    /// <exception cref="DataException">The folder holds no certificates, or those of another model.</exception>
    public CertificateChecking(WorkFolder certified, GraphModule network, SampleSource samples)
    {
        if (certified.Set.Command != ImageCertification.CommandName)
            throw new DataException($"Folder {certified.Path} holds results of '{certified.Set.Command}', not certificates.");
        if (certified.Set.Options["model"] != Digest.Of(network.Graph))
            throw new DataException($"The certificates in {certified.Path} are about another model than the one given.");
        (_certified, _network, _samples) = (certified, network, samples);
        _positions = samples.Names.Index().ToDictionary(entry => WorkItem.Of(entry.Item).Key, entry => entry.Index);
        Set = certified.Set with { Command = CommandName };
        var missing = certified.Missing().ToHashSet();
        Items = [.. certified.Set.Items.Where(item => !missing.Contains(item))];
    }

    /// <summary>All certificates that there should be.</summary>
    public WorkSet Set { get; }

    /// <summary>Those that there are.</summary>
    public IReadOnlyList<WorkItem> Items { get; }

    /// <summary>The outcome of a check; null without one, and where the certificate has changed since.</summary>
    /// <exception cref="DataException">The check's file is damaged.</exception>
    public IReadOnlyDictionary<string, long>? Read(WorkFolder folder, WorkItem item)
    {
        var path = folder.ResultOf(item);
        if (!File.Exists(path))
            return null;
        var check = ResultFile.Read<CheckResult>(path);
        return check.Certificate == DigestOf(item) ? check.Counts : null;
    }

    /// <summary>Checks a certificate and writes what came out.</summary>
    public IReadOnlyDictionary<string, long> Make(WorkFolder folder, WorkItem item, CancellationToken cancellationToken)
    {
        var path = _certified.ResultOf(item);
        var digest = DigestOf(item);
        var (problems, leaves) = Check(item, path, cancellationToken);
        var result = new CheckResult(item.Name, digest, problems, leaves);
        folder.RequirePresence();
        ResultFile.Write(folder.ResultOf(item), result);
        return result.Counts;
    }

    private (IReadOnlyList<string> Problems, int Leaves) Check(WorkItem item, string path, CancellationToken cancellationToken)
    {
        Certificate certificate;
        try
        {
            certificate = Certificate.Load(path);
        }
        catch (CertificateException error)
        {
            return ([error.Message], 0);
        }

        if (!_positions.TryGetValue(item.Key, out var position))
            return ([$"There is no image '{item.Name}' in the data given."], 0);
        using var scope = NewDisposeScope();
        var image = DataSource.ToTensors(_samples.Load(position)).Image;
        var check = certificate.Check(_network, image, cancellationToken: cancellationToken);
        var options = _certified.Set.Options;
        List<string> problems = [.. check.Problems];
        var leaves = check.Leaves;
        if (CertificateFile.DigestOf(certificate.PerturbationSet) != options["perturbation set's digest"])
            problems.Add($"It is about {certificate.PerturbationSet}, not about {options["perturbation set"]}.");
        if (!CertificateSummary.IsAsked(certificate, options))
            problems.Add($"It is about {certificate.Property}, not about {options["property"]}.");
        var pixels = options["pixels"] == CertificateSummary.Original ? OriginalPixels.Factor(item.Name, _samples.Placements[position]) : 1;
        foreach (var (index, joint) in CertificateSummary.JointOf(options).Index())
        {
            var file = _certified.PictureOf(item, CertificateSummary.JointExtension(index));
            var (found, more) = Check(file, joint, certificate, image, pixels, cancellationToken);
            problems.AddRange(found.Select(problem => $"{joint.Name}: {problem}"));
            leaves += more;
        }

        return (problems, leaves);
    }

    /// <summary>Checks the certificate of a joint specification beside the one of single keypoints.</summary>
    private (IReadOnlyList<string> Problems, int Leaves) Check(
        string path, JointSpecification joint, Certificate single, Tensor image, double pixels, CancellationToken cancellationToken)
    {
        Certificate certificate;
        try
        {
            certificate = Certificate.Load(path);
        }
        catch (Exception error) when (error is CertificateException or IOException)
        {
            return ([error.Message], 0);
        }

        var check = certificate.Check(_network, image, cancellationToken: cancellationToken);
        return joint.IsAnsweredBy(certificate, single, _samples.KeypointNames, pixels)
            ? (check.Problems, check.Leaves)
            : ([.. check.Problems, $"It is about {certificate.Property} of {certificate.PerturbationSet}, which was not asked."], check.Leaves);
    }

    /// <summary>The digest of all certificates of an image.</summary>
    private string DigestOf(WorkItem item)
    {
        var joint = CertificateSummary.JointOf(_certified.Set.Options)
            .Select((_, index) => _certified.PictureOf(item, CertificateSummary.JointExtension(index)));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in joint.Where(File.Exists).Prepend(_certified.ResultOf(item)))
            hash.AppendData(File.ReadAllBytes(path));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>What proving one certificate again gave.</summary>
/// <param name="Name">The image.</param>
/// <param name="Certificate">SHA-256 of the certificate's file, and of those of joint specifications behind it.</param>
/// <param name="Problems">What does not hold; empty for a valid certificate.</param>
/// <param name="Leaves">The number of leaves bounded again.</param>
internal sealed record CheckResult(string Name, string Certificate, IReadOnlyList<string> Problems, int Leaves)
{
    /// <summary>Whether everything was proved again.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsValid => Problems.Count == 0;

    /// <summary>The outcome, to be added up.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyDictionary<string, long> Counts => new Dictionary<string, long> { [IsValid ? "valid" : "refused"] = 1 };
}

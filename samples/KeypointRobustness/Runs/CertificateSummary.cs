using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using KeypointRobustness.Shards;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Perturbations;

namespace KeypointRobustness.Runs;

/// <summary>What the certificates of a set of images say together: by image, by keypoint and by region of the parameters.</summary>
internal sealed class CertificateSummary
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>The option 'pixels' of a tolerance in pixels of the original image: certificates have it in those of the scaled one.</summary>
    public const string Original = "original";

    /// <summary>The option 'pixels' of a tolerance in pixels of the scaled image.</summary>
    public const string Scaled = "scaled";

    private readonly WorkFolder _folder;
    private readonly List<ImageRow> _images = [];
    private readonly SortedDictionary<string, long>[] _keypoints;
    private readonly List<WorkItem> _missing = [];
    private ParameterRegions? _regions;

    private CertificateSummary(WorkFolder folder)
    {
        _folder = folder;
        KeypointNames = JsonSerializer.Deserialize<string[]>(folder.Set.Options["keypoints"])!;
        _keypoints = [.. KeypointNames.Select(_ => NoVerdicts())];
    }

    /// <summary>The images that have a certificate, in order.</summary>
    public IReadOnlyList<ImageRow> Images => _images;

    /// <summary>The images that have none.</summary>
    public IReadOnlyList<WorkItem> Missing => _missing;

    /// <summary>The keypoints' names.</summary>
    public IReadOnlyList<string> KeypointNames { get; }

    /// <summary>Verdicts by keypoint.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, long>> Keypoints => _keypoints;

    /// <summary>All verdicts.</summary>
    public IReadOnlyDictionary<string, long> Total => Sum(_images.Select(image => image.Verdicts));

    /// <summary>What may change; null without a certificate.</summary>
    public SemanticSet? Set { get; private set; }

    /// <summary>Shares by region; null without a certificate.</summary>
    public ParameterRegions? Regions => _regions;

    /// <summary>Reads a folder, one certificate at a time.</summary>
    /// <exception cref="DataException">A certificate is damaged, or is not of the folder's set; the message names it.</exception>
    public static CertificateSummary Read(WorkFolder folder, CancellationToken cancellationToken)
    {
        var summary = new CertificateSummary(folder);
        summary._missing.AddRange(folder.Missing());
        var missing = summary._missing.ToHashSet();
        foreach (var item in folder.Set.Items.Where(item => !missing.Contains(item)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            summary.Add(item, Load(folder.ResultOf(item)));
        }

        return summary;
    }

    /// <summary>Reads a certificate.</summary>
    /// <exception cref="DataException">It is damaged.</exception>
    public static Certificate Load(string path)
    {
        try
        {
            return Certificate.Load(path);
        }
        catch (CertificateException error)
        {
            throw new DataException($"{error.Message} Delete it to make it again.", error);
        }
    }

    /// <summary>Whether a certificate's property is the one of its folder, as far as that can be seen without the image.</summary>
    public static bool IsAsked(Certificate certificate, IReadOnlyDictionary<string, string> options) =>
        options["pixels"] == Original ? certificate.Property.Keypoints is not null : certificate.Property.ToString() == options["property"];

    /// <summary>The verdicts of a certificate.</summary>
    public static IReadOnlyDictionary<string, long> Counts(Certificate certificate)
    {
        var counts = NoVerdicts();
        foreach (var claim in certificate.Claims)
            Count(counts, claim.Verdict);
        return counts;
    }

    /// <summary>The share of claims that are certified, of all that could be; NaN without any.</summary>
    public static double Share(IReadOnlyDictionary<string, long> verdicts) => (double)verdicts["certified"] / Stated(verdicts);

    /// <summary>The claims that could be decided.</summary>
    public static long Stated(IReadOnlyDictionary<string, long> verdicts) => verdicts["certified"] + verdicts["falsified"] + verdicts["unknown"];

    /// <summary>The summary as JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(new
    {
        _folder.Set.Options,
        Images = _folder.Set.Items.Count,
        Missing = _missing.Select(item => item.Name),
        Verdicts = Total,
        CertifiedShare = Share(Total),
        ByKeypoint = KeypointNames.Zip(_keypoints, (name, verdicts) => new { Name = name, Verdicts = verdicts, CertifiedShare = Share(verdicts) }),
        Parameters = Set?.Parameters.Select(parameter => parameter.Name),
        ByRegion = _regions?.All.Select(region => new
        {
            From = region.Box.Lower, To = region.Box.Upper, region.Claims, region.Proved, ProvedShare = (double)region.Proved / region.Claims,
        }),
    }, Json);

    /// <summary>One line an image.</summary>
    public byte[] ToCsv()
    {
        var text = new StringBuilder("key,image,certified,falsified,unknown,unlabelled,range px,leaves\n");
        foreach (var image in _images)
        {
            var name = '"' + image.Item.Name.Replace("\"", "\"\"") + '"';
            var verdicts = image.Verdicts;
            text.Append(CultureInfo.InvariantCulture,
                $"{image.Item.Key},{name},{verdicts["certified"]},{verdicts["falsified"]},{verdicts["unknown"]},{verdicts["unlabelled"]},{image.CertifiedRange},{image.Leaves}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static IReadOnlyDictionary<string, long> Sum(IEnumerable<IReadOnlyDictionary<string, long>> all)
    {
        var sum = NoVerdicts();
        foreach (var (name, count) in all.SelectMany(counts => counts))
            sum[name] += count;
        return sum;
    }

    private static SortedDictionary<string, long> NoVerdicts() =>
        new(StringComparer.Ordinal) { ["certified"] = 0, ["falsified"] = 0, ["unknown"] = 0, ["unlabelled"] = 0 };

    private static void Count(SortedDictionary<string, long> counts, Verdict verdict) => counts[verdict.ToString().ToLowerInvariant()]++;

    private void Add(WorkItem item, Certificate certificate)
    {
        var options = _folder.Set.Options;
        Require(certificate.ModelDigest == options["model"], "model");
        Require(CertificateFile.DigestOf(certificate.PerturbationSet) == options["perturbation set's digest"], "perturbation set");
        Require(IsAsked(certificate, options), "property");
        Require(certificate.Claims.Count == KeypointNames.Count, "number of keypoints");
        Set ??= certificate.PerturbationSet;
        _regions ??= new ParameterRegions(certificate.PerturbationSet);
        _regions.Add(certificate);
        _images.Add(new ImageRow(item, Counts(certificate), certificate.CertifiedRange, certificate.Leaves.Count, ScenePicture.Caption(certificate)));
        foreach (var claim in certificate.Claims)
            Count(_keypoints[claim.Index], claim.Verdict);

        void Require(bool same, string what)
        {
            if (!same)
                throw new DataException($"Result {_folder.ResultOf(item)} is about another {what} than its folder. Delete it.");
        }
    }
}

/// <summary>What a certificate says about one image.</summary>
/// <param name="Item">The image.</param>
/// <param name="Verdicts">How many keypoints have each verdict.</param>
/// <param name="CertifiedRange">The mean certified range, in pixels.</param>
/// <param name="Leaves">The number of leaves.</param>
/// <param name="Scene">What the pictures of the scene are.</param>
internal sealed record ImageRow(WorkItem Item, IReadOnlyDictionary<string, long> Verdicts, double CertifiedRange, int Leaves, string Scene);

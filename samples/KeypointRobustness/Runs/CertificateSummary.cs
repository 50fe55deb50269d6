using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using KeypointRobustness.Reports;
using KeypointRobustness.Reproduction;
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

    /// <summary>The option that is there where the certified share of the range was searched.</summary>
    public const string RadiusSearched = "certified share of the range";

    /// <summary>What the file of that ends in; it lies with the pictures, which go with a result wherever it goes.</summary>
    public const string RadiusExtension = ".radius.json";

    private readonly WorkFolder _folder;
    private readonly List<ImageRow> _images = [];
    private readonly KeypointRow[] _keypoints;
    private readonly List<WorkItem> _missing = [];
    private readonly PredictionVariation _variation;
    private ParameterRegions? _regions;

    private CertificateSummary(WorkFolder folder)
    {
        _folder = folder;
        KeypointNames = JsonSerializer.Deserialize<string[]>(folder.Set.Options["keypoints"])!;
        _keypoints = [.. KeypointNames.Select(name => new KeypointRow(name))];
        _variation = new PredictionVariation(KeypointNames.Count);
    }

    /// <summary>The images that have a certificate, in order.</summary>
    public IReadOnlyList<ImageRow> Images => _images;

    /// <summary>The images that have none.</summary>
    public IReadOnlyList<WorkItem> Missing => _missing;

    /// <summary>The keypoints' names.</summary>
    public IReadOnlyList<string> KeypointNames { get; }

    /// <summary>What is known by keypoint.</summary>
    public IReadOnlyList<KeypointRow> Keypoints => _keypoints;

    /// <summary>All verdicts.</summary>
    public IReadOnlyDictionary<string, long> Total => Sum(_images.Select(image => image.Verdicts));

    /// <summary>Mean distance of the predictions on the clean images from their labels, in pixels of the scaled images; NaN where no label is the reference.</summary>
    public double MeanErrorPx => _keypoints.SelectMany(keypoint => keypoint.Errors).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Keypoints whose prediction is beyond the tolerance on the clean image already.</summary>
    public long WrongAlready => _keypoints.Sum(keypoint => keypoint.WrongAlready);

    /// <summary>Falsified keypoints that are right on the clean image: a change within the set breaks them.</summary>
    public long Broken => _keypoints.Sum(keypoint => keypoint.Broken);

    /// <summary>Whether predictions hardly vary over the images while labels do; null where that cannot be seen.</summary>
    public bool? IsTrivial => _variation.Share() is { } share ? share < ComparedNetwork.TrivialVariation : null;

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

    /// <summary>What the verdicts mean, a sentence each.</summary>
    /// <param name="byKeypoint">Whether to name the keypoints that are wrong or broken.</param>
    public IReadOnlyList<string> Findings(bool byKeypoint = true)
    {
        if (_folder.Set.Options["measured from"] != "label")
            return ["The tolerance is measured from the clean prediction: the verdicts say whether it stays where it is, not whether it is right."];
        List<string> lines = [string.Create(CultureInfo.InvariantCulture, $"On the clean images the mean error is {MeanErrorPx:0.00} px of {_folder.Set.Options["image size"]}.")];
        if (byKeypoint)
        {
            AddNames("Wrong already", keypoint => keypoint.WrongAlready);
            AddNames("Broken by a change of the scene", keypoint => keypoint.Broken);
        }

        if (IsTrivial == true)
            lines.Add("The network is TRIVIAL: its predictions hardly vary from image to image, so that its certificates say nothing.");
        return lines;

        void AddNames(string what, Func<KeypointRow, long> of)
        {
            var named = _keypoints.Where(keypoint => of(keypoint) > 0).ToList();
            if (named.Count > 0)
                lines.Add($"{what}: {string.Join(", ", named.Select(keypoint => of(keypoint) == 1 ? keypoint.Name : $"{keypoint.Name} on {of(keypoint)} images"))}.");
        }
    }

    /// <summary>The outcome in one sentence, with the range and the tolerance in words.</summary>
    public string Sentence()
    {
        var (total, options) = (Total, _folder.Set.Options);
        if (Set is not { } set || Stated(total) == 0)
            return "There is no certificate yet.";
        var label = options["measured from"] == "label";
        return string.Create(CultureInfo.InvariantCulture,
            $"Whatever the change of {InWords.Range(set)}{(set.Dimension > 1 ? " at once" : string.Empty)}, {total["certified"]} of {Stated(total)} keypoints ({Share(total):0.0 %}) on {_images.Count} {(_images.Count == 1 ? "image" : "images")} provably stay within {InBrackets(options["tolerance"])} of {(label ? "their labels" : "where the network finds them on the clean image")}")
            + (label ? $". Wrong on the clean image already: {WrongAlready}; broken by a change: {Broken}; undecided: {total["unknown"]}."
                : $". Moved further by a change: {total["falsified"]}; undecided: {total["unknown"]}.");

        // Such as '2 px of 32x32 (40 px of the original 640x480)'.
        static string InBrackets(string tolerance) => tolerance.IndexOf(", ", StringComparison.Ordinal) is > 0 and var comma ? $"{tolerance[..comma]} ({tolerance[(comma + 2)..]})" : tolerance;
    }

    /// <summary>The summary as JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(new
    {
        _folder.Set.Options,
        Images = _folder.Set.Items.Count,
        Missing = _missing.Select(item => item.Name),
        Verdicts = Total,
        CertifiedShare = Share(Total),
        MeanErrorPx,
        WrongAlready,
        BrokenByTheLight = Broken,
        Trivial = IsTrivial,
        ByKeypoint = _keypoints.Select(keypoint => new
        {
            keypoint.Name, keypoint.Verdicts, CertifiedShare = Share(keypoint.Verdicts), keypoint.WrongAlready, BrokenByTheLight = keypoint.Broken,
            keypoint.MeanErrorPx, keypoint.ProvedPx, LeastCertifiedShareOfTheRange = keypoint.LeastRadius,
        }),
        Parameters = Set?.Parameters.Select(parameter => parameter.Name),
        ByRegion = _regions?.All.Select(region => new
        {
            From = region.Box.Lower, To = region.Box.Upper, region.Claims, region.Proved, ProvedShare = (double)region.Proved / region.Claims,
        }),
    }, Json);

    /// <summary>One line an image.</summary>
    public byte[] ToCsv() => CsvTable.Of(
        ["key", "image", "certified", "falsified", "unknown", "unlabelled", "range px", "leaves"],
        _images.Select(image => (object[])
        [
            image.Item.Key, image.Item.Name, image.Verdicts["certified"], image.Verdicts["falsified"], image.Verdicts["unknown"],
            image.Verdicts["unlabelled"], image.CertifiedRange, image.Leaves,
        ]));

    private static IReadOnlyDictionary<string, long> Sum(IEnumerable<IReadOnlyDictionary<string, long>> all)
    {
        var sum = NoVerdicts();
        foreach (var (name, count) in all.SelectMany(counts => counts))
            sum[name] += count;
        return sum;
    }

    /// <summary>Counts of all verdicts, at 0.</summary>
    public static SortedDictionary<string, long> NoVerdicts() =>
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
        var radius = options.ContainsKey(RadiusSearched) && File.Exists(_folder.PictureOf(item, RadiusExtension)) ? ResultFile.Read<LightRadius>(_folder.PictureOf(item, RadiusExtension)) : null;
        _images.Add(new ImageRow(item, Counts(certificate), certificate.CertifiedRange, certificate.Leaves.Count, ScenePicture.Caption(certificate), radius));
        foreach (var keypoint in certificate.Keypoints)
        {
            _keypoints[keypoint.Index].Add(keypoint, certificate, radius?.Shares[keypoint.Index]);
            if (!certificate.AgainstLabel || keypoint.Verdict == Verdict.Unlabelled)
                continue;
            _variation.Add(2 * keypoint.Index, keypoint.PredictedX, keypoint.ReferenceX);
            _variation.Add((2 * keypoint.Index) + 1, keypoint.PredictedY, keypoint.ReferenceY);
        }

        void Require(bool same, string what)
        {
            if (!same)
                throw new DataException($"Result {_folder.ResultOf(item)} is about another {what} than its folder. Delete it.");
        }
    }
}

/// <summary>How much predictions vary over images, relative to the labels.</summary>
internal sealed class PredictionVariation(int keypoints)
{
    private readonly List<(double Predicted, double Label)>[] _values = [.. Enumerable.Range(0, 2 * keypoints).Select(_ => new List<(double, double)>())];

    /// <summary>Adds a labelled coordinate of an image.</summary>
    public void Add(int coordinate, double predicted, double label) => _values[coordinate].Add((predicted, label));

    /// <summary>The ratio of the standard deviations, each averaged over coordinates, as <c>KeypointEvaluation.OutputVariation</c> has it; null where labels do not vary.</summary>
    public double? Share()
    {
        var predicted = _values.Sum(values => Deviation([.. values.Select(value => value.Predicted)]));
        var label = _values.Sum(values => Deviation([.. values.Select(value => value.Label)]));
        return label > 0 ? predicted / label : null;
    }

    private static double Deviation(double[] values)
    {
        if (values.Length == 0)
            return 0;
        var mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }
}

/// <summary>What a certificate says about one image.</summary>
/// <param name="Item">The image.</param>
/// <param name="Verdicts">How many keypoints have each verdict.</param>
/// <param name="CertifiedRange">The mean certified range, in pixels.</param>
/// <param name="Leaves">The number of leaves.</param>
/// <param name="Scene">What the pictures of the scene are.</param>
/// <param name="Radius">How much of the range each keypoint is certified for; null where that was not searched.</param>
internal sealed record ImageRow(WorkItem Item, IReadOnlyDictionary<string, long> Verdicts, double CertifiedRange, int Leaves, string Scene, LightRadius? Radius);

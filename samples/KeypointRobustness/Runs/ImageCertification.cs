using System.Globalization;
using System.Text;
using System.Text.Json;
using KeypointRobustness.Reports;
using KeypointRobustness.Reproduction;
using KeypointRobustness.Shards;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace KeypointRobustness.Runs;

/// <summary>
/// Certifies images of a work folder one by one: a certificate each, a picture, and a map of the parameter plane. The files hold no times, so that
/// the same work gives the same bytes on however many machines.
/// </summary>
internal sealed class ImageCertification : IDisposable
{
    /// <summary>The command's name.</summary>
    public const string CommandName = "certify";

    private const int MostNamed = 10;
    private const int MostHalvings = 8;

    private readonly ImageQuestion _question;
    private readonly SampleSource _samples;
    private readonly ModelNotes _notes;
    private readonly SortedSet<string> _trainedOn = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _positions;
    private readonly GraphModule _network;
    private readonly Dictionary<double, Certifier> _certifiers = [];
    private readonly string _model;
    private readonly int? _shown;

    /// <summary>Prepares the work.</summary>
    /// <param name="network">The network; it stays the caller's.</param>
    /// <param name="question">What is asked about every image.</param>
    /// <param name="samples">The images.</param>
    /// <param name="notes">What the network was trained on: an image of that is named.</param>
    /// <param name="keypoint">The maps show this keypoint alone; null for all.</param>
    /// <exception cref="ArgumentException">There is no such keypoint, or the set does not fit the images.</exception>
    public ImageCertification(GraphModule network, ImageQuestion question, SampleSource samples, ModelNotes notes, string? keypoint)
    {
        _notes = notes;
        (_question, _samples) = (question, samples);
        _shown = keypoint is null ? null : IndexOf(samples.KeypointNames, keypoint);
        _network = network;

        // What makes no sense is refused before anything is written.
        using var scope = NewDisposeScope();
        question.Set.Apply(DataSource.ToTensors(samples.Load(0)).Image, [.. ((double[][])[[.. question.Set.Box.Lower], [.. question.Set.Box.Upper]]).Select(question.Set.Project)]);
        _model = Digest.Of(network.Graph);
        var size = $"{network.Graph.Input.Shape[2]}x{network.Graph.Input.Shape[1]}";
        WorkItem[] items = [.. samples.Names.Select(WorkItem.Of)];
        _positions = items.Index().ToDictionary(entry => entry.Item.Key, entry => entry.Index);
        var options = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["model"] = _model,
            ["network"] = $"{Numbers.Grouped(network.Graph.Parameters)} parameters, {Numbers.Grouped(network.Graph.Macs)} multiplications an image",
            ["image size"] = size,
            ["keypoints"] = JsonSerializer.Serialize(samples.KeypointNames),
            ["perturbation set"] = question.Set.ToString(),
            ["perturbation set's digest"] = CertificateFile.DigestOf(question.Set),
            ["property"] = question.PropertyOf(question.Tolerance, network.Graph).ToString()!,
            ["pixels"] = question.InOriginalPixels ? CertificateSummary.Original : CertificateSummary.Scaled,
            ["tolerance"] = OriginalPixels.Tolerance(samples.Placements, [.. samples.Names.Select((_, index) => ToleranceOf(index))], size),
            ["measured from"] = question.AgainstLabel ? "label" : "prediction",
            ["boxes at most"] = question.Options.MaxBoxes.ToString(CultureInfo.InvariantCulture),
            ["seconds at most"] = question.Options.TimeLimit?.TotalSeconds.ToString(CultureInfo.InvariantCulture) ?? "any",
            ["seed"] = question.Options.Seed.ToString(CultureInfo.InvariantCulture),
            ["maps"] = keypoint ?? "all keypoints",
            ["library version"] = typeof(Certifier).Assembly.GetName().Version!.ToString(3),
        };
        if (question.Radius)
            options[CertificateSummary.RadiusSearched] = "searched";
        Set = new WorkSet(CommandName, options, items) { Origin = new Dictionary<string, string> { ["Model file"] = notes.Path } };
    }

    /// <summary>All of the work.</summary>
    public WorkSet Set { get; }

    /// <summary>The verdicts of an image that is done; null if it is not.</summary>
    /// <exception cref="DataException">The result is damaged, or that of another model, image, set or other options.</exception>
    public IReadOnlyDictionary<string, long>? Read(WorkFolder folder, WorkItem item)
    {
        var path = folder.ResultOf(item);
        if (!File.Exists(path))
            return null;
        using var scope = NewDisposeScope();
        var certificate = CertificateSummary.Load(path);
        var position = _positions[item.Key];
        var sample = _samples.Load(position);
        NoteTraining(item, sample);
        var image = DataSource.ToTensors(sample).Image;
        Require(certificate.ModelDigest == _model, "model");
        Require(certificate.ImageDigest == Digest.Of(image), "image");
        Require(CertificateFile.AreSame(_question.Set, certificate.PerturbationSet.Describe()), "perturbation set");
        Require(certificate.Property.ToString() == _question.PropertyOf(ToleranceOf(position), _network.Graph).ToString(), "property");
        Require(certificate.AgainstLabel == _question.AgainstLabel, "reference");
        var (made, asked) = (certificate.Options, _question.Options);
        Require((made.MaxBoxes, made.TimeLimit, made.Seed) == (asked.MaxBoxes, asked.TimeLimit, asked.Seed), "budget or seed");
        return CertificateSummary.Counts(certificate);

        void Require(bool same, string what)
        {
            if (!same)
                throw new DataException($"Result {path} is about another {what} than asked for. Give this run a folder of its own, or delete it.");
        }
    }

    /// <summary>Certifies an image and writes its files, the certificate last.</summary>
    public IReadOnlyDictionary<string, long> Make(WorkFolder folder, WorkItem item, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var sample = _samples.Load(_positions[item.Key]);
        NoteTraining(item, sample);
        var (image, label) = DataSource.ToTensors(sample);
        var found = CertifierOf(ToleranceOf(_positions[item.Key])).Certify(image, _question.AgainstLabel ? label : null, cancellationToken: cancellationToken);
        var certificate = found with { Elapsed = TimeSpan.Zero, Options = found.Options with { Workers = 1 } };
        var shown = _samples.Show(_positions[item.Key]);
        var worst = WorstCase.Find(_network.Graph, _question.Set, _question.Decoder, sample.Image, certificate);
        if (_question.Radius)
            ResultFile.Write(folder.PictureOf(item, CertificateSummary.RadiusExtension), RadiusOf(image, certificate, _positions[item.Key], cancellationToken));
        Write(".svg", CertificationRun.DrawClean(shown, sample, _samples.KeypointNames, certificate));
        Write(".worst.svg", CertificationRun.DrawWorst(worst.Show(_question.Set, shown), sample, _samples.KeypointNames, certificate, worst));
        folder.Write(folder.PictureOf(item, ".scene.png"), ScenePicture.Encode(_question.Set, sample.Image, certificate));
        if (_question.Set.Dimension == 2)
        {
            var about = _shown is { } index ? _samples.KeypointNames[index] : "all keypoints";
            var plane = CertificatePlane.Draw($"{sample.Name}: {about} over the parameters", _samples.KeypointNames, certificate, _shown);
            Chart.Save(folder.PictureOf(item, ".plane.svg"), plane);
        }

        folder.RequirePresence();
        certificate.Save(folder.ResultOf(item));
        return CertificateSummary.Counts(certificate);

        void Write(string extension, string svg) => folder.Write(folder.PictureOf(item, extension), Encoding.UTF8.GetBytes(svg));
    }

    /// <summary>
    /// What part of the range is certified on the first image that is not wrong already, where nothing is certified on any: in words, or null where all
    /// is wrong already, or where each keypoint's part was searched. It tries a half, a quarter and so on, and takes about as long as one image.
    /// </summary>
    public string? TryLess(WorkFolder folder, CancellationToken cancellationToken)
    {
        if (_question.Radius)
            return null;
        using var scope = NewDisposeScope();
        foreach (var item in folder.Set.Items)
        {
            if (!_positions.TryGetValue(item.Key, out var position))
                continue;
            var certificate = CertificateSummary.Load(folder.ResultOf(item));
            var references = certificate.Keypoints.SelectMany(keypoint => keypoint.Verdict == Verdict.Unlabelled || CertificationRun.IsWrongAlready(keypoint, certificate)
                ? [float.NaN, float.NaN] : new[] { (float)keypoint.ReferenceX, (float)keypoint.ReferenceY }).ToArray();
            if (references.All(float.IsNaN))
                continue;
            var image = DataSource.ToTensors(_samples.Load(position)).Image;
            var options = _question.Options with { TimeLimit = _question.Options.TimeLimit / MostHalvings };
            for (var (halvings, share) = (1, 0.5); halvings <= MostHalvings; halvings++, share /= 2)
            {
                using var certifier = new Certifier(
                    _network, _question.Set.Scaled(share), _question.PropertyOf(ToleranceOf(position), _network.Graph), options);
                var found = certifier.Certify(image, tensor(references), cancellationToken: cancellationToken);
                if (found.Certified > 0)
                {
                    return $"On {item.Name}, {found.Certified} of {found.Certified + found.Falsified + found.Unknown} keypoints that are right are certified for "
                        + $"{InWords.Range(_question.Set, share)}. --radius searches that for each keypoint of all images.";
                }
            }

            return $"On {item.Name} no keypoint is certified for {InWords.Range(_question.Set, Math.Pow(0.5, MostHalvings))} either: "
                + "train longer, with --attribution, --wasserstein or --batch-norm, or prune.";
        }

        return null;
    }

    /// <summary>Says which images of this run the network was trained on, in one line.</summary>
    public void WarnOfTraining()
    {
        if (_trainedOn.Count == 0)
            return;
        Output.Event("trainingImages", ("names", _trainedOn));
        var named = string.Join(", ", _trainedOn.Take(MostNamed)) + (_trainedOn.Count > MostNamed ? " and more" : string.Empty);
        Output.Warning(
            $"{_trainedOn.Count} of these images are training images of this model, and say little about new ones: {named}. Give --held-back, --count and --seed as in training.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var certifier in _certifiers.Values)
            certifier.Dispose();
    }

    private void NoteTraining(WorkItem item, KeypointSample sample)
    {
        if (_notes.IsTrainedOn(sample))
            _trainedOn.Add(item.Name);
    }

    /// <summary>The tolerance in pixels of a scaled image.</summary>
    private double ToleranceOf(int position) =>
        _question.InOriginalPixels ? OriginalPixels.Tolerance(_samples.Names[position], _samples.Placements[position], _question.Tolerance) : _question.Tolerance;

    private LightRadius RadiusOf(Tensor image, Certificate certificate, int position, CancellationToken cancellationToken) => LightRadius.Find(
        _network.Graph, _question.Set, _question.PropertyOf(ToleranceOf(position), _network.Graph), _question.Options, image, certificate, cancellationToken);

    private Certifier CertifierOf(double tolerance)
    {
        if (!_certifiers.TryGetValue(tolerance, out var certifier))
            _certifiers[tolerance] = certifier = new Certifier(_network, _question.Set, _question.PropertyOf(tolerance, _network.Graph), _question.Options);
        return certifier;
    }

    private static int IndexOf(IReadOnlyList<string> names, string name) => names.Index().Where(entry => entry.Item == name).Select(entry => (int?)entry.Index).FirstOrDefault()
        ?? throw new ArgumentException($"There is no keypoint '{name}'; there are {string.Join(", ", names)}.");
}

/// <summary>What is asked about every image of a set.</summary>
/// <param name="Set">What may change.</param>
/// <param name="Decoder">What reads keypoints off the network's output; null for coordinates.</param>
/// <param name="Tolerance">How far a keypoint may move along an axis, in pixels.</param>
/// <param name="InOriginalPixels">Whether those are the pixels of the original image; otherwise of the scaled one.</param>
/// <param name="AgainstLabel">Whether that is measured from the label; otherwise from the clean prediction.</param>
/// <param name="Options">How to work.</param>
internal sealed record ImageQuestion(
    SemanticSet Set, HeatmapDecoder? Decoder, double Tolerance, bool InOriginalPixels, bool AgainstLabel, CertifierOptions Options)
{
    /// <summary>The tolerance in pixels, unless given.</summary>
    public const double UsualTolerance = 2;

    /// <summary>The greatest number of boxes, unless given.</summary>
    public const int UsualBoxes = 500;

    /// <summary>The time limit in seconds, unless given.</summary>
    public const double UsualSeconds = 60;

    /// <summary>The question that is asked where nothing else is said.</summary>
    public static ImageQuestion Usual(SemanticSet set, HeatmapDecoder? decoder, int seed) => new(
        set, decoder, UsualTolerance, InOriginalPixels: false, AgainstLabel: true,
        new CertifierOptions { MaxBoxes = UsualBoxes, TimeLimit = TimeSpan.FromSeconds(UsualSeconds), Seed = seed });

    /// <summary>Whether to search how much of the range each keypoint is certified for.</summary>
    public bool Radius { get; init; }

    /// <summary>What is to hold at a tolerance in pixels of the scaled image.</summary>
    public OutputProperty PropertyOf(double tolerance, Graph network) =>
        Decoder is null ? KeypointProperty.Of(tolerance, Set, network) : new DecodedProperty(Decoder, new KeypointProperty(tolerance));
}

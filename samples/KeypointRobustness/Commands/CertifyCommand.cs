using System.CommandLine;
using System.Globalization;
using KeypointRobustness.Runs;
using KeypointRobustness.Shards;
using RobustPruning.Certification;
using RobustPruning.Data;

namespace KeypointRobustness.Commands;

/// <summary><c>certify</c>: certifies held-back images, in shards if need be, and draws how far each keypoint can move.</summary>
internal static class CertifyCommand
{
    private const int TooFew = 1;

    public static Command Create()
    {
        var model = new ModelOptions();
        var images = new Option<int>("--images") { Description = "How many of the held-back images, from the first on; 0 for all.", DefaultValueFactory = _ => 4 };
        var scene = new SceneOptions();
        var tolerance = new Option<double>("--tolerance") { Description = "How far a keypoint may move along an axis, in pixels (--pixels says which).", DefaultValueFactory = _ => ImageQuestion.UsualTolerance };
        var against = new Option<string>("--against") { Description = "What the tolerance is measured from: label, or prediction (on the clean image), which says nothing about whether that is right.", DefaultValueFactory = _ => "label" };
        var maxBoxes = new Option<int>("--max-boxes") { Description = "How many parameter boxes to bound at most, an image; what is open then is unknown.", DefaultValueFactory = _ => ImageQuestion.UsualBoxes };
        var seconds = new Option<double>("--seconds") { Description = "How long to work at most, an image; what is open then is unknown, and depends on the machine.", DefaultValueFactory = _ => ImageQuestion.UsualSeconds };
        var keypoint = new Option<string?>("--keypoint") { Description = "The maps of the parameter plane show this keypoint alone, by its name; all by default." };
        var seed = CommonOptions.Seed();
        var files = new DataOptions(seed);
        var shard = CommonOptions.Shard();
        var output = CommonOptions.Out("artifacts/certify");
        var pixels = new Option<string>("--pixels") { Description = "Which pixels --tolerance is in: those of the scaled or of the original image.", DefaultValueFactory = _ => "scaled" };
        var failUnder = new Option<double?>("--fail-under") { Description = "Ends with exit code 1 where a smaller share of the labelled keypoints is certified: 0 to 1." };
        var radius = new Option<bool>("--radius") { Description = "Searches, for each keypoint that is not certified, how much of the range it is certified for." };
        var command = new Command("certify", "Certifies held-back images; writes a certificate of each, a picture, a map of its parameter plane and OUT/report.html. Goes on where it was stopped.")
        {
            files.Data, files.Count, files.HeldBack, images, tolerance, against, maxBoxes, seconds, keypoint, seed, shard, output, pixels, failUnder, radius,
        };
        model.AddTo(command);
        scene.AddTo(command);
        files.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            WorkFolder.SayHowToGoOn(parsed.GetValue(output)!);
            var part = Shard.Of(parsed.GetValue(shard), Environment.GetEnvironmentVariable);
            var againstLabel = parsed.GetValue(against) switch
            {
                "prediction" => false,
                "label" => true,
                var other => throw new ArgumentException($"Unknown reference '{other}'; --against is prediction or label."),
            };
            var original = parsed.GetValue(pixels) switch
            {
                "scaled" => false,
                "original" => true,
                var other => throw new ArgumentException($"Unknown pixels '{other}'; --pixels is scaled or original."),
            };
            ArgumentOutOfRangeException.ThrowIfNegative(parsed.GetValue(images), "--images");
            if (parsed.GetValue(failUnder) is { } least && !(least is >= 0 and <= 1))
                throw new ArgumentException(FormattableString.Invariant($"--fail-under is {least}, but must be between 0 and 1."));
            OutputFolder.RequireWritable(parsed.GetValue(output)!);
            using var network = model.Load(parsed);
            var decoder = model.Decoder(parsed, network.Graph);
            var notes = model.Notes(parsed);
            var request = files.Read(parsed, notes);
            var set = scene.Set(parsed, (int)network.Graph.Input.Shape[0], ModelData.Sized(network, request.Files));
            var samples = notes.Match(ModelData.Open(network, decoder, request, cancellationToken)).HeldBack(request.HeldBack).First(parsed.GetValue(images));
            var options = new CertifierOptions { MaxBoxes = parsed.GetValue(maxBoxes), TimeLimit = TimeSpan.FromSeconds(parsed.GetValue(seconds)), Seed = parsed.GetValue(seed) };
            using var work = new ImageCertification(
                network, new ImageQuestion(set, decoder, parsed.GetValue(tolerance), original, againstLabel, options) { Radius = parsed.GetValue(radius) }, samples, notes, parsed.GetValue(keypoint));

            var summary = CertificationReport.Run(work, parsed.GetValue(output)!, part, cancellationToken);
            if (summary is null || parsed.GetValue(failUnder) is not { } share || CertificateSummary.Share(summary.Total) >= share)
                return Task.FromResult(0);
            Output.Error(string.Create(CultureInfo.InvariantCulture, $"{CertificateSummary.Share(summary.Total):0.0 %} are certified, less than the {share:0.0 %} of --fail-under."));
            return Task.FromResult(TooFew);
        });
        return command;
    }
}

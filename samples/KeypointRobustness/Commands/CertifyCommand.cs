using System.CommandLine;
using KeypointRobustness.Data;
using KeypointRobustness.Reports;
using KeypointRobustness.Runs;
using RobustPruning.Certification;
using RobustPruning.Data;
using RobustPruning.Models;
using RobustPruning.Perturbations;
using Spectre.Console;

namespace KeypointRobustness.Commands;

/// <summary><c>certify</c>: certifies held-back images and draws how far each keypoint can move.</summary>
internal static class CertifyCommand
{
    private const string PlaneExplained =
        "The map of the parameter plane shows the boxes of parameters that were bounded in the end: certified, where the bounds prove every "
        + "keypoint that is not falsified somewhere; holding a counterexample, which a cross marks; or open.";

    public static Command Create()
    {
        var model = new ModelOptions();
        var data = CommonOptions.Data();
        var count = CommonOptions.Count();
        var heldBack = CommonOptions.HeldBack();
        var images = new Option<int>("--images") { Description = "How many of the held-back images, from the first on; 0 for all.", DefaultValueFactory = _ => 4 };
        var brightness = CommonOptions.Brightness();
        var contrast = CommonOptions.Contrast();
        var tolerance = new Option<double>("--tolerance") { Description = "How far a keypoint may move along an axis, in pixels (--pixels says which).", DefaultValueFactory = _ => 2 };
        var against = new Option<string>("--against") { Description = "What the tolerance is measured from: prediction (on the clean image) or label.", DefaultValueFactory = _ => "prediction" };
        var maxBoxes = new Option<int>("--max-boxes") { Description = "How many parameter boxes to bound at most, an image; what is open then is unknown.", DefaultValueFactory = _ => 500 };
        var seconds = new Option<double>("--seconds") { Description = "How long to work at most, an image; what is open then is unknown.", DefaultValueFactory = _ => 60 };
        var keypoint = new Option<string>("--keypoint") { Description = "The maps of the parameter plane show this keypoint alone, by its name; all by default." };
        var seed = CommonOptions.Seed();
        var output = CommonOptions.Out("artifacts/certify");
        var pixels = new Option<string>("--pixels") { Description = "Which pixels --tolerance is in: those of the scaled or of the original image.", DefaultValueFactory = _ => "scaled" };
        var files = new DataOptions();
        var command = new Command("certify", "Certifies held-back images; writes a picture of each, a map of its parameter plane and OUT/report.html.")
        {
            data, count, heldBack, images, brightness, contrast, tolerance, against, maxBoxes, seconds, keypoint, seed, output, pixels,
        };
        model.AddTo(command);
        files.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var light = CommonOptions.Light(parsed.GetValue(brightness), parsed.GetValue(contrast));
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
            using var network = model.Load(parsed);
            var decoder = model.Decoder(parsed, network.Graph);
            var options = new CertifierOptions { MaxBoxes = parsed.GetValue(maxBoxes), TimeLimit = TimeSpan.FromSeconds(parsed.GetValue(seconds)), Seed = parsed.GetValue(seed) };
            using var certifier = new Certifier(network, light, PropertyOf(decoder, parsed.GetValue(tolerance)), options);
            var testing = ModelData.Load(network, decoder, parsed.GetValue(data)!, parsed.GetValue(count), parsed.GetValue(seed), files.Read(parsed), cancellationToken)
                .Split(parsed.GetValue(heldBack)).HeldBack;
            var chosen = First(testing, parsed.GetValue(images));
            int? shown = parsed.GetValue(keypoint) is { } name ? IndexOf(chosen.KeypointNames, name) : null;
            using var tensors = DataSource.ToTensors(chosen);

            var certificates = original
                ? CertificationRun.Run(
                    "certifying", scaled => new Certifier(network, light, PropertyOf(decoder, scaled), options), OriginalPixels.Tolerances(chosen, parsed.GetValue(tolerance)),
                    tensors, againstLabel, cancellationToken)
                : CertificationRun.Run("certifying", certifier, tensors, againstLabel, cancellationToken);
            Write(parsed.GetValue(output)!, light, chosen, certificates, shown);
            return Task.FromResult(0);
        });
        return command;
    }

    private static OutputProperty PropertyOf(HeatmapDecoder? decoder, double tolerance) =>
        decoder is null ? new KeypointProperty(tolerance) : new DecodedProperty(decoder, new KeypointProperty(tolerance));

    private static KeypointDataset First(KeypointDataset dataset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count, "--images");
        return count == 0 ? dataset : new KeypointDataset([.. dataset.Samples.Take(count)], dataset.KeypointNames);
    }

    private static int IndexOf(IReadOnlyList<string> names, string name) => names.Index().Where(entry => entry.Item == name).Select(entry => (int?)entry.Index).FirstOrDefault()
        ?? throw new ArgumentException($"There is no keypoint '{name}'; there are {string.Join(", ", names)}.");

    private static void Write(string folder, SemanticSet light, KeypointDataset dataset, IReadOnlyList<Certificate> certificates, int? keypoint)
    {
        var report = new HtmlReport("Certified keypoints").AddParagraph(
            $"Every image under {light}; tolerance {OriginalPixels.Tolerance(dataset, certificates)}, "
            + $"measured from the {(certificates[0].AgainstLabel ? "label" : "clean prediction")}. A box shows how far the keypoint can move at most.");
        report.AddParagraph(light.Dimension == 2
            ? PlaneExplained
            : $"The map of the parameter plane is left out: it is drawn for two parameters, and this set has {light.Dimension}.");
        var table = new Table().AddColumns("image", "certified", "falsified", "unknown", "range px", "seconds");
        foreach (var (sample, certificate) in dataset.Samples.Zip(certificates))
        {
            var (name, picture) = (CertificationRun.FileName(sample), CertificationRun.Draw(sample, dataset.KeypointNames, certificate));
            AtomicFile.Write(Path.Combine(folder, name + ".png"), picture);
            report.AddPicture(picture, $"{sample.Name}: {certificate}");
            if (light.Dimension == 2)
            {
                var shown = keypoint is { } index ? dataset.KeypointNames[index] : "all keypoints";
                var plane = CertificatePlane.Draw($"{sample.Name}: {shown} over the parameters", dataset.KeypointNames, certificate, keypoint);
                SvgFile.Save(Path.Combine(folder, name + ".plane.svg"), plane);
                report.AddFigure(plane, $"{sample.Name}: the parameter plane of {shown}, {certificate.Leaves.Count} leaves.");
            }

            table.AddRow(Markup.Escape(sample.Name), certificate.Certified.ToString(), certificate.Falsified.ToString(), certificate.Unknown.ToString(),
                Numbers.Short(certificate.CertifiedRange), Numbers.Short(certificate.Elapsed.TotalSeconds));
        }

        report.Save(Path.Combine(folder, "report.html"));
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"{certificates.Sum(c => c.Certified)} certified, {certificates.Sum(c => c.Falsified)} falsified, "
            + $"{certificates.Sum(c => c.Unknown)} unknown within {OriginalPixels.Tolerance(dataset, certificates)}; wrote {Path.Combine(folder, "report.html")}");
    }
}

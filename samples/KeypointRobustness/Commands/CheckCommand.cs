using System.CommandLine;
using KeypointRobustness.Runs;
using KeypointRobustness.Shards;
using RobustPruning.Data;

namespace KeypointRobustness.Commands;

/// <summary><c>check</c>: proves the certificates of a folder again, in shards if need be.</summary>
internal static class CheckCommand
{
    private const int Refused = 1;

    public static Command Create()
    {
        var results = new Argument<string>("RESULTS") { Description = "A folder that certify or merge wrote." };
        var model = new ModelOptions();
        var seed = CommonOptions.Seed();
        var files = new DataOptions(seed);
        var shard = CommonOptions.Shard();
        var output = CommonOptions.Out("artifacts/check");
        var command = new Command(
            "check", "Proves the certificates of a folder again from their leaves alone; exit code 1 if one is refused. Goes on where it "
            + "was stopped.")
        {
            results, files.Data, files.Count, seed, shard, output,
        };
        model.AddTo(command);
        files.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            WorkFolder.SayHowToGoOn(parsed.GetValue(output)!);
            var part = Shard.Of(parsed.GetValue(shard), Environment.GetEnvironmentVariable);
            var certified = WorkFolder.Read(parsed.GetValue(results)!);
            OutputFolder.RequireWritable(parsed.GetValue(output)!);
            using var network = model.Load(parsed);
            var notes = model.Notes(parsed);
            var samples = notes.Match(
                ModelData.Open(network, model.Decoder(parsed, network.Graph), files.Read(parsed, notes), cancellationToken));
            var work = new CertificateChecking(certified, network, samples);
            var folder = WorkFolder.Open(parsed.GetValue(output)!, work.Set);
            if (Path.GetFullPath(folder.Path) == Path.GetFullPath(certified.Path))
                throw new DataException($"--out is the folder of the certificates, {certified.Path}; give the checks one of their own.");
            WorkRun.Run(
                folder, work.Items, part, "checking", "certificates",
                item => work.Read(folder, item),
                (item, _) => work.Make(folder, item, cancellationToken),
                cancellationToken);
            WorkRun.Finish(folder, "checks", () => CheckReport.Write(folder));
            return Task.FromResult(CheckReport.AreAllValid(folder) ? 0 : Refused);
        });
        return command;
    }
}

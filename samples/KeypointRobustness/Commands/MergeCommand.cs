using System.CommandLine;
using KeypointRobustness.Reproduction;
using KeypointRobustness.Runs;
using KeypointRobustness.Shards;
using RobustPruning.Data;

namespace KeypointRobustness.Commands;

/// <summary><c>merge</c>: one report of any number of result folders.</summary>
internal static class MergeCommand
{
    private const int MostNamed = 20;

    public static Command Create()
    {
        var folders = new Argument<string[]>("RESULTS")
        {
            Description = "Folders that certify, check, verify --instances or reproduce wrote, with the same options.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string?>("--out")
        {
            Description = "The folder to write to; where there is one folder of results, that folder by default.",
        };
        var command = new Command(
            "merge",
            "Brings the results of several folders into one and writes its report; says what is missing and what is there twice.")
        {
            folders,
            output,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            string[] sources = parsed.GetValue(folders)!;
            var target =
                parsed.GetValue(output)
                ?? (
                    sources.Length == 1 ? sources[0]
                        : throw new ArgumentException("Give --out where there are several folders of results."));
            OutputFolder.RequireWritable(target);
            WorkFolder.SayHowToGoOn(target);
            var name = WorkSet.Read(sources[0]).Command;
            var (folder, doubles) = Merging.Run(
                sources,
                target,
                name == ReproductionWork.CommandName ? ReproductionWork.AreSame : null,
                cancellationToken);
            Say("missing", folder.Missing());
            Say("there twice", doubles);
            switch (name)
            {
                case ImageCertification.CommandName:
                    CertificationReport.Write(folder, cancellationToken);
                    break;
                case CertificateChecking.CommandName:
                    CheckReport.Write(folder);
                    break;
                case VerificationWork.CommandName:
                    VerificationReport.Write(folder);
                    break;
                case ReproductionWork.CommandName:
                    ReproductionWork.CopyHardness(sources, folder);
                    ReproductionWork.Report(folder);
                    break;
                default:
                    throw new DataException($"Folder {sources[0]} holds results of '{name}', which cannot be merged.");
            }

            return Task.FromResult(0);

            void Say(string what, IReadOnlyList<WorkItem> items)
            {
                foreach (var item in items)
                    Output.Event(what == "missing" ? "missing" : "double", ("name", item.Name));
                if (items.Count == 0)
                    return;
                var more = items.Count > MostNamed ? ", ..." : string.Empty;
                var named = string.Join(", ", items.Take(MostNamed).Select(item => item.Name)) + more;
                Output.Text.WriteLine($"{items.Count} of {folder.Set.Items.Count} {what}: {named}");
            }
        });
        return command;
    }
}

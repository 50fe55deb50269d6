using System.CommandLine;
using KeypointRobustness.Runs;
using KeypointRobustness.Shards;
using RobustPruning.Onnx;
using RobustPruning.Onnx.VnnLib;

namespace KeypointRobustness.Commands;

/// <summary>
/// <c>verify</c>: whether an ONNX model can reach what a VNN-LIB specification calls unsafe, answered as in the verification competition.
/// </summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var model = new Argument<string?>("MODEL") { Description = "An ONNX file.", Arity = ArgumentArity.ZeroOrOne };
        var specification = new Argument<string?>("SPEC") { Description = "A VNN-LIB file.", Arity = ArgumentArity.ZeroOrOne };
        var timeout = new Option<double>("--timeout")
        {
            Description = "How long to work at most, in seconds.",
            DefaultValueFactory = _ => 300,
        };
        var instances = new Option<string?>("--instances")
        {
            Description = "Instead of MODEL and SPEC a list of them, as the verification competition has it: a line "
                + "model,specification,seconds each, paths relative to the list.",
        };
        var shard = CommonOptions.Shard();
        var output = CommonOptions.Out("artifacts/verify");
        var command = new Command(
            "verify",
            "Verifies an ONNX model against a VNN-LIB specification; prints sat with a counterexample, unsat, unknown or timeout. "
            + "unsat is about the network in real numbers, its constants as the 32-bit numbers that are stored. "
            + "With --instances, writes a result of each and OUT/results.csv, and goes on where it was stopped.")
        {
            model, specification, timeout, instances, shard, output,
        };
        var reading = new ModelOptions();
        reading.AddOnnxTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var seconds = parsed.GetValue(timeout);
            if (!IsTimeout(seconds))
                throw new ArgumentException($"--timeout is {seconds}, but must be above zero.");
            var (network, specified, list) = (parsed.GetValue(model), parsed.GetValue(specification), parsed.GetValue(instances));
            if (list is null ? specified is null : network is not null)
                throw new ArgumentException("Give MODEL and SPEC, or --instances.");
            if (list is null)
            {
                VerifyOne(network!, reading.Onnx(parsed), specified!, seconds, cancellationToken);
                return Task.FromResult(0);
            }

            WorkFolder.SayHowToGoOn(parsed.GetValue(output)!);
            VerifyAll(
                new VerificationWork(list, reading.Onnx(parsed), seconds),
                Shard.Of(parsed.GetValue(shard), Environment.GetEnvironmentVariable),
                parsed.GetValue(output)!,
                cancellationToken);
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>Whether a number is a time limit in seconds.</summary>
    public static bool IsTimeout(double seconds) => seconds > 0 && seconds <= TimeSpan.MaxValue.TotalSeconds / 2;

    private static void VerifyOne(
        string model, OnnxLoadOptions options, string specification, double seconds, CancellationToken cancellationToken)
    {
        var run = new VerificationRun(TimeSpan.FromSeconds(seconds));
        var stated = VnnLibSpecification.Load(specification);
        using var network = Load(model, options, stated);
        var answer = run.Verify(network, stated, cancellationToken);
        Output.Event(
            "answer",
            ("answer", answer.Outcome.ToString().ToLowerInvariant()),
            ("inputs", answer.Inputs),
            ("outputs", answer.Outputs));
        Output.Text.WriteLine(answer.ToString());
    }

    private static void VerifyAll(VerificationWork work, Shard shard, string output, CancellationToken cancellationToken)
    {
        OutputFolder.RequireWritable(output);
        var folder = WorkFolder.Open(output, work.Set);
        WorkRun.Run(
            folder, work.Set.Items, shard, "verifying", "instances", item => work.Read(folder, item),
            (item, progress) => work.Make(folder, item, progress, cancellationToken), cancellationToken);
        work.RequireNoFailure();
        WorkRun.Finish(folder, "instances", () => VerificationReport.Write(folder));
    }

    /// <summary>The model; the whole tensor is one sample where the specification is about all of its rows.</summary>
    public static OnnxModel Load(string path, OnnxLoadOptions options, VnnLibSpecification specification)
    {
        var model = OnnxModel.Load(path, options);
        if (!model.HasBatch
            || options.Batch != OnnxBatch.Automatic
            || model.InputShape[0] * model.Graph.Input.Neurons != specification.Inputs
            || model.InputShape[0] == 1)
            return model;
        model.Dispose();
        return OnnxModel.Load(path, options with { Batch = OnnxBatch.None });
    }
}

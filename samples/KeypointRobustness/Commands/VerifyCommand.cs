using System.CommandLine;
using KeypointRobustness.Runs;
using RobustPruning.Onnx;
using RobustPruning.Onnx.VnnLib;
using Spectre.Console;

namespace KeypointRobustness.Commands;

/// <summary><c>verify</c>: whether an ONNX model can reach what a VNN-LIB specification calls unsafe, answered as in the verification competition.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "An ONNX file." };
        var specification = new Argument<string>("SPEC") { Description = "A VNN-LIB file." };
        var timeout = new Option<double>("--timeout") { Description = "How long to work at most, in seconds.", DefaultValueFactory = _ => 300 };
        var command = new Command(
            "verify",
            "Verifies an ONNX model against a VNN-LIB specification; prints sat with a counterexample, unsat, unknown or timeout. "
            + "unsat is about the network in real numbers, its constants as the 32-bit numbers that are stored.")
        {
            model, specification, timeout,
        };
        var reading = new ModelOptions();
        reading.AddOnnxTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var seconds = parsed.GetValue(timeout);
            if (!(seconds > 0 && seconds <= TimeSpan.MaxValue.TotalSeconds / 2))
                throw new ArgumentException($"--timeout is {seconds}, but must be above zero.");
            var run = new VerificationRun(TimeSpan.FromSeconds(seconds));
            var stated = VnnLibSpecification.Load(parsed.GetValue(specification)!);
            using var network = Load(parsed.GetValue(model)!, reading.Onnx(parsed), stated);
            var answer = run.Verify(network, stated, cancellationToken);
            AnsiConsole.Profile.Out.Writer.WriteLine(answer.ToString());
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>The model; the whole tensor is one sample where the specification is about all of its rows.</summary>
    private static OnnxModel Load(string path, OnnxLoadOptions options, VnnLibSpecification specification)
    {
        var model = OnnxModel.Load(path, options);
        if (!model.HasBatch || options.Batch != OnnxBatch.Automatic || model.InputShape[0] * model.Graph.Input.Neurons != specification.Inputs || model.InputShape[0] == 1)
            return model;
        model.Dispose();
        return OnnxModel.Load(path, options with { Batch = OnnxBatch.None });
    }
}

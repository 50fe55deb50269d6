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
        command.SetAction((parsed, cancellationToken) =>
        {
            var seconds = parsed.GetValue(timeout);
            if (!(seconds > 0 && seconds <= TimeSpan.MaxValue.TotalSeconds / 2))
                throw new ArgumentException($"--timeout is {seconds}, but must be above zero.");
            var run = new VerificationRun(TimeSpan.FromSeconds(seconds));
            using var network = OnnxModel.Load(parsed.GetValue(model)!);
            var answer = run.Verify(network, VnnLibSpecification.Load(parsed.GetValue(specification)!), cancellationToken);
            AnsiConsole.Profile.Out.Writer.WriteLine(answer.ToString());
            return Task.FromResult(0);
        });
        return command;
    }
}

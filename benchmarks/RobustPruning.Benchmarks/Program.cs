using System.CommandLine;
using BenchmarkDotNet.Running;
using KeypointRobustness.Commands;
using RobustPruning.Benchmarks;

switch (args)
{
    case ["tightness", ..]:
        return TightnessCommand.Run(args[1..]);
    case ["dump" or "probability" or "scaling" or "soundness" or "spikes", ..]:
        return await AppCommand.RunAsync(new RootCommand("Benchmarks.") { DumpCommand.Create(), ProbabilityCommand.Create(), ScalingCommand.Create(), SoundnessCommand.Create(), SpikesCommand.Create() }, args);
    default:
        BenchmarkSwitcher.FromAssembly(typeof(TightnessCommand).Assembly).Run(args);
        return 0;
}

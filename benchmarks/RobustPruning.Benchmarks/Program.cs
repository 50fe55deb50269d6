using System.CommandLine;
using BenchmarkDotNet.Running;
using KeypointRobustness.Commands;
using RobustPruning.Benchmarks;
using RobustPruning.Benchmarks.SceneChanges;

Command[] commands =
[
    ConformanceCommand.Create(),
    DumpCommand.Create(),
    EnclosuresCommand.Create(),
    LayersCommand.Create(),
    LossesCommand.Create(),
    MemoryCommand.Create(),
    OnnxLoadCommand.Create(),
    ProbabilityCommand.Create(),
    PruningCommand.Create(),
    ScalingCommand.Create(),
    SceneCertificationCommand.Create(),
    SceneRangesCommand.Create(),
    SceneWidthsCommand.Create(),
    ShardsCommand.Create(),
    SoakCommand.Create(),
    SoundnessCommand.Create(),
    SpikesCommand.Create(),
];
if (args is ["tightness", ..])
    return TightnessCommand.Run(args[1..]);
if (args.Length > 0 && commands.Any(command => command.Name == args[0]))
{
    var root = new RootCommand("Benchmarks.");
    foreach (var command in commands)
        root.Add(command);
    return await AppCommand.RunAsync(root, args);
}

BenchmarkSwitcher.FromAssembly(typeof(TightnessCommand).Assembly).Run(args);
return 0;

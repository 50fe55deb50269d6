using BenchmarkDotNet.Running;
using RobustPruning.Benchmarks;

if (args is ["tightness", ..])
    return TightnessCommand.Run(args[1..]);
BenchmarkSwitcher.FromAssembly(typeof(TightnessCommand).Assembly).Run(args);
return 0;

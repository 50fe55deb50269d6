using KeypointRobustness.Commands;
using RobustPruning.Training;

TensorMemory.UseHugePages();

return await AppCommand.RunAsync(args);

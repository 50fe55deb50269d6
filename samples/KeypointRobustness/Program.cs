using KeypointRobustness.Commands;

return await AppCommand.RunAsync(args);

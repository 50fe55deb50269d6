using Spectre.Console;

namespace KeypointRobustness.Runs;

/// <summary>A progress bar on the console for one long piece of work.</summary>
internal static class ProgressBar
{
    /// <summary>Runs <paramref name="work"/>, which reports the share done, in [0, 1].</summary>
    public static void Run(string title, Action<Action<double>> work) => AnsiConsole.Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
        .Start(context =>
        {
            var task = context.AddTask(Markup.Escape(title), maxValue: 1);
            work(share => task.Value = share);
            task.Value = 1;
        });
}

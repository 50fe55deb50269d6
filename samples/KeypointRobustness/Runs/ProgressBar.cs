namespace KeypointRobustness.Runs;

/// <summary>The progress of one long piece of work.</summary>
internal static class ProgressBar
{
    private static readonly Dictionary<string, long> Nothing = [];

    /// <summary>Runs <paramref name="work"/>, which reports the share done, in [0, 1].</summary>
    public static void Run(string title, Action<Action<double>> work)
    {
        using var progress = new WorkProgress(title, string.Empty, 1);
        work(progress.Share);
        progress.Add(title, Nothing, 0);
    }
}

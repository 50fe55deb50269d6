using System.Globalization;
using Microsoft.Extensions.Logging;
using RobustPruning.Graphs;

namespace RobustPruning.Training;

/// <summary>The checkpoints of one run: the last two, so that a damaged one costs an epoch and not the run.</summary>
internal sealed class CheckpointFolder(string folder, IReadOnlyDictionary<string, string> run, ILogger logger)
{
    private const int Kept = 2;
    private const string Pattern = "epoch-*.checkpoint";

    /// <summary>What the run is made of, by name.</summary>
    public IReadOnlyDictionary<string, string> Run => run;

    /// <summary>
    /// The latest checkpoint that is whole, or null if there is none; the caller owns it. Tells the logger of damaged ones.
    /// </summary>
    /// <exception cref="CheckpointException">It belongs to another run.</exception>
    public Checkpoint? Latest()
    {
        foreach (var path in Files().Reverse())
        {
            Checkpoint checkpoint;
            try
            {
                checkpoint = CheckpointFile.Load(path);
            }
            catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                logger.LogWarning("Checkpoint '{Path}' is left out: {Problem}.", path, error.Message.TrimEnd('.'));
                continue;
            }

            string[] other = [.. run.Keys.Union(checkpoint.State.Run.Keys)
                .Where(part => run.GetValueOrDefault(part) != checkpoint.State.Run.GetValueOrDefault(part))];
            if (other.Length == 0)
                return checkpoint;
            checkpoint.Dispose();
            throw new CheckpointException(
                folder,
                $"they belong to another run, with another {string.Join(", ", other)}. Give this run a folder of its own, or delete them.")
            {
                Value = string.Join(", ", other),
            };
        }

        return null;
    }

    /// <summary>
    /// Writes a checkpoint and drops the oldest. If that fails, as on a full disk, the logger is told, the earlier ones stay, and the run
    /// goes on.
    /// </summary>
    public void Save(int epochs, CheckpointState state, GraphModule current, GraphModule? accepted, Action<BinaryWriter> optimizer)
    {
        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"epoch-{epochs:D8}.checkpoint"));
        try
        {
            CheckpointFile.Save(path, state, current, accepted, optimizer);
            foreach (var old in Files().SkipLast(Kept))
                File.Delete(old);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("Checkpoint '{Path}' could not be written: {Problem}", path, error.Message);
        }
    }

    private string[] Files() => Directory.Exists(folder) ? [.. Directory.GetFiles(folder, Pattern).Order(StringComparer.Ordinal)] : [];
}

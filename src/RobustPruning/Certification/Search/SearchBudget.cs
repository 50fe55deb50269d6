using System.Diagnostics;

namespace RobustPruning.Certification;

/// <summary>What one image's search may take.</summary>
internal sealed class SearchBudget(CertifierOptions options)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private volatile bool _spent;

    /// <summary>The time taken.</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>Whether time or memory have run out; once they have, it stays so.</summary>
    public bool IsSpent() =>
        _spent |= _clock.Elapsed >= options.TimeLimit || (options.MemoryLimit is { } bytes && Environment.WorkingSet >= bytes);
}

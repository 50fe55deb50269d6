namespace RobustPruning.Certification;

/// <summary>All leaves of a search, those with undecided claims in order of their worst violation.</summary>
internal sealed class LeafQueue(OutputProperty property, IReadOnlyList<double> reference, ClaimLedger ledger)
{
    private readonly List<OpenLeaf> _closed = [];
    private readonly List<OpenLeaf> _exhausted = [];
    private readonly PriorityQueue<OpenLeaf, (double Worst, int Order)> _open = new();
    private int _made;

    /// <summary>Takes in a new leaf.</summary>
    public void Add(Leaf leaf) =>
        PutBack(
            new OpenLeaf(
                leaf,
                [
                    .. Enumerable
                        .Range(0, ledger.Counterexamples.Count)
                        .Select(claim => property.WorstViolation(leaf.Lower, leaf.Upper, reference, claim)),
                ],
                _made++));

    /// <summary>Puts back a leaf that was taken.</summary>
    public void PutBack(OpenLeaf leaf)
    {
        if (leaf.Worst(ledger.Undecided) is > 0 and var worst)
            _open.Enqueue(leaf, (-worst, leaf.Order));
        else
            _closed.Add(leaf);
    }

    /// <summary>Sets a taken leaf aside that cannot be halved any more.</summary>
    public void Exhaust(OpenLeaf leaf) => _exhausted.Add(leaf);

    /// <summary>Takes out the leaves with the worst violations of undecided claims, at most so many.</summary>
    public List<OpenLeaf> TakeWorst(int count)
    {
        var taken = new List<OpenLeaf>();
        while (taken.Count < count && _open.TryDequeue(out var leaf, out var key))
        {
            // Claims that were broken since count no longer.
            if (-leaf.Worst(ledger.Undecided) == key.Worst)
                taken.Add(leaf);
            else
                PutBack(leaf);
        }

        return taken;
    }

    /// <summary>All leaves that are not taken, in the order they were made.</summary>
    public IReadOnlyList<Leaf> Leaves() =>
        [.. _closed.Concat(_exhausted).Concat(Queued).OrderBy(leaf => leaf.Order).Select(leaf => leaf.Leaf)];

    /// <summary>The leaves to be halved yet.</summary>
    public int Open() => Queued.Count(leaf => leaf.Worst(ledger.Undecided) > 0);

    /// <summary>The undecided claims that are not proved on all leaves.</summary>
    public IReadOnlyList<int> OpenClaims()
    {
        OpenLeaf[] leaves = [.. _exhausted, .. Queued];
        return [.. ledger.Undecided.Where(claim => leaves.Any(leaf => !leaf.Proves(claim)))];
    }

    private IEnumerable<OpenLeaf> Queued => _open.UnorderedItems.Select(item => item.Element);
}

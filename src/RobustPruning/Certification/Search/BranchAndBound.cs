using RobustPruning.Perturbations;
using static TorchSharp.torch;

namespace RobustPruning.Certification;

/// <summary>
/// Decides the claims about one image. Counterexamples are looked for in the whole set first. Then boxes are bounded; those with open
/// claims are looked into and halved, the worst first. Deterministic but for limits of time and memory.
/// </summary>
internal sealed class BranchAndBound
{
    // Enough for many workers; a number of its own, so that results do not depend on how many there are.
    private const int BatchesPerRound = 16;
    private const int StartsPerClaim = 2;

    private readonly SearchContext _context;
    private readonly Tensor _image;
    private readonly double[] _noiseRadii;
    private readonly ClaimLedger _ledger;
    private readonly OutputSampler _sampler;
    private readonly BoxBounder _bounder;
    private readonly SearchBudget _budget;
    private readonly Action<BranchAndBound> _report;
    private readonly CancellationToken _cancellationToken;
    private SampleCheck? _check;
    private double _unstable;

    public BranchAndBound(
        SearchContext context,
        Tensor image,
        IReadOnlyList<double> reference,
        ClaimLedger ledger,
        int workers,
        Action<BranchAndBound> report,
        CancellationToken cancellationToken)
    {
        (_context, _image, _ledger, _report, _cancellationToken) = (context, image, ledger, report, cancellationToken);
        _noiseRadii = context.Set.NoiseRadii.For(image.numel());
        var options = context.Options;
        Leaves = new LeafQueue(context.Property, reference, ledger);
        _sampler = new OutputSampler(context, image, reference, workers);
        _bounder = new BoxBounder(context.Network, context.Set, options.OnDevice, options.BoxesPerBatch, workers,
            context.Property is DecodedProperty decoded ? new DecodedBounder(decoded, context.Network, reference) : null,
            (lower, upper, box) => context.Property.Bounds(lower, upper, box, reference));
        _budget = new SearchBudget(options);
    }

    /// <summary>The number of boxes bounded.</summary>
    public int Boxes { get; private set; }

    /// <summary>The leaves that remain.</summary>
    public LeafQueue Leaves { get; }

    /// <summary>Unstable neurons, as the mean over the boxes.</summary>
    public double UnstableNeurons => Boxes == 0 ? 0 : _unstable / Boxes;

    /// <summary>The time taken.</summary>
    public TimeSpan Elapsed => _budget.Elapsed;

    private CertifierOptions Options => _context.Options;

    /// <summary>Searches until all claims are decided or the budget is spent.</summary>
    public void Run()
    {
        var whole = _context.Set.Box;
        var samples = Sample([.. BoxProbe.Thetas(whole), .. whole.Sample(Options.Samples, new Random(Options.Seed))]);
        var cells = Admissible(whole.Grid(whole.CellsPerSide(Options.FirstCellsPerSide, CertifierOptions.MostFirstBoxes)));
        if (IsOver())
        {
            Array.ForEach(cells, cell => Leaves.Add(Unbounded(cell)));
            return;
        }

        var first = Bound(cells);
        _check = new SampleCheck(Options.Propagator.Name, first);
        _check.Require(samples, first);
        first.ForEach(Leaves.Add);
        _report(this);

        // Only what the first bounds leave open is worth the gradients.
        var climbers = Leaves.OpenClaims().SelectMany(claim => samples.OrderByDescending(sample => _ledger.Violation(sample, claim))
            .Take(StartsPerClaim).Select((sample, start) => ClimberFrom(whole, claim, sample, start == 0 ? null : new Random(Options.Seed)))).ToList();
        _check.Require(Climb(climbers, Options.GradientSteps), first);
        while (!IsOver() && !_budget.IsSpent() && Leaves.TakeWorst(Room()) is { Count: > 0 } worst)
        {
            Halve(LookInto(worst));
            _report(this);
        }
    }

    private bool IsOver() => Options.StopAtCounterexample && _ledger.Counterexamples.Any(found => found is not null);

    /// <summary>How many leaves may be halved in one round.</summary>
    private int Room() => (int)Math.Min((long)BatchesPerRound * Options.BoxesPerBatch, Options.MaxBoxes - Boxes) / 2;

    /// <summary>Looks for counterexamples in leaves; returns each with its probes.</summary>
    private List<(OpenLeaf Leaf, Sample[] Probes)> LookInto(List<OpenLeaf> leaves)
    {
        var probes = leaves.Select(leaf => BoxProbe.Thetas(leaf.Leaf.Box)).ToList();
        var samples = Sample([.. probes.SelectMany(thetas => thetas)]);
        var start = 0;
        var looked = new List<(OpenLeaf Leaf, Sample[] Probes)>();
        foreach (var (leaf, thetas) in leaves.Zip(probes))
        {
            looked.Add((leaf, [.. samples.Skip(start).Take(thetas.Count)]));
            _check!.Require(looked[^1].Probes, [leaf.Leaf]);
            start += thetas.Count;
        }

        // Each leaf is checked against what was seen in it alone: all samples against all leaves would be too much where boxes are many.
        var climbers = looked.Select(entry => Starts(entry.Leaf, entry.Probes).ToList()).ToList();
        Climb([.. climbers.SelectMany(started => started)], Options.GradientSteps);
        foreach (var (entry, started) in looked.Zip(climbers))
            _check!.Require([.. started.SelectMany(climber => climber.Seen)], [entry.Leaf.Leaf]);
        return looked;
    }

    /// <summary>Climbs from a leaf's worst sample, for the claim that its bounds leave open most.</summary>
    private IEnumerable<CounterexampleClimber> Starts(OpenLeaf leaf, Sample[] probes)
    {
        int[] open = leaf.Open(_ledger.Undecided);
        if (open.Length == 0 || probes.Length == 0)
            yield break;
        var claim = open.MaxBy(claim => leaf.Worst([claim]));
        if (_ledger.Worst(probes, claim) is { } worst)
            yield return ClimberFrom(leaf.Leaf.Box, claim, worst, new Random(Options.Seed + leaf.Order));
    }

    private CounterexampleClimber ClimberFrom(ParameterBox box, int claim, Sample start, Random? random) =>
        new(_context.Set, box, claim, start.Theta, _noiseRadii, random);

    private void Halve(List<(OpenLeaf Leaf, Sample[] Probes)> looked)
    {
        var halved = new List<(OpenLeaf Leaf, ParameterBox[] Halves)>();
        foreach (var (leaf, probes) in looked)
        {
            int[] open = leaf.Open(_ledger.Undecided);
            if (open.Length == 0 || _budget.IsSpent())
                Leaves.PutBack(leaf);
            else if (BoxProbe.SideToHalve(leaf.Leaf.Box, _context.Set.Box, probes, [.. open.SelectMany(_context.Property.ValuesOf)]) is >= 0 and var side)
                halved.Add((leaf, Admissible(leaf.Leaf.Box.Halve(side))));
            else
                Leaves.Exhaust(leaf);
        }

        var bounded = BoundOrStop([.. halved.SelectMany(entry => entry.Halves)]);
        var start = 0;
        foreach (var (leaf, halves) in halved)
        {
            var made = bounded[start..(start += halves.Length)];
            if (made.Contains(null))
                Leaves.PutBack(leaf);
            else
                made.ForEach(half => Leaves.Add(half!));
        }
    }

    private ParameterBox[] Admissible(IEnumerable<ParameterBox> boxes) => [.. boxes.Where(_context.Set.IsAdmissible)];

    /// <summary>Leaves with bounds; with infinite ones where the budget ended before.</summary>
    private List<Leaf> Bound(IReadOnlyList<ParameterBox> boxes) => [.. BoundOrStop(boxes).Zip(boxes, (leaf, box) => leaf ?? Unbounded(box))];

    private Leaf Unbounded(ParameterBox box)
    {
        var values = _context.Property is DecodedProperty decoded ? decoded.CountValues(2 * decoded.Decoder.Keypoints) : (int)_context.Network.Output.Channels;
        return new Leaf(box, [.. Enumerable.Repeat(double.NegativeInfinity, values)], [.. Enumerable.Repeat(double.PositiveInfinity, values)]);
    }

    private List<Leaf?> BoundOrStop(IReadOnlyList<ParameterBox> boxes)
    {
        var found = _bounder.Bound(_image, boxes, _budget.IsSpent, _cancellationToken);
        Boxes += found.Count(entry => entry is not null);
        _unstable += found.Sum(entry => entry?.Unstable ?? 0);
        return [.. found.Select(entry => entry?.Leaf)];
    }

    private List<Sample> Sample(IReadOnlyList<double[]> thetas)
    {
        var samples = _sampler.Evaluate(thetas, _budget.IsSpent, _cancellationToken);
        _ledger.Take(samples);
        return samples;
    }

    private List<Sample> Climb(IReadOnlyList<CounterexampleClimber> climbers, int steps)
    {
        if (steps == 0)
            return [];
        var samples = _sampler.Climb(climbers, steps, _budget.IsSpent, _cancellationToken);
        _ledger.Take(samples);
        return samples;
    }
}

namespace RobustPruning.Benchmarks.Soundness;

/// <summary>
/// A source of choices that are recorded, so that they can be cut down and played again: to shrink a case is to shrink its choices,
/// whatever is made of them. 0 is the simplest choice, and what a replay goes on with after its end.
/// </summary>
internal sealed class Choices
{
    private const int Fine = 1 << 20;

    private readonly Random? _random;
    private readonly IReadOnlyList<int> _replay = [];
    private readonly List<int> _made = [];
    private readonly List<int> _parts = [];

    public Choices(int seed) => _random = new Random(seed);

    public Choices(IReadOnlyList<int> replay) => _replay = replay;

    /// <summary>All choices so far.</summary>
    public IReadOnlyList<int> Made => _made;

    /// <summary>Where among <see cref="Made"/> a part begins that may be left out: a layer, a transform, a box.</summary>
    public IReadOnlyList<int> Parts => _parts;

    /// <summary>A number from 0 to below <paramref name="count"/>.</summary>
    public int Below(int count)
    {
        var choice = _random?.Next(count) ?? (_made.Count < _replay.Count ? _replay[_made.Count] % count : 0);
        _made.Add(choice);
        return choice;
    }

    /// <summary>A number in [0, 1).</summary>
    public double Unit() => Below(Fine) / (double)Fine;

    /// <summary>True once in so many times.</summary>
    public bool OneIn(int count) => Below(count) == count - 1;

    /// <summary>One of the options, the first being the simplest.</summary>
    public T Pick<T>(params IReadOnlyList<T> options) => options[Below(options.Count)];

    /// <summary>Numbers of a source of their own, which changes to other choices leave alone.</summary>
    public Random Numbers() => new(Below(int.MaxValue));

    /// <summary>Whether another part follows; false once in so many times.</summary>
    public bool More(int onceIn)
    {
        _parts.Add(_made.Count);
        return Below(onceIn) != 0;
    }
}

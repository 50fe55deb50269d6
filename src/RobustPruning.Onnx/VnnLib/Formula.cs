namespace RobustPruning.Onnx.VnnLib;

/// <summary>What an assertion says.</summary>
/// <param name="place">Where it stands.</param>
internal abstract class Formula(Place place)
{
    /// <summary>Where it stands.</summary>
    public Place Place { get; } = place;

    /// <summary>Whether it is true at a point: bounds of inputs as 64-bit numbers rounded outwards, all else exactly.</summary>
    public abstract bool Holds(Func<ScriptVariable, double> point);
}

/// <summary>A term that is to be at most zero, or below it.</summary>
internal sealed class Comparison(LinearTerm term, bool isStrict, Place place) : Formula(place)
{
    /// <summary>The term.</summary>
    public LinearTerm Term => term;

    /// <summary>Whether zero is not enough.</summary>
    public bool IsStrict => isStrict;

    /// <summary>What it says of the box or of the outputs, where zero is included in any case. Made once.</summary>
    public Condition Condition => field ??= Condition.Of(this);

    public override bool Holds(Func<ScriptVariable, double> point) => Condition is not BoundCondition bound ? HoldsFor(term.At(point))
        : point(new ScriptVariable(false, bound.Input)).CompareTo(bound.Limit) * (bound.IsUpper ? 1 : -1) < (isStrict ? 0 : 1);

    /// <summary>Whether a value of the term makes it true.</summary>
    public bool HoldsFor(ExactDecimal value) => value.Sign < (isStrict ? 0 : 1);
}

/// <summary>All of the parts.</summary>
internal sealed class Conjunction(IReadOnlyList<Formula> parts, Place place) : Formula(place)
{
    /// <summary>The parts.</summary>
    public IReadOnlyList<Formula> Parts => parts;

    public override bool Holds(Func<ScriptVariable, double> point) => parts.All(part => part.Holds(point));
}

/// <summary>At least one of the parts.</summary>
internal sealed class Disjunction(IReadOnlyList<Formula> parts, Place place) : Formula(place)
{
    /// <summary>The parts.</summary>
    public IReadOnlyList<Formula> Parts => parts;

    public override bool Holds(Func<ScriptVariable, double> point) => parts.Any(part => part.Holds(point));
}

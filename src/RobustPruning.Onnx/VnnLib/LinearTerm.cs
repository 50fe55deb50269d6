namespace RobustPruning.Onnx.VnnLib;

/// <summary>A sum of multiples of variables and a constant, exact.</summary>
internal sealed class LinearTerm
{
    private static readonly Dictionary<ScriptVariable, ExactDecimal> None = [];

    // Most terms are constants.
    private Dictionary<ScriptVariable, ExactDecimal>? _coefficients;

    /// <summary>The variables that occur, with their coefficients; none is zero.</summary>
    public IReadOnlyDictionary<ScriptVariable, ExactDecimal> Coefficients => _coefficients ?? None;

    /// <summary>What is added to them.</summary>
    public ExactDecimal Constant { get; private set; }

    /// <summary>A constant.</summary>
    public static LinearTerm Of(ExactDecimal constant) => new() { Constant = constant };

    /// <summary>A variable.</summary>
    public static LinearTerm Of(ScriptVariable variable) => new() { _coefficients = new() { [variable] = ExactDecimal.One } };

    /// <summary>Adds a multiple of another term.</summary>
    public LinearTerm Add(LinearTerm other, ExactDecimal factor)
    {
        Constant += other.Constant * factor;
        foreach (var (variable, coefficient) in other.Coefficients)
        {
            _coefficients ??= [];
            var sum = _coefficients.GetValueOrDefault(variable) + (coefficient * factor);
            if (sum.Sign == 0)
                _coefficients.Remove(variable);
            else
                _coefficients[variable] = sum;
        }

        return this;
    }

    /// <summary>Its value at a point, exact.</summary>
    public ExactDecimal At(Func<ScriptVariable, double> point) =>
        Coefficients.Aggregate(Constant, (sum, entry) => sum + (entry.Value * ExactDecimal.Of(point(entry.Key))));
}

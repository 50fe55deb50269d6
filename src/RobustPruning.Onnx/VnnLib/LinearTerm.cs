namespace RobustPruning.Onnx.VnnLib;

/// <summary>A sum of multiples of variables and a constant, exact.</summary>
internal sealed class LinearTerm
{
    private readonly Dictionary<Variable, ExactDecimal> _coefficients = [];

    /// <summary>The variables that occur, with their coefficients; none is zero.</summary>
    public IReadOnlyDictionary<Variable, ExactDecimal> Coefficients => _coefficients;

    /// <summary>What is added to them.</summary>
    public ExactDecimal Constant { get; private set; }

    /// <summary>A constant.</summary>
    public static LinearTerm Of(ExactDecimal constant) => new() { Constant = constant };

    /// <summary>A variable.</summary>
    public static LinearTerm Of(Variable variable)
    {
        var term = new LinearTerm();
        term._coefficients.Add(variable, ExactDecimal.One);
        return term;
    }

    /// <summary>Adds a multiple of another term.</summary>
    public LinearTerm Add(LinearTerm other, ExactDecimal factor)
    {
        Constant += other.Constant * factor;
        foreach (var (variable, coefficient) in other._coefficients)
        {
            var sum = _coefficients.GetValueOrDefault(variable) + (coefficient * factor);
            if (sum.Sign == 0)
                _coefficients.Remove(variable);
            else
                _coefficients[variable] = sum;
        }

        return this;
    }

    /// <summary>Its value at a point, exact.</summary>
    public ExactDecimal At(Func<Variable, double> point) =>
        _coefficients.Aggregate(Constant, (sum, entry) => sum + (entry.Value * ExactDecimal.Of(point(entry.Key))));
}

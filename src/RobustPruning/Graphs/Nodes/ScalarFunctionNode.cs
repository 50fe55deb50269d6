using System.Text.Json.Serialization;
using RobustPruning.Numerics;
using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>A smooth function of each value.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ScalarFunction>))]
public enum ScalarFunction
{
    /// <summary><c>x / (1 + e⁻ˣ)</c>, also called swish.</summary>
    Silu,

    /// <summary><c>x Φ(x)</c> with the normal distribution's Φ.</summary>
    Gelu,

    /// <summary><c>x / (1 + e⁻²ᵘ)</c> with <c>u = √(2/π) (x + 0.044715 x³)</c>: GELU's approximation by a tanh.</summary>
    GeluTanh,

    /// <summary><c>x min(max(x + 3, 0), 6) / 6</c>.</summary>
    Hardswish,

    /// <summary>The error function <c>2 Φ(√2 x) − 1</c>.</summary>
    Erf,

    /// <summary><c>x²</c>.</summary>
    Square,

    /// <summary><c>√(x + ε)</c> of what is nowhere negative.</summary>
    SquareRoot,

    /// <summary><c>1 / √(x + ε)</c> of what is nowhere negative.</summary>
    InverseSquareRoot,
}

/// <summary>A smooth function of each value by itself: SiLU, GELU, Hardswish, or what a normalisation is made of.</summary>
public sealed class ScalarFunctionNode : ActivationNode
{
    internal ScalarFunctionNode(ScalarFunctionDescription description, GraphNode input)
        : base(description, input) => (Function, Epsilon) = (description.Function, description.Epsilon);

    /// <summary>Which function it is.</summary>
    public ScalarFunction Function { get; }

    /// <summary>ε of a square root or its inverse, positive; 0 of every other function.</summary>
    public double Epsilon { get; }

    internal override bool MeasuresNeurons =>
        Function is not (ScalarFunction.Square or ScalarFunction.SquareRoot or ScalarFunction.InverseSquareRoot);

    /// <inheritdoc/>
    public override IReadOnlyList<double> Kinks => !MeasuresNeurons ? [] : Function == ScalarFunction.Hardswish ? [-3, 3] : [0];

    private static readonly TorchSharp.Modules.GELU TanhGelu = nn.GELU(TorchSharp.Modules.GELU.Approximate.tanh);

    /// <summary>No less than the steepest slope; null where there is none.</summary>
    internal double? Steepest => Function switch
    {
        ScalarFunction.Silu => 1.1,
        ScalarFunction.Gelu or ScalarFunction.GeluTanh => 1.13,
        ScalarFunction.Hardswish => 1.5,
        ScalarFunction.Erf => 1.13,
        _ => null,
    };

    /// <summary>Whether it has no greatest slope that is of use, however small its argument is.</summary>
    internal bool IsSteep => Function is ScalarFunction.SquareRoot or ScalarFunction.InverseSquareRoot;

    /// <inheritdoc/>
    public override Tensor Apply(Tensor z)
    {
        using var scope = NewDisposeScope();
        return (Function switch
        {
            ScalarFunction.Silu => nn.functional.silu(z),
            ScalarFunction.Gelu => nn.functional.gelu(z),
            ScalarFunction.GeluTanh => TanhGelu.call(z),
            ScalarFunction.Hardswish => nn.functional.hardswish(z),
            ScalarFunction.Erf => z.erf(),
            ScalarFunction.Square => z * z,
            ScalarFunction.SquareRoot => z.Plus(Scalars.Of(Epsilon)).sqrt(),
            _ => z.Plus(Scalars.Of(Epsilon)).rsqrt(),
        }).MoveToOuterDisposeScope();
    }
}

internal sealed record ScalarFunctionDescription(
    string Name,
    IReadOnlyList<string> Inputs,
    ScalarFunction Function,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] double Epsilon = 0) : NodeDescription(Name, Inputs)
{
    public override GraphNode CreateNode(IReadOnlyList<GraphNode> inputs, nn.Module? module)
    {
        if (!Enum.IsDefined(Function))
            throw new GraphException(Name, $"there is no function {Function}.");
        var isRoot = Function is ScalarFunction.SquareRoot or ScalarFunction.InverseSquareRoot;
        if (isRoot ? !(Epsilon > 0 && double.IsFinite(Epsilon)) : Epsilon != 0)
            throw new GraphException(Name, $"its ε of {Epsilon} is not positive and finite, or has no meaning for {Function}.");
        if (isRoot && !NonNegative.Is(inputs[0]))
            throw new GraphException(Name, $"it takes a root of '{inputs[0].Name}', which may be negative.");
        return new ScalarFunctionNode(this, inputs[0]);
    }
}

namespace RobustPruning.Onnx.VnnLib;

/// <summary>Reads formulas and the linear terms in them.</summary>
/// <param name="tokens">The text.</param>
/// <param name="variables">The variables that are declared.</param>
internal sealed class FormulaReader(TokenReader tokens, IReadOnlyDictionary<string, ScriptVariable> variables)
{
    // Deeper than anybody writes, and far from the end of the stack.
    private const int DeepestNesting = 200;

    /// <summary>Reads the next formula.</summary>
    /// <exception cref="VnnLibException">It is none, or none that can be read.</exception>
    public Formula Read() => ReadFormula(0);

    private Formula ReadFormula(int depth)
    {
        var open = tokens.Read();
        RequireDepth(depth, open);
        if (!open.Opens)
            throw open.Place.Error($"a condition in parentheses should come here, not {open}.");
        var name = tokens.Read();
        switch (name.Text)
        {
            case "and":
                return new Conjunction(ReadUntilClosed(() => ReadFormula(depth + 1)), open.Place);
            case "or":
                return new Disjunction(ReadUntilClosed(() => ReadFormula(depth + 1)), open.Place);
            case "<=" or "<" or ">=" or ">" or "=":
                return Compare(name, ReadUntilClosed(() => ReadTerm(depth + 1)), open.Place);
            default:
                throw name.Place.Error($"a condition is 'and', 'or', '<=', '<', '>=', '>' or '=', not {name}.");
        }
    }

    private static Formula Compare(Token name, List<LinearTerm> terms, Place place)
    {
        if (terms.Count < 2)
            throw name.Place.Error($"{name} compares two terms, not {terms.Count}.");
        var pairs = terms.Zip(terms.Skip(1)).ToList();
        var strict = name.Text is "<" or ">";
        var rising = pairs.Select(pair => Difference(pair.First, pair.Second));
        var falling = pairs.Select(pair => Difference(pair.Second, pair.First));
        List<Formula> parts = [.. name.Text switch
        {
            "<=" or "<" => rising,
            ">=" or ">" => falling,
            _ => rising.Concat(falling),
        }];
        return parts.Count == 1 ? parts[0] : new Conjunction(parts, place);

        Formula Difference(LinearTerm less, LinearTerm more) =>
            new Comparison(new LinearTerm().Add(less, ExactDecimal.One).Add(more, -ExactDecimal.One), strict, place);
    }

    private LinearTerm ReadTerm(int depth)
    {
        var token = tokens.Read();
        RequireDepth(depth, token);
        if (!token.Opens)
            return variables.TryGetValue(token.Text, out var variable) ? LinearTerm.Of(variable)
                : ExactDecimal.TryParse(token.Text, out var number) ? LinearTerm.Of(number)
                : throw token.Place.Error($"a number or a declared variable should come here, not {token}.");
        var name = tokens.Read();
        if (name.Text is not ("+" or "-" or "*"))
            throw name.Place.Error($"a term is made with '+', '-' or '*', not with {name}.");
        var parts = ReadUntilClosed(() => ReadTerm(depth + 1));
        if (parts.Count == 0)
            throw name.Place.Error($"{name} has no terms.");
        return name.Text switch
        {
            "+" => parts.Aggregate(new LinearTerm(), (sum, part) => sum.Add(part, ExactDecimal.One)),
            "-" when parts.Count == 1 => new LinearTerm().Add(parts[0], -ExactDecimal.One),
            "-" => parts.Skip(1).Aggregate(
                new LinearTerm().Add(parts[0], ExactDecimal.One), (difference, part) => difference.Add(part, -ExactDecimal.One)),
            _ => parts.Aggregate((product, part) => Multiply(product, part, name)),
        };
    }

    private static LinearTerm Multiply(LinearTerm first, LinearTerm second, Token name) =>
        second.Coefficients.Count == 0 ? new LinearTerm().Add(first, second.Constant)
        : first.Coefficients.Count == 0 ? new LinearTerm().Add(second, first.Constant)
        : throw name.Place.Error(
            $"only linear terms can be read, and {first.Coefficients.Keys.First()} is multiplied with {second.Coefficients.Keys.First()}.");

    private List<T> ReadUntilClosed<T>(Func<T> read)
    {
        var parts = new List<T>();
        while (!tokens.Peek().Closes)
        {
            if (tokens.Peek() is { IsEnd: true } end)
                throw end.Place.Error("the text ends before a parenthesis is closed.");
            parts.Add(read());
        }

        tokens.Close();
        return parts;
    }

    private static void RequireDepth(int depth, Token token)
    {
        if (depth > DeepestNesting)
            throw token.Place.Error($"conditions are nested more than {DeepestNesting} deep.");
    }
}

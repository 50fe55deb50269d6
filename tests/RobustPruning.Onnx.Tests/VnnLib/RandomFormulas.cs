using System.Globalization;

namespace RobustPruning.Onnx.Tests.VnnLib;

/// <summary>Random conditions as text, with what they mean, computed apart from the reader.</summary>
internal sealed class RandomFormulas(Random random, int inputs, int outputs)
{
    /// <summary>A whole specification: variables, a box for every input, and conditions on inputs and outputs, nested.</summary>
    /// <returns>The text, and whether its assertions hold for inputs and outputs.</returns>
    public (string Text, Func<decimal[], decimal[], bool> Holds) Specification()
    {
        var lines = new List<string> { "; drawn at random" };
        lines.AddRange(Enumerable.Range(0, inputs).Select(input => $"(declare-const X_{input} Real)"));
        lines.AddRange(Enumerable.Range(0, outputs).Select(output => $"(declare-fun Y_{output} () Real)"));
        var conditions = new List<Func<decimal[], decimal[], bool>>();
        for (var input = 0; input < inputs; input++)
        {
            var (index, low, high) = (input, Number(), Number());
            (low, high) = (Math.Min(low, high), Math.Max(low, high));
            lines.Add($"(assert (and (>= X_{index} {Text(low)})\n\t(<= X_{index} {Text(high)}))) ; box");
            conditions.Add((x, _) => x[index] >= low && x[index] <= high);
        }

        for (var assertion = random.Next(1, 4); assertion > 0; assertion--)
        {
            var (text, holds) = Formula(random.Next(4));
            lines.Add($"(assert {text})");
            conditions.Add(holds);
        }

        return (string.Join('\n', lines), (x, y) => conditions.All(condition => condition(x, y)));
    }

    /// <summary>A number with one decimal, so that points often lie on edges.</summary>
    public decimal Number() => random.Next(-9, 10) / 10m;

    private (string Text, Func<decimal[], decimal[], bool> Holds) Formula(int depth)
    {
        if (depth == 0)
            return random.Next(3) == 0 ? Bound() : Row();
        (string Text, Func<decimal[], decimal[], bool> Holds)[] parts =
        [
            .. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Formula(depth - 1)),
        ];
        var all = random.Next(2) == 0;
        return ($"({(all ? "and" : "or")} {string.Join(' ', parts.Select(part => part.Text))})",
            (x, y) => all ? parts.All(part => part.Holds(x, y)) : parts.Any(part => part.Holds(x, y)));
    }

    private (string Text, Func<decimal[], decimal[], bool> Holds) Bound()
    {
        var (index, limit, factor) = (random.Next(inputs), Number(), random.Next(2) == 0 ? 1 : -2m);
        var left = factor == 1 ? $"X_{index}" : $"(* X_{index} (- 2))";
        return Comparison((left, (x, _) => factor * x[index]), (Text(limit), (_, _) => limit));
    }

    private (string Text, Func<decimal[], decimal[], bool> Holds) Row() => Comparison(Term(2), Term(random.Next(2)));

    private (string Text, Func<decimal[], decimal[], bool> Holds) Comparison(
        (string Text, Func<decimal[], decimal[], decimal> Value) left, (string Text, Func<decimal[], decimal[], decimal> Value) right)
    {
        var name = new[] { "<=", ">=", "<", ">", "=" }[random.Next(100) < 90 ? random.Next(4) : 4];
        return ($"({name} {left.Text} {right.Text})", (x, y) => (name, left.Value(x, y).CompareTo(right.Value(x, y))) switch
        {
            ("<=", var sign) => sign <= 0,
            (">=", var sign) => sign >= 0,
            ("<", var sign) => sign < 0,
            (">", var sign) => sign > 0,
            (_, var sign) => sign == 0,
        });
    }

    private (string Text, Func<decimal[], decimal[], decimal> Value) Term(int depth)
    {
        if (depth == 0 || random.Next(3) == 0)
        {
            var index = random.Next(outputs);
            return random.Next(3) == 0 && Number() is var number ? (Text(number), (_, _) => number) : ($"Y_{index}", (_, y) => y[index]);
        }

        (string Text, Func<decimal[], decimal[], decimal> Value) first = Term(depth - 1), second = Term(depth - 1);
        switch (random.Next(4))
        {
            case 0:
                return ($"(+ {first.Text} {second.Text} 0.3)", (x, y) => first.Value(x, y) + second.Value(x, y) + 0.3m);
            case 1:
                return ($"(- {first.Text} {second.Text})", (x, y) => first.Value(x, y) - second.Value(x, y));
            case 2:
                return ($"(- {first.Text})", (x, y) => -first.Value(x, y));
            default:
                var factor = Number();
                return ($"(* {Text(factor)} {first.Text} 2)", (x, y) => factor * first.Value(x, y) * 2);
        }
    }

    private string Text(decimal number) => random.Next(4) switch
    {
        0 when number < 0 => $"(- {(-number).ToString(CultureInfo.InvariantCulture)})",
        1 => (number * 10).ToString("0", CultureInfo.InvariantCulture) + "E-1",
        2 => number.ToString("0.000", CultureInfo.InvariantCulture),
        _ => number.ToString(CultureInfo.InvariantCulture),
    };
}

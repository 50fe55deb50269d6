using System.Globalization;

namespace RobustPruning.Onnx.VnnLib;

/// <summary>Reads a text command by command.</summary>
internal sealed class ScriptReader
{
    private readonly Dictionary<string, ScriptVariable> _variables = [];
    private readonly List<Formula> _assertions = [];
    private readonly TokenReader _tokens;
    private readonly FormulaReader _formulas;

    // The command that ended the question; null before.
    private string? _asked;

    private ScriptReader(string text)
    {
        _tokens = new TokenReader(text);
        _formulas = new FormulaReader(_tokens, _variables);
    }

    /// <summary>Reads a text.</summary>
    /// <exception cref="VnnLibException">The text is no specification that can be read.</exception>
    public static Script Read(string text) => new ScriptReader(text).Read();

    private Script Read()
    {
        for (var open = _tokens.Read(); !open.IsEnd; open = _tokens.Read())
        {
            if (!open.Opens)
                throw open.Place.Error($"a command in parentheses should come here, not {open}.");
            try
            {
                ReadCommand();
            }
            catch (OverflowException error)
            {
                throw open.Place.Error(error.Message);
            }
        }

        return new Script(CountOf(isOutput: false), CountOf(isOutput: true), new Conjunction(_assertions, new Place(1, 1)));
    }

    private void ReadCommand()
    {
        var name = _tokens.Read();
        switch (name.Text)
        {
            case "declare-const" or "declare-fun" or "assert" when _asked is not null:
                throw name.Place.Error($"{name} comes after '{_asked}', where it is part of no question.");
            case "declare-const":
                Declare();
                _tokens.Close();
                break;
            case "declare-fun":
                Declare(function: true);
                _tokens.Close();
                break;
            case "assert":
                _assertions.Add(_formulas.Read());
                _tokens.Close();
                break;
            case "check-sat" or "exit":
                _asked = name.Text;
                Skip();
                break;
            case "set-logic" or "set-info" or "set-option" or "get-model":
                Skip();
                break;
            default:
                throw name.Place.Error($"a command is 'declare-const' or 'assert', not {name}.");
        }
    }

    /// <summary>A variable is a constant, or a function of nothing.</summary>
    private void Declare(bool function = false)
    {
        var name = _tokens.Read();
        if (VariableOf(name.Text) is not { } variable)
            throw name.Place.Error($"variables are X_0, X_1, ... for inputs and Y_0, Y_1, ... for outputs, but this is {name}.");
        if (!_variables.TryAdd(name.Text, variable))
            throw name.Place.Error($"{name} is declared a second time.");
        if (function)
        {
            if (_tokens.Read() is { Opens: false } odd)
                throw odd.Place.Error($"'()' should come here, not {odd}.");
            _tokens.Close();
        }

        var type = _tokens.Read();
        if (type.Text != "Real")
            throw type.Place.Error($"variables are of the type Real, not {type}.");
    }

    private static ScriptVariable? VariableOf(string name) =>
        name is ['X' or 'Y', '_', .. var digits]
        && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
        && (digits[0] != '0' || digits.Length == 1)
            ? new ScriptVariable(name[0] == 'Y', index)
            : null;

    private void Skip()
    {
        for (var depth = 1; depth > 0;)
        {
            var token = _tokens.Read();
            if (token.IsEnd)
                throw token.Place.Error("the text ends before a parenthesis is closed.");
            depth += token.Opens ? 1 : token.Closes ? -1 : 0;
        }
    }

    private int CountOf(bool isOutput)
    {
        var count = _variables.Values.Count(variable => variable.IsOutput == isOutput);
        for (var index = 0; index < Math.Max(count, 1); index++)
        {
            if (!_variables.ContainsKey(new ScriptVariable(isOutput, index).ToString()))
                throw new VnnLibException(
                    $"{new ScriptVariable(isOutput, index)} is not "
                    + $"declared{(count == 0 ? string.Empty : $", though {count} such variables are")}.");
        }

        return count;
    }
}

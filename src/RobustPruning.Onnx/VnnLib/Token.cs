namespace RobustPruning.Onnx.VnnLib;

/// <summary>A parenthesis, a symbol or a number; empty at the end of the text.</summary>
internal readonly record struct Token(string Text, Place Place)
{
    private const int LongestShown = 40;

    /// <summary>Whether it is "(".</summary>
    public bool Opens => Text == "(";

    /// <summary>Whether it is ")".</summary>
    public bool Closes => Text == ")";

    /// <summary>Whether the text has ended.</summary>
    public bool IsEnd => Text.Length == 0;

    /// <summary>The token in words, for a message.</summary>
    public override string ToString() =>
        IsEnd ? "the end of the text"
        : Text.Length > LongestShown ? $"'{Text[..LongestShown]}...'"
        : $"'{Text}'";
}

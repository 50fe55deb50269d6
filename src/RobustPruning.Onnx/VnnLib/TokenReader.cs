namespace RobustPruning.Onnx.VnnLib;

/// <summary>Cuts a text into tokens; comments run from a semicolon to the end of the line.</summary>
internal sealed class TokenReader(string text)
{
    private int _position;
    private int _line = 1;
    private int _lineStart;
    private Token? _next;

    /// <summary>The next token, which stays the next.</summary>
    public Token Peek() => _next ??= Scan();

    /// <summary>The next token.</summary>
    public Token Read()
    {
        var token = Peek();
        _next = null;
        return token;
    }

    /// <summary>Reads ")".</summary>
    /// <exception cref="VnnLibException">Something else comes.</exception>
    public void Close()
    {
        var token = Read();
        if (!token.Closes)
            throw token.Place.Error($"')' should come here, not {token}.");
    }

    private Token Scan()
    {
        SkipSpace();
        var place = new Place(_line, _position - _lineStart + 1);
        if (_position == text.Length)
            return new Token(string.Empty, place);
        var start = _position++;
        switch (text[start])
        {
            case '(':
                return new Token("(", place);
            case ')':
                return new Token(")", place);
            case '"' or '|':
                var end = text.IndexOf(text[start], _position);
                if (end < 0)
                    throw place.Error($"the text that begins with {text[start]} has no end.");
                for (; _position <= end; _position++)
                    CountLine();
                return new Token(text[start.._position], place);
        }

        while (_position < text.Length && !IsSpace(text[_position]) && text[_position] is not ('(' or ')' or ';' or '"' or '|'))
            _position++;
        return new Token(text[start.._position], place);
    }

    private void SkipSpace()
    {
        for (; _position < text.Length; _position++)
        {
            if (text[_position] == ';')
                _position = text.IndexOf('\n', _position) is >= 0 and var end ? end : text.Length - 1;
            else if (!IsSpace(text[_position]))
                return;
            CountLine();
        }
    }

    private void CountLine()
    {
        if (text[_position] == '\n')
            (_line, _lineStart) = (_line + 1, _position + 1);
    }

    private static bool IsSpace(char character) => character is ' ' or '\t' or '\r' or '\n' or '\f' or '\uFEFF';
}

namespace OpenRouter.Byok.Client;

/// <summary>The windows of a text: every run of the given length, from first to last, each computed in a few steps.</summary>
internal ref struct TextWindows
{
    internal const int MaximumLength = 8;

    private const int BitsOfCharacter = 16;
    private const int CharactersInHalf = 4;

    private readonly ReadOnlySpan<char> _text;
    private readonly int _length;
    private readonly ulong _highMask;
    private readonly ulong _lowMask;
    private ulong _high;
    private ulong _low;
    private int _end;

    /// <param name="text">The text.</param>
    /// <param name="length">The length of a window, 1 to 8.</param>
    internal TextWindows(ReadOnlySpan<char> text, int length)
    {
        _text = text;
        _length = length;
        _lowMask = MaskOf(Math.Min(length, CharactersInHalf));
        _highMask = MaskOf(Math.Max(0, length - CharactersInHalf));
    }

    internal readonly TextWindow Current => new(_high & _highMask, _low & _lowMask);

    /// <summary>Where the present window starts.</summary>
    internal readonly int Start => _end - _length;

    internal bool MoveNext()
    {
        do
        {
            if (_end == _text.Length)
            {
                return false;
            }

            _high = (_high << BitsOfCharacter) | (_low >> ((CharactersInHalf - 1) * BitsOfCharacter));
            _low = (_low << BitsOfCharacter) | _text[_end++];
        }
        while (_end < _length);
        return true;
    }

    private static ulong MaskOf(int characters) => characters == 0 ? 0 : ulong.MaxValue >> ((CharactersInHalf - characters) * BitsOfCharacter);
}

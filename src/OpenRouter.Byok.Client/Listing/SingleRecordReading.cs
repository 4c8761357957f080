namespace OpenRouter.Byok.Client;

/// <summary>Reads a list whose server returns one record for each page: again and again, until a reading is confirmed.</summary>
/// <remarks>
/// Such pages cannot overlap, so a reading cannot show that the list moved under it. The next reading can: a deleted
/// record does not come back, so if it finds all records of the last one again, none of them was deleted during the last
/// one. Each of them was read at the offset that is the number of those before it, so no other record was before it then;
/// and the last reading went on to an empty page. So it missed nothing that lasts. This needs the pages of a reading one
/// after the other.
/// </remarks>
internal sealed class SingleRecordReading
{
    private readonly long _start;
    private IdSet? _previous;
    private IdSet _current = new();
    private bool _previousRepeats;
    private bool _repeats;
    private int _confirmed;

    /// <param name="start">The offset at which the list is read from.</param>
    internal SingleRecordReading(long start) => Offset = _start = start;

    /// <summary>The offset to read next.</summary>
    internal long Offset { get; private set; }

    /// <summary>Takes the page at the offset.</summary>
    /// <param name="id">The id of its record; <see langword="null"/> if it is empty.</param>
    /// <returns>Whether a reading is confirmed, so that nothing is missing.</returns>
    internal bool Take(string? id)
    {
        if (id is null)
        {
            bool isEmpty = Offset == _start;
            (_previous, _previousRepeats) = (_current, _repeats);
            (_current, _repeats, _confirmed, Offset) = (new IdSet(), false, 0, _start);
            return isEmpty;
        }

        Offset++;
        if (!_current.Add(id))
        {
            _repeats = true;
        }
        else if (_previous?.Contains(id) == true)
        {
            _confirmed++;
        }

        return _confirmed == _previous?.Count && !_previousRepeats;
    }
}

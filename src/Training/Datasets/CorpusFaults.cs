namespace Emotion.Training.Datasets;

/// <summary>Something that is wrong with a corpus of one's own.</summary>
/// <param name="Row">Line of <c>labels.csv</c> that the row begins at, 1 for the heading, as editors count; 0 where it is none of a row.</param>
/// <param name="Column"><c>clip</c>, <c>emotion</c> or <c>subject</c>; empty for the whole row.</param>
/// <param name="What">For the person who wrote the table.</param>
public sealed record CorpusFault(int Row, string Column, string What)
{
    public override string ToString() => (Row, Column) switch
    {
        (0, _) => What,
        (_, "") => $"row {Row}: {What}",
        _ => $"row {Row}, column {Column}: {What}",
    };
}

/// <summary>All that is wrong, so that nobody has to mend one fault to be told the next; the first ones are kept, the rest are counted.</summary>
/// <param name="limit">So many are kept.</param>
public sealed class CorpusFaults(int limit)
{
    private readonly List<CorpusFault> _kept = [];
    private int _more;

    public IReadOnlyList<CorpusFault> Kept => _kept;

    public void Add(int row, string column, string what)
    {
        if (_kept.Count < limit)
        {
            _kept.Add(new CorpusFault(row, column, what));
        }
        else
        {
            _more++;
        }
    }

    /// <exception cref="CorpusException">Something is wrong: all of it, a line each, in the order of the rows.</exception>
    public void ThrowIfAny(string corpus)
    {
        if (_kept.Count > 0)
        {
            var lines = _kept.OrderBy(fault => fault.Row == 0 ? int.MaxValue : fault.Row).Select(fault => "  " + fault);
            var more = _more > 0 ? $"\n  and {_more} more" : "";
            throw new CorpusException($"The corpus '{corpus}' cannot be used:\n{string.Join('\n', lines)}{more}");
        }
    }
}

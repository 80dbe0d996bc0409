using System.Text;
using Emotion.Training.Datasets;

namespace Emotion.Training.Tests.Own;

public class LabelTableTests
{
    private readonly CorpusFaults _faults = new(10);

    [Theory]
    [InlineData("clip,emotion,subject\na.wav,happy,Anna\n")]
    [InlineData("clip,emotion,subject\r\na.wav,happy,Anna")]
    [InlineData("\uFEFFclip,emotion,subject\n\n\r\na.wav,happy,Anna\n\n")]
    [InlineData("Clip , EMOTION,subject\n\"a.wav\",\"happy\", Anna \n")]
    public void Read_TablesThatSayTheSame_GiveTheSameRow(string text)
    {
        var row = Assert.Single(Read(text));

        Assert.Equal(("a.wav", "happy", "Anna"), (row.Clip, row.Emotion, row.Subject));
        Assert.Empty(_faults.Kept);
    }

    [Fact]
    public void Read_QuotedFields_KeepCommasQuotesAndLines()
    {
        var rows = Read("clip,emotion,subject\n\"a, \"\"b\"\".wav\",sad,\"Anna\nMaria\"\nc.wav,sad,Bo\n");

        Assert.Equal([(2, "a, \"b\".wav", "Anna\nMaria"), (4, "c.wav", "Bo")], rows.Select(row => (row.Row, row.Clip, row.Subject)));
    }

    [Theory]
    [InlineData("", "row 1: labels.csv is empty")]
    [InlineData("\n\n", "row 1: labels.csv is empty")]
    [InlineData("file;emotion;subject\n", "row 1: the first row must be 'clip,emotion,subject', not 'file;emotion;subject'")]
    [InlineData("clip,emotion\n", "row 1: the first row must be")]
    [InlineData("clip,emotion,subject\n\na.wav,happy\n", "row 3: 2 fields where there must be 3")]
    [InlineData("clip,emotion,subject\na,b.wav,happy,Anna\n", "row 2: 4 fields")]
    [InlineData("clip,emotion,subject\na.wav,\"happy,Anna\nb.wav,sad,Bo\n", "row 2, column emotion: the quote that it begins with is never closed")]
    [InlineData("clip,emotion,subject\na.wav,\"happy\" ,Anna\n", "row 2, column emotion: something follows the closing quote")]
    [InlineData("clip,emotion,subject\na.wav,happy,An\"na\n", "row 2, column subject: a quote within a field")]
    public void Read_FaultyTable_SaysRowAndColumn(string text, string said)
    {
        Read(text);

        Assert.StartsWith(said, Assert.Single(_faults.Kept).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FaultyRow_KeepsTheRowsBehindIt() =>
        Assert.Equal([2, 4], Read("clip,emotion,subject\na.wav,sad,Anna\nb\"c,sad,Anna\nd.wav,sad,Anna\n").Select(row => row.Row));

    [Fact]
    public void Read_OtherEncoding_SaysWhichIsWanted()
    {
        LabelTable.Read(Encoding.Latin1.GetBytes("clip,emotion,subject\na.wav,happy,Jörg\n"), _faults);

        Assert.Contains("not UTF-8", Assert.Single(_faults.Kept).ToString(), StringComparison.Ordinal);
    }

    private IReadOnlyList<LabelRow> Read(string text) => LabelTable.Read(Encoding.UTF8.GetBytes(text), _faults);
}

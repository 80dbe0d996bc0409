using Grpc.Core;
using Grpc.Wire;

namespace Emotion.Compat.Grpc.Tests;

public class WireTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("100 %", "100 %25")]
    [InlineData("\t\n☺", "%09%0A%E2%98%BA")]
    [InlineData("😈", "%F0%9F%98%88")]
    public void Message_EncodedAndDecoded_IsTheSame(string message, string encoded)
    {
        Assert.Equal(encoded, HeaderText.EncodeMessage(message));
        Assert.Equal(message, HeaderText.DecodeMessage(encoded));
    }

    [Theory]
    [InlineData("50 % of")]
    [InlineData("%")]
    [InlineData("%4")]
    [InlineData("%zz")]
    public void Message_WithInvalidEscape_StaysAsItIs(string text) => Assert.Equal(text, HeaderText.DecodeMessage(text));

    [Theory]
    [InlineData(10_000, "1000u")]
    [InlineData(10_000_000L, "1000000u")]
    [InlineData(10_000_000L * 100, "100000m")]
    [InlineData(1, "1u")]
    [InlineData(-5, "1u")]
    public void Timeout_Formatted_HasTheFinestUnitThatFits(long ticks, string expected) =>
        Assert.Equal(expected, HeaderText.FormatTimeout(TimeSpan.FromTicks(ticks)));

    [Fact]
    public void Timeout_OfAnyLength_IsReadBackWithoutBecomingShorter()
    {
        for (var ticks = 10L; ticks < TimeSpan.MaxValue.Ticks / 20; ticks = (ticks * 7) + 3)
        {
            var timeout = TimeSpan.FromTicks(ticks);
            var text = HeaderText.FormatTimeout(timeout);
            var back = HeaderText.ParseTimeout(text)!.Value;
            Assert.True(text.Length <= 9, text);
            Assert.True(back >= timeout && back.Ticks <= timeout.Ticks * 1.01 + 10, $"{timeout} became {back} by {text}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("-5S")]
    [InlineData("123456789S")]
    [InlineData("5x")]
    public void Timeout_ThatIsNone_IsNotRead(string text) => Assert.Null(HeaderText.ParseTimeout(text));

    [Fact]
    public void BinaryValues_PaddedOrNotOrTogether_AreRead()
    {
        var metadata = new Metadata();
        HeaderText.Add(metadata, "a-bin", "q6ur, AQ==,AQ");
        Assert.Equal([[0xAB, 0xAB, 0xAB], [1], [1]], metadata.GetAll("a-bin").Select(entry => entry.ValueBytes));
    }

    [Fact]
    public void BinaryValue_ThatIsNoBase64_IsRefused() =>
        Assert.Throws<RpcException>(() => HeaderText.Add([], "a-bin", "***"));

    [Fact]
    public void Metadata_Keys_AreLowerCaseAndChecked()
    {
        var metadata = new Metadata { { "X-Name", "value" } };
        Assert.Equal("x-name", metadata[0].Key);
        Assert.Equal("value", metadata.GetValue("x-NAME"));
        Assert.Throws<ArgumentException>(() => metadata.Add("white space", "value"));
        Assert.Throws<ArgumentException>(() => metadata.Add("bytes-bin", "text"));
        Assert.Throws<ArgumentException>(() => metadata.Add("text", new byte[1]));
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("a", "b"));
    }
}

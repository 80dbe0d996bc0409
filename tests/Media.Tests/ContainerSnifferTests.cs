using System.Text;

namespace Emotion.Media.Tests;

public sealed class ContainerSnifferTests
{
    [Theory]
    [InlineData("0000001C 66747970 69736F6D 00000200", "mp4")]
    [InlineData("00000014 66747970 71742020 00000200", "mov")]
    [InlineData("00000008 77696465 00001234 6D646174", "mov")]
    [InlineData("00001234 6D6F6F76 0000006C 6D766864", "mov")]
    [InlineData("1A45DFA3 9F428681 0142F781 0142F281 0442F381 08428284 7765626D", "webm")]
    [InlineData("1A45DFA3 A3428681 0142F781 0142F281 0442F381 08428288 6D617472 6F736B61", "mkv")]
    [InlineData("52494646 24080000 41564920 4C495354", "avi")]
    [InlineData("52494646 24080000 57415645 666D7420", "wav")]
    [InlineData("52463634 FFFFFFFF 57415645 64733634", "wav")]
    [InlineData("464C5601 05000000 09000000 00120000", "flv")]
    [InlineData("4F676753 00020000 00000000 00000000", "ogg")]
    [InlineData("664C6143 00000022 10001000 00000000", "flac")]
    [InlineData("49443304 00000000 00235453 53450000", "mp3")]
    [InlineData("FFFB9064 00000000 00000000 00000000", "mp3")]
    public void Header_OfAnAllowedContainer_IsKnown(string hex, string name) =>
        Assert.Equal(name, ContainerSniffer.Sniff(Convert.FromHexString(hex.Replace(" ", string.Empty, StringComparison.Ordinal)))?.Name);

    [Theory]
    [InlineData("#EXTM3U\n#EXT-X-VERSION:3\n")]
    [InlineData("ffconcat version 1.0\nfile x\n")]
    [InlineData("<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\">")]
    [InlineData("<?xml version=\"1.0\"?>\n<MPD>")]
    [InlineData("v=0\no=- 0 0 IN IP4 127.0.0.1\n")]
    [InlineData("\uFEFF#EXTM3U\n#EXT-X-VERSION:3\n")]
    [InlineData("RIFF\u0004\u0000\u0000\u0000WEBPVP8 ")]
    [InlineData("\u0000\u0000\u0000\u0018ftypavif\u0000\u0000\u0000\u0000")]
    [InlineData("GIF89a and more bytes")]
    [InlineData("short")]
    [InlineData("")]
    public void Header_OfAnythingElse_IsRefused(string text)
    {
        Assert.Null(ContainerSniffer.Sniff(Encoding.UTF8.GetBytes(text)));
        var refusal = Assert.Throws<MediaRefusedException>(() => ContainerSniffer.Require(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(MediaRefusal.UnsupportedContainer, refusal.Reason);
    }
}

namespace Emotion.Media.Tests;

public sealed class SoundCoderTests(MediaFixture media) : IClassFixture<MediaFixture>
{
    private const int Rate = AudioDecoder.SampleRate;

    [Theory]
    [InlineData(SoundCodec.Telephone, 1000, 0)]
    [InlineData(SoundCodec.Telephone, 100, -36)]
    [InlineData(SoundCodec.Telephone, 7000, -60)]
    [InlineData(SoundCodec.Mp3, 1000, 0)]
    [InlineData(SoundCodec.Mp3, 3000, 0)]
    public async Task Pass_ATone_KeepsWhatTheCodecKeeps(SoundCodec codec, int hertz, int decibels)
    {
        var tone = Tone(hertz);

        var passed = await new SoundCoder(media.Guard).PassAsync(tone, codec, TestContext.Current.CancellationToken);

        Assert.InRange(passed.Length, Rate - 200, Rate + 2000);
        var change = 20 * Math.Log10(Level(passed) / Level(tone));
        if (decibels == 0)
        {
            Assert.Equal(0, change, 0.5);
        }
        else
        {
            Assert.True(change < decibels, $"{hertz} Hz came through at {change:F1} dB");
        }

        Assert.Empty(media.Leftovers());
    }

    [Fact]
    public async Task Pass_ThroughMp3_StaysInPlace()
    {
        // A burst in the middle of silence: a codec's delay would move it.
        var burst = new short[Rate];
        Tone(800).AsSpan(0, 1600).CopyTo(burst.AsSpan(8000));

        var passed = await new SoundCoder(media.Guard).PassAsync(burst, SoundCodec.Mp3, TestContext.Current.CancellationToken);

        Assert.True(Level(passed[8000..9600]) > 20 * Level([.. passed[..7000], .. passed[10_600..]]));
    }

    private static short[] Tone(int hertz) =>
        [.. Enumerable.Range(0, Rate).Select(i => (short)Math.Round(8000 * Math.Sin(2 * Math.PI * hertz * i / Rate)))];

    // Without the edges, where filters settle.
    private static double Level(short[] samples) => Math.Sqrt(samples[200..^200].Average(value => (double)value * value));
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Emotion.Media.Tests;

public sealed class DecoderTests(MediaFixture media) : IClassFixture<MediaFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PictureFormat.Png, "png")]
    [InlineData(PictureFormat.Jpeg, "jpg")]
    public async Task Pictures_OfKnownColours_ComeBackInOrder(PictureFormat format, string extension)
    {
        var red = await PictureAsync($"red.{extension}", "red", "48x36");
        var blue = await PictureAsync($"blue.{extension}", "blue", "96x72");
        var pictures = await DecodeAsync([red, blue, blue, red], format, PixelLayout.Rgb, 48, 36);

        Assert.Equal([0, 1, 2, 3], pictures.Select(picture => picture.Index));
        Assert.Equal(["red", "blue", "blue", "red"], pictures.Select(picture => picture.Pixels[0] > 240 ? "red" : "blue"));
        Assert.All(pictures, picture => Assert.Equal(48 * 36 * 3, picture.Pixels.Length));
        Assert.All(pictures, picture => Assert.True(picture.Pixels[1] < 15 && Math.Min(picture.Pixels[0], picture.Pixels[2]) < 15));
    }

    [Fact]
    public async Task GrayPicture_DecodedToGray_KeepsItsValues()
    {
        // A ramp from left to right: value = 5 x column.
        var path = await media.Clips.MakeAsync("ramp.png", "-f lavfi -i nullsrc=s=48x48:d=1 -vf format=gray,geq=lum=X*5 -frames:v 1");
        var picture = Assert.Single(await DecodeAsync([await File.ReadAllBytesAsync(path, Token)], PictureFormat.Png, PixelLayout.Gray, 48, 48));
        for (var i = 0; i < picture.Pixels.Length; i++)
        {
            Assert.Equal(i % 48 * 5, picture.Pixels[i]);
        }
    }

    [Fact]
    public async Task DamagedPicture_AmongGoodOnes_IsRefused()
    {
        var good = await PictureAsync("good.png", "red", "48x48");
        var damaged = good.ToArray();
        damaged.AsSpan(20).Clear();
        var refusal = await Assert.ThrowsAsync<MediaRefusedException>(
            () => DecodeAsync([good, damaged, good], PictureFormat.Png, PixelLayout.Gray, 48, 48));
        Assert.Equal(MediaRefusal.Damaged, refusal.Reason);
    }

    [Fact]
    public async Task PictureOfAnotherFormat_IsRefusedByItsPlace()
    {
        var png = await PictureAsync("other.png", "red", "48x48");
        var jpeg = await PictureAsync("other.jpg", "red", "48x48");
        var refusal = await Assert.ThrowsAsync<MediaRefusedException>(
            () => DecodeAsync([png, jpeg], PictureFormat.Png, PixelLayout.Gray, 48, 48));
        Assert.Contains("Picture 1", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_ReadOnlyInPart_EndTheProcessAndTheSource()
    {
        var red = await PictureAsync("part.png", "red", "48x48");
        var ended = false;
        async IAsyncEnumerable<ReadOnlyMemory<byte>> Endless()
        {
            try
            {
                while (true)
                {
                    await Task.Yield();
                    yield return red;
                }
            }
            finally
            {
                ended = true;
            }
        }

        await foreach (var picture in new PictureDecoder(media.Guard).DecodeAsync(Endless(), PictureFormat.Png, PixelLayout.Gray, 48, 48, Token))
        {
            if (picture.Index == 10)
            {
                break;
            }
        }

        Assert.True(ended);
    }

    [Fact]
    public async Task NoPictures_GiveNone() =>
        Assert.Empty(await DecodeAsync([], PictureFormat.Png, PixelLayout.Gray, 48, 48));

    [Fact]
    public async Task Sound_OfEveryRateAndLayout_IsTheSameMono()
    {
        const string Tone = "-f lavfi -i sine=f=440:r=48000:d=2";
        var mono = await SoundAsync("mono16.wav", Tone + " -ar 16000 -ac 1");
        Assert.Equal(32_000, mono.Length);
        foreach (var (name, arguments) in new[] { ("mono48.wav", "-ac 1"), ("stereo48.flac", "-af pan=stereo|c0=c0|c1=c0"), ("stereo44.wav", "-af pan=stereo|c0=c0|c1=c0 -ar 44100 -c:a pcm_s24le") })
        {
            var other = await SoundAsync(name, $"{Tone} {arguments}");
            Assert.InRange(other.Length, 31_990, 32_010);
            // The ends hold the filters' transients.
            Assert.All(Enumerable.Range(500, 31_000), i => Assert.Equal(mono[i], other[i], 0.01f));
        }
    }

    [Fact]
    public async Task Flac_At16KilohertzMono_KeepsEverySample()
    {
        var wav = await media.Clips.MakeAsync("exact.wav", "-f lavfi -i anoisesrc=r=16000:d=1:seed=1 -c:a pcm_s16le");
        var flac = await media.Clips.MakeAsync("exact.flac", $"-i {wav} -c:a flac");
        var bytes = await File.ReadAllBytesAsync(wav, Token);
        var expected = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, short>(bytes.AsSpan(bytes.Length - 32_000)).ToArray();

        Assert.Equal(expected, await new AudioDecoder(media.Guard).DecodeSamplesAsync(flac, Token));
        Assert.Equal(expected[77] / 32768f, (await new AudioDecoder(media.Guard).DecodeAsync(flac, Token))[77]);
    }

    [Fact]
    public async Task InterlacedPictures_AreDeinterlaced()
    {
        // Vertical bars that move sideways: interlaced, odd and even lines come from different times and comb.
        var path = await media.Clips.MakeAsync(
            "interlaced.mkv",
            "-f lavfi -i color=black:s=160x120:r=50:d=2 -vf geq=lum='255*mod(floor((X+8*N)/20)\\,2)':cb=128:cr=128,interlace=lowpass=off -c:v libx264 -x264opts tff=1 -pix_fmt yuv420p");
        var combing = 0.0;
        await foreach (var frame in new SegmentDecoder(media.Guard).DecodeAsync(path, "matroska", 0, 0, 2, new PictureSampling(5, 160), Token))
        {
            using (frame)
            {
                combing = Math.Max(combing, Combing(frame));
            }
        }

        // 102 of 255 without deinterlacing, 0 with it.
        Assert.InRange(combing, 0, 5);
    }

    [Fact]
    public async Task Segment_ThatIsOutOfRange_IsTheCallersFault()
    {
        var decoder = new SegmentDecoder(media.Guard);
        await Assert.ThrowsAsync<ArgumentException>(() => FirstAsync(decoder.DecodeAsync("x", "concat", 0, 0, 1, new PictureSampling(5, 64), Token)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => FirstAsync(decoder.DecodeAsync("x", "mov", 0, 0, double.NaN, new PictureSampling(5, 64), Token)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => FirstAsync(decoder.DecodeAsync("x", "mov", 0, 0, 1, new PictureSampling(0, 64), Token)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => FirstAsync(decoder.DecodeAsync("x", "mov", 0, 0, 1, new PictureSampling(5, 8), Token)));
    }

    [Fact]
    public async Task Segment_LongerThanThisHostAllows_IsRefusedByTheNameOfTheOption()
    {
        var decoder = new SegmentDecoder(media.Guard);

        var refusal = await Assert.ThrowsAsync<MediaRefusedException>(
            () => FirstAsync(decoder.DecodeAsync("x", "mov", 20, 600, 640.5, new PictureSampling(5, 64), Token)));

        Assert.Equal(MediaRefusal.TooLong, refusal.Reason);
        Assert.Equal("The segment is too long: from its key frame on it has 620.5 s; Media:MaximumSeconds allows 600 s.", refusal.Message);
    }

    [Fact]
    public async Task Segment_EmptyStretch_GivesNothingWhereverItsKeyFrameIs() =>
        Assert.False(await new SegmentDecoder(media.Guard).DecodeAsync("x", "mov", 20, 900, 900, new PictureSampling(5, 64), Token).AnyAsync(Token));

    [Fact]
    public async Task AddMedia_TakesItsLimitsFromConfigurationAndChecksThem()
    {
        await using var good = Services("600");
        Assert.Equal(600, good.GetRequiredService<FFMpegGuard>().Options.MaximumSeconds);
        Assert.NotNull(good.GetRequiredService<ClipSplitter>());

        await using var bad = Services("0");
        Assert.Throws<OptionsValidationException>(() => bad.GetRequiredService<FFMpegGuard>());
    }

    private ServiceProvider Services(string seconds) => new ServiceCollection()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Media:MaximumSeconds"] = seconds, ["Media:WorkFolder"] = media.WorkFolder })
            .Build())
        .AddMedia()
        .BuildServiceProvider();

    /// <summary>Mean difference of a line from the mean of its neighbours.</summary>
    private static double Combing(VideoFrame frame)
    {
        var pixels = frame.Pixels.Span;
        var stride = frame.Width * 3;
        var sum = 0.0;
        for (var i = stride; i < pixels.Length - stride; i += 3)
        {
            sum += Math.Abs(pixels[i] - ((pixels[i - stride] + pixels[i + stride]) / 2.0));
        }

        return sum / (frame.Width * (frame.Height - 2));
    }

    private static async Task FirstAsync(IAsyncEnumerable<VideoFrame> frames)
    {
        await foreach (var frame in frames)
        {
            frame.Dispose();
        }
    }

    private async Task<byte[]> PictureAsync(string name, string colour, string size) =>
        await File.ReadAllBytesAsync(await media.Clips.MakeAsync(name, $"-f lavfi -i color={colour}:s={size}:d=1 -frames:v 1 -q:v 2"), Token);

    private async Task<float[]> SoundAsync(string name, string arguments) =>
        await new AudioDecoder(media.Guard).DecodeAsync(await media.Clips.MakeAsync(name, arguments), Token);

    private async Task<List<Picture>> DecodeAsync(IEnumerable<byte[]> pictures, PictureFormat format, PixelLayout layout, int width, int height) =>
        await new PictureDecoder(media.Guard)
            .DecodeAsync(pictures.Select(bytes => (ReadOnlyMemory<byte>)bytes).ToAsyncEnumerable(), format, layout, width, height, Token)
            .ToListAsync(Token);
}

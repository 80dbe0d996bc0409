using System.IO.Compression;

namespace Emotion.Media.Tests;

[Trait("needs", "corpus")]
public sealed class CorpusTests : IDisposable
{
    private readonly FFMpegGuard _guard = new(new MediaOptions());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _guard.Dispose();

    [Fact]
    public async Task PictureDecoder_Fer2013Test_DecodesEveryPicture()
    {
        var count = 0;
        var sum = 0L;
        await foreach (var picture in new PictureDecoder(_guard).DecodeAsync(
            Zip("fer2013.zip", "test/", ".jpg"), PictureFormat.Jpeg, PixelLayout.Gray, 48, 48, Token))
        {
            Assert.Equal(count++, picture.Index);
            Assert.Equal(48 * 48, picture.Pixels.Length);
            sum += picture.Pixels.Sum(pixel => (long)pixel);
        }

        Assert.Equal(3589, count);
        Assert.InRange(sum / (count * 48.0 * 48), 100, 150);
    }

    [Fact]
    public async Task PictureDecoder_Ck48_DecodesEveryPicture()
    {
        var count = 0;
        await foreach (var picture in new PictureDecoder(_guard).DecodeAsync(
            Zip("ck48.zip", string.Empty, ".png"), PictureFormat.Png, PixelLayout.Gray, 48, 48, Token))
        {
            Assert.InRange(picture.Pixels.Average(pixel => pixel), 10, 245);
            count++;
        }

        Assert.Equal(981, count);
    }

    [Fact]
    public async Task PictureDecoder_CkPlus_KeepsTheFullSize()
    {
        var count = 0;
        await foreach (var picture in new PictureDecoder(_guard).DecodeAsync(
            Zip("ckplus-sequences.zip", string.Empty, ".jpg"), PictureFormat.Jpeg, PixelLayout.Rgb, 640, 490, Token))
        {
            Assert.Equal(640 * 490 * 3, picture.Pixels.Length);
            count++;
        }

        Assert.Equal(684, count);
    }

    [Fact]
    public async Task AudioDecoder_RavdessFlac_GivesItsSamples()
    {
        var path = Path.Combine(Corpus.Data, "ravdess/speech/Actor_01/03-01-01-01-01-01-01.flac");
        var samples = await new AudioDecoder(_guard).DecodeAsync(path, Token);

        Assert.InRange(samples.Length, 2.9 * 16000, 5.3 * 16000);
        Assert.InRange(samples.Max(Math.Abs), 0.001, 1);
    }

    [Theory]
    [InlineData("crema-d-1001-angry.flv", 2.2, true)]
    [InlineData("crema-d-1001-happy.mp4", 1.9, true)]
    [InlineData("face-leaves-frame.mov", 6.4, true)]
    [InlineData("ravdess-actor19-surprised.mp4", 4.1, true)]
    [InlineData("ravdess-actor19-surprised-silent.mp4", 4.1, false)]
    [InlineData("single-face.mp4", 2.4, true)]
    public async Task RealClip_SplitAndDecoded_GivesAllItsSoundAndPictures(string name, double seconds, bool hasSound)
    {
        var path = Path.Combine(Corpus.Clips, name);
        var probe = await new MediaProbe(_guard).ProbeAsync(path, Token);
        Assert.Equal(seconds, probe.Seconds, 0.06);
        await using var clip = new ClipSplitter(_guard).Start(path, probe, Token);
        var segments = await clip.ReadSegmentsAsync(Token).ToListAsync(Token);
        var sound = await MediaFixture.ReadSoundAsync(clip, Token);
        Assert.Equal(hasSound ? seconds : 0, sound.Length / 16000.0, 0.1);

        var frames = await MediaFixture.DecodeAsync(_guard, segments, new PictureSampling(5, 320), Token);
        Assert.InRange(frames.Count, Math.Floor(seconds * 5) - 1, Math.Ceiling(seconds * 5) + 1);
        Assert.All(frames, frame => Assert.Equal(320, Math.Max(frame.Width, frame.Height)));
    }

    [Fact]
    public async Task RealClip_ThatIsTruncated_GivesWhatThereIs()
    {
        // Its index comes first and promises 6.3 s.
        var path = Directory.EnumerateFiles(Path.Combine(Corpus.Clips, "labelled"), "EAMM_sad.mp4", SearchOption.AllDirectories).Single();
        var probe = await new MediaProbe(_guard).ProbeAsync(path, Token);
        await using var clip = new ClipSplitter(_guard).Start(path, probe, Token);
        var segments = await clip.ReadSegmentsAsync(Token).ToListAsync(Token);
        var frames = await MediaFixture.DecodeAsync(_guard, segments, new PictureSampling(5, 320), Token);
        Assert.InRange(segments[^1].EndSeconds, 1, probe.Seconds - 0.5);
        Assert.InRange(frames.Count, 5, (int)Math.Ceiling(segments[^1].EndSeconds * 5));
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Zip(string name, string prefix, string extension)
    {
        await using var zip = await ZipFile.OpenReadAsync(Path.Combine(Corpus.Data, name), Token);
        foreach (var entry in zip.Entries.Where(
            entry => entry.FullName.StartsWith(prefix, StringComparison.Ordinal) && entry.FullName.EndsWith(extension, StringComparison.Ordinal)))
        {
            var bytes = new byte[entry.Length];
            await using var stream = await entry.OpenAsync(Token);
            await stream.ReadExactlyAsync(bytes, Token);
            yield return bytes;
        }
    }
}

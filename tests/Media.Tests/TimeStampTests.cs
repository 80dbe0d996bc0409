using System.Buffers.Binary;

namespace Emotion.Media.Tests;

/// <summary>Clips whose time stamps jump back: pictures of a clip come in order of time, whatever its stamps say, or nobody can follow a face.</summary>
public sealed class TimeStampTests(MediaFixture media) : IClassFixture<MediaFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SegmentLines_WhoseStartsFallBack_GiveStretchesThatDoNot()
    {
        using var folder = media.Guard.CreateFolder();
        string[] lines = ["00000.mkv,0.000000,1.500000", "00001.mkv,1.500000,2.000000", "00002.mkv,9.000000,9.100000", "00003.mkv,3.000000,4.900000", "00004.mkv,10.000000,9.500000"];
        await using var clip = new SplitClip(folder, media.Guard.Options, new SegmentWrapper("matroska", "matroska"), 0, Token);
        clip.Run(_ =>
        {
            foreach (var line in lines)
            {
                File.WriteAllBytes(folder.PathOf(line[..9]), [0]);
                clip.OnSegmentLine(line);
            }

            return Task.CompletedTask;
        });

        var segments = await clip.ReadSegmentsAsync(Token).ToListAsync(Token);

        Assert.Equal(
            [(0, 0, 1.5), (1.5, 1.5, 9), (9, 9, 9), (3, 9, 10), (10, 10, 10)],
            segments.Select(segment => (segment.KeyFrameSeconds, segment.StartSeconds, segment.EndSeconds)));
        Assert.Equal([0, 1, 2, 3, 4], segments.Select(segment => segment.Index));
    }

    [Fact]
    public async Task Clip_WithAKeyFrameShownLate_GivesPicturesInOrderOfTime()
    {
        var path = await media.Clips.MakeAsync("even.flv", "-f lavfi -i testsrc2=s=64x64:r=10:d=6 -c:v libx264 -bf 0 -g 10 -pix_fmt yuv420p");
        var bytes = await File.ReadAllBytesAsync(path, Token);
        ShowLater(bytes, decodedAt: 2000, milliseconds: 6000);
        path = media.Clips.Write("jump.flv", bytes);
        using var guard = media.NewGuard(options => options.SegmentSeconds = 1);
        var probe = await new MediaProbe(guard).ProbeAsync(path, Token);

        await using var clip = new ClipSplitter(guard).Start(path, probe, Token);
        var segments = await clip.ReadSegmentsAsync(Token).ToListAsync(Token);
        var frames = await MediaFixture.DecodeAsync(guard, segments, new PictureSampling(5, 64), Token);

        Assert.Equal([0, 1, 8, 3], segments.Take(4).Select(segment => segment.KeyFrameSeconds));
        Assert.Equal(Enumerable.Range(0, 40).Select(slot => slot / 5.0), frames.Select(frame => frame.Seconds));
    }

    // Adobe's FLV: 13 bytes, then per tag its kind (9: pictures), 3 bytes of size, 4 of time, 3 of zero, the body, 4 bytes of size again. The body
    // of AVC: kind of picture, 1 for data, 3 bytes of how much later than it is decoded the picture is shown, in milliseconds.
    private static void ShowLater(Span<byte> flv, int decodedAt, int milliseconds)
    {
        for (var tag = 13; tag < flv.Length; tag += 15 + Number(flv[(tag + 1)..]))
        {
            if (flv[tag] == 9 && flv[tag + 12] == 1 && Number(flv[(tag + 4)..]) == decodedAt)
            {
                (flv[tag + 13], flv[tag + 14], flv[tag + 15]) = ((byte)(milliseconds >> 16), (byte)(milliseconds >> 8), (byte)milliseconds);
            }
        }
    }

    private static int Number(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt32BigEndian(bytes) >> 8;
}

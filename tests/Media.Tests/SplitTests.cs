namespace Emotion.Media.Tests;

public sealed class SplitTests(MediaFixture media) : IClassFixture<MediaFixture>
{
    private static readonly PictureSampling Sampling = new(5, 80);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("a.mp4", "mp4", "-c:v libx264 -bf 3 -c:a aac")]
    [InlineData("b.mp4", "mp4", "-c:v libx265 -x265-params log-level=error -c:a aac")]
    [InlineData("c.mp4", "mp4", "-c:v mpeg4 -bf 2 -c:a libmp3lame")]
    [InlineData("d.mov", "mov", "-c:v libx264 -c:a pcm_s16le")]
    [InlineData("e.mov", "mov", "-c:v mjpeg -pix_fmt yuvj420p -c:a aac")]
    [InlineData("f.mkv", "mkv", "-c:v libx264 -bf 3 -c:a flac")]
    [InlineData("g.webm", "webm", "-c:v libvpx -deadline realtime -cpu-used 8 -c:a libopus")]
    [InlineData("h.webm", "webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libvorbis")]
    [InlineData("i.avi", "avi", "-c:v mpeg4 -bf 2 -c:a libmp3lame")]
    [InlineData("j.avi", "avi", "-c:v libx264 -bf 3 -c:a pcm_s16le")]
    [InlineData("k.flv", "flv", "-c:v libx264 -c:a aac")]
    [InlineData("l.flv", "flv", "-c:v flv -c:a libmp3lame")]
    [InlineData("n.mp4", "mp4", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a aac")]
    [InlineData("o.mp4", "mp4", "-c:v libsvtav1 -preset 12 -svtav1-params keyint=50 -c:a aac")]
    [InlineData("m.webm", "webm", "-c:v libsvtav1 -preset 12 -svtav1-params keyint=50 -c:a libopus")]
    public async Task Clip_OfEveryContainer_GivesSoundAndPicturesOfItsWholeLength(string name, string container, string codecs)
    {
        var path = await media.Clips.TalkAsync(name, 6, codecs);
        using var guard = media.NewGuard(options => options.SegmentSeconds = 2);
        var probe = await new MediaProbe(guard).ProbeAsync(path, Token);
        Assert.Equal(container, probe.Container.Name);
        Assert.InRange(probe.Seconds, 5.9, 6.2);
        Assert.Equal((160, 120, 0), (probe.Picture!.Width, probe.Picture.Height, probe.Picture.Rotation));

        await using var clip = new ClipSplitter(guard).Start(path, probe, Token);
        var segments = await clip.ReadSegmentsAsync(Token).ToListAsync(Token);
        var sound = await MediaFixture.ReadSoundAsync(clip, Token);
        await clip.Completion;

        Assert.InRange(sound.Length, 5.9 * 16000, 6.2 * 16000);
        Assert.True(segments.Count >= 2, $"{segments.Count} segments");
        Assert.InRange(segments[0].StartSeconds, 0, 0.1);
        Assert.InRange(segments[^1].EndSeconds, 5.9, 6.1);
        Assert.All(segments.Zip(segments.Skip(1)), pair => Assert.Equal(pair.First.EndSeconds, pair.Second.StartSeconds));

        var frames = await MediaFixture.DecodeAsync(guard, segments, Sampling, Token);
        Assert.InRange(frames.Count, 29, 31);
        Assert.All(frames.Zip(frames.Skip(1)), pair => Assert.Equal(0.2, pair.Second.Seconds - pair.First.Seconds, 9));
        Assert.All(frames, frame => Assert.Equal((80, 60), (frame.Width, frame.Height)));
        Assert.True(frames.DistinctBy(frame => frame.Digest).Count() > 25, "pictures move");
    }

    [Theory]
    [InlineData("wav", "-c:a pcm_s16le -ar 44100")]
    [InlineData("mp3", "-c:a libmp3lame")]
    [InlineData("ogg", "-c:a libvorbis")]
    [InlineData("flac", "-c:a flac -ac 2")]
    public async Task SoundAlone_OfEveryContainer_GivesSoundAndNoSegment(string container, string codec)
    {
        var path = await media.Clips.MakeAsync($"sound.{container}", $"-f lavfi -i sine=f=440:r=48000:d=3 {codec}");
        var probe = await new MediaProbe(media.Guard).ProbeAsync(path, Token);
        Assert.Equal(container, probe.Container.Name);
        Assert.Null(probe.Picture);

        await using var clip = new ClipSplitter(media.Guard).Start(path, probe, Token);
        Assert.Empty(await clip.ReadSegmentsAsync(Token).ToListAsync(Token));
        var sound = await MediaFixture.ReadSoundAsync(clip, Token);

        Assert.InRange(sound.Length, 2.95 * 16000, 3.1 * 16000);
        // A tone of 440 Hz crosses zero 880 times a second, whatever the codec.
        var crossings = sound.Zip(sound.Skip(1)).Count(pair => pair.First < 0 != pair.Second < 0);
        Assert.InRange(crossings, 880 * 2.9, 880 * 3.05);
    }

    [Theory]
    [InlineData("x.mp4", "-f lavfi -i testsrc2=s=160x120:r=30000/1001:d=13 -c:v libx264 -bf 3 -g 45 -pix_fmt yuv420p")]
    [InlineData("x.mkv", "-f lavfi -i testsrc2=s=162x122:r=24:d=13 -c:v libx265 -x265-params open-gop=0:log-level=error -g 31 -pix_fmt yuv420p10le")]
    [InlineData("vfr.mp4", "-f lavfi -i testsrc2=s=160x120:r=30:d=13 -vf select='not(eq(mod(n\\,7)\\,3))*lt(random(1)\\,0.6)' -fps_mode vfr -c:v libx264 -g 20 -pix_fmt yuv420p")]
    [InlineData("slow.mp4", "-f lavfi -i testsrc2=s=160x120:r=1:d=13 -c:v libx264 -g 2 -pix_fmt yuv420p")]
    public async Task Segments_DecodedApart_GiveThePicturesOfTheWhole(string name, string arguments)
    {
        var path = await media.Clips.MakeAsync(name, arguments);
        var whole = await SplitAndDecodeAsync(path, segmentSeconds: 600);
        var parts = await SplitAndDecodeAsync(path, segmentSeconds: 1);

        Assert.Single(whole.Segments);
        Assert.True(parts.Segments.Count > 4);
        Assert.Equal(whole.Frames, parts.Frames);
        Assert.InRange(whole.Frames.Count, 60, 66);
    }

    [Theory]
    [InlineData("one.mp4", "-c:v libx264 -bf 3")]
    [InlineData("one.webm", "-c:v libvpx -deadline realtime -cpu-used 8")]
    public async Task LongStretchWithoutAKeyFrame_InPieces_GivesThePicturesOfTheWhole(string name, string codec)
    {
        var path = await media.Clips.MakeAsync(name, $"-f lavfi -i testsrc2=s=160x120:r=30:d=7 {codec} -g 9999 -pix_fmt yuv420p");
        var whole = await SplitAndDecodeAsync(path, segmentSeconds: 1);
        var parts = await SplitAndDecodeAsync(path, segmentSeconds: 1, options => options.MaximumSegmentSeconds = 2);
        var few = await SplitAndDecodeAsync(path, segmentSeconds: 1, options => (options.MaximumSegmentSeconds, options.MaximumPieces) = (1, 3));

        Assert.Single(whole.Segments);
        Assert.Equal([0, 1, 2, 3], parts.Segments.Select(segment => segment.Index));
        Assert.Equal(4, parts.Segments.DistinctBy(segment => segment.Path).Count());
        Assert.All(parts.Segments, piece => Assert.Equal((0, piece.EndSeconds), (piece.KeyFrameSeconds, piece.DecodedSeconds)));
        Assert.Equal(3, few.Segments.Count);
        Assert.Equal(35, whole.Frames.Count);
        Assert.Equal(whole.Frames, parts.Frames);
        Assert.Equal(whole.Frames, few.Frames);
    }

    [Fact]
    public async Task ClipTimeZero_WhereThePicturesComeLate_IsTheStartOfTheSound()
    {
        // The pictures begin 1 s after the sound, and turn white 1 s later: at clip time 2 s. A frame rate that jumps after that.
        var path = await media.Clips.MakeAsync(
            "late.mkv",
            "-itsoffset 1 -f lavfi -i color=black:s=64x64:r=25:d=3 -f lavfi -i sine=d=4 "
            + "-vf drawbox=c=white:t=fill:enable='gte(t,2)',select='lt(n,50)+not(mod(n,10))' -fps_mode vfr -c:v libx264 -g 20 -c:a aac -pix_fmt yuv420p");
        using var guard = media.NewGuard(options => options.SegmentSeconds = 1);
        var probe = await new MediaProbe(guard).ProbeAsync(path, Token);
        await using var clip = new ClipSplitter(guard).Start(path, probe, Token);
        var brightness = await BrightnessAsync(await clip.ReadSegmentsAsync(Token).ToListAsync(Token), new PictureSampling(25, 64));

        Assert.Equal(1.0, probe.Picture!.StartSeconds, 0.03);
        Assert.Equal(1.0, brightness[0].Seconds, 0.041);
        Assert.Equal(2.0, brightness.First(pair => pair.Brightness > 200).Seconds, 0.041);
    }

    [Fact]
    public async Task TenBitPictures_Decoded_HaveTheirColours()
    {
        // Half of full brightness, less than a step of 8 bits beside it: 10 bits are rounded, not cut or taken for 8.
        var path = await media.Clips.MakeAsync(
            "ten.mkv", "-f lavfi -i color=0x808080:s=64x48:r=10:d=1 -c:v libx265 -x265-params log-level=error -pix_fmt yuv420p10le");
        var probe = await new MediaProbe(media.Guard).ProbeAsync(path, Token);
        await using var clip = new ClipSplitter(media.Guard).Start(path, probe, Token);
        var brightness = await BrightnessAsync(await clip.ReadSegmentsAsync(Token).ToListAsync(Token), Sampling);

        Assert.Equal(5, brightness.Count);
        Assert.All(brightness, pair => Assert.InRange(pair.Brightness, 126, 130));
    }

    [Fact]
    public async Task PicturesAndSound_OfAClipWithBFramesAndLateSound_KeepTheirTimes()
    {
        // The picture turns white at 2 s. The tone starts at 3 s, in a sound track that begins 1 s after the pictures.
        var path = await media.Clips.MakeAsync(
            "sync.mp4",
            "-f lavfi -i color=black:s=64x64:r=25:d=5 -itsoffset 1 -f lavfi -i aevalsrc='if(gte(t,2),0.5*sin(2760*t),0)':s=44100:d=4 "
            + "-vf drawbox=c=white:t=fill:enable='gte(t,2)' -c:v libx264 -bf 3 -g 25 -c:a aac -pix_fmt yuv420p");
        var probe = await new MediaProbe(media.Guard).ProbeAsync(path, Token);
        await using var clip = new ClipSplitter(media.Guard).Start(path, probe, Token);
        var sound = await MediaFixture.ReadSoundAsync(clip, Token);
        var segments = await clip.ReadSegmentsAsync(Token).ToListAsync(Token);

        Assert.InRange(Array.FindIndex(sound, sample => Math.Abs((int)sample) > 3000) / 16000.0, 2.97, 3.03);
        var brightness = await BrightnessAsync(segments, new PictureSampling(25, 64));
        Assert.Equal(125, brightness.Count);
        Assert.Equal(2.0, brightness.First(pair => pair.Brightness > 200).Seconds, 6);
    }

    [Theory]
    [InlineData(90)]
    [InlineData(180)]
    [InlineData(270)]
    public async Task RotatedClip_Decoded_IsUpright(int rotate)
    {
        // Left half white as encoded.
        var plain = await media.Clips.MakeAsync(
            "half.mp4", "-f lavfi -i color=black:s=64x32:r=10:d=1 -vf drawbox=w=32:h=32:c=white:t=fill -c:v libx264 -pix_fmt yuv420p");
        var path = await media.Clips.MakeAsync($"half{rotate}.mp4", $"-i {plain} -c copy -metadata:s:v rotate={rotate}");
        var probe = await new MediaProbe(media.Guard).ProbeAsync(path, Token);
        // ffmpeg's option writes the opposite turn of what it says; what counts is what the file's display matrix tells a player.
        var upright = 360 - rotate;
        Assert.Equal(upright, probe.Picture!.Rotation);

        await using var clip = new ClipSplitter(media.Guard).Start(path, probe, Token);
        var segment = Assert.Single(await clip.ReadSegmentsAsync(Token).ToListAsync(Token));
        await foreach (var frame in new SegmentDecoder(media.Guard).DecodeAsync(segment, Sampling, Token))
        {
            using (frame)
            {
                Assert.Equal(rotate == 180 ? (64, 32) : (32, 64), (frame.Width, frame.Height));
                // Clockwise by 90 brings the left edge to the top, by 180 to the right, by 270 to the bottom.
                var (x, y) = upright switch { 90 => (16, 5), 180 => (59, 16), _ => (16, 59) };
                Assert.True(frame.Pixels.Span[((y * frame.Width) + x) * 3] > 200);
                Assert.True(frame.Pixels.Span[(((frame.Height - 1 - y) * frame.Width) + frame.Width - 1 - x) * 3] < 50);
            }
        }
    }

    [Fact]
    public async Task Picture_OfOddSizeAndStretchedPixels_IsScaledToSquareOnes()
    {
        var path = await media.Clips.MakeAsync(
            "odd.mkv", "-f lavfi -i testsrc2=s=355x203:r=10:d=1 -vf setsar=2/1 -c:v libx264 -pix_fmt yuv444p");
        var (frames, _) = await SplitAndDecodeAsync(path, 10);
        Assert.All(frames, frame => Assert.Equal((80, 23), (frame.Width, frame.Height)));
        Assert.Equal(5, frames.Count);
    }

    [Fact]
    public async Task Pictures_SmallerThanTheLimit_KeepTheirSizeAndColours()
    {
        var path = await media.Clips.MakeAsync("red.mp4", "-f lavfi -i color=red:s=48x36:r=10:d=1 -c:v libx264 -pix_fmt yuv420p");
        var probe = await new MediaProbe(media.Guard).ProbeAsync(path, Token);
        await using var clip = new ClipSplitter(media.Guard).Start(path, probe, Token);
        var segment = Assert.Single(await clip.ReadSegmentsAsync(Token).ToListAsync(Token));
        await foreach (var frame in new SegmentDecoder(media.Guard).DecodeAsync(segment, Sampling, Token))
        {
            using (frame)
            {
                Assert.Equal((48, 36), (frame.Width, frame.Height));
                Assert.True(frame.Pixels.Span[0] > 240 && frame.Pixels.Span[1] < 15 && frame.Pixels.Span[2] < 15);
            }
        }
    }

    [Fact]
    public async Task CoverArt_IsNoPicture()
    {
        var cover = await media.Clips.MakeAsync("cover.png", "-f lavfi -i testsrc2=s=64x64:d=1 -frames:v 1");
        var path = await media.Clips.MakeAsync(
            "cover.mp3", $"-f lavfi -i sine=d=2 -i {cover} -map 0 -map 1 -c:a libmp3lame -c:v png -disposition:v attached_pic");
        var probe = await new MediaProbe(media.Guard).ProbeAsync(path, Token);
        Assert.Null(probe.Picture);
        Assert.NotNull(probe.Sound);
    }

    [Fact]
    public async Task Length_ThatTheContainerDoesNotSay_IsMeasured()
    {
        var path = await media.Clips.MakeAsync(
            "live.webm", "-f lavfi -i testsrc2=s=64x64:r=10:d=3 -c:v libvpx -deadline realtime -f webm -live 1");
        var probe = await new MediaProbe(media.Guard).ProbeAsync(path, Token);
        Assert.InRange(probe.Seconds, 2.8, 3.1);
    }

    [Fact]
    public async Task Sound_ReadBeforeAndAfterCompletion_IsTheSame()
    {
        var path = await media.Clips.TalkAsync("twice.mp4", 6, "-c:v libx264 -c:a aac");
        var probe = await new MediaProbe(media.Guard).ProbeAsync(path, Token);
        await using var clip = new ClipSplitter(media.Guard).Start(path, probe, Token);
        var first = await MediaFixture.ReadSoundAsync(clip, Token);
        await clip.Completion;
        Assert.Equal(first, await MediaFixture.ReadSoundAsync(clip, Token));
        Assert.Equal(first, await new AudioDecoder(media.Guard).DecodeSamplesAsync(path, Token));
    }

    private async Task<(List<Sampled> Frames, List<ClipSegment> Segments)> SplitAndDecodeAsync(
        string path, double segmentSeconds, Action<MediaOptions>? change = null)
    {
        using var guard = media.NewGuard(options =>
        {
            options.SegmentSeconds = segmentSeconds;
            change?.Invoke(options);
        });
        var probe = await new MediaProbe(guard).ProbeAsync(path, Token);
        await using var clip = new ClipSplitter(guard).Start(path, probe, Token);
        var segments = await clip.ReadSegmentsAsync(Token).ToListAsync(Token);
        return (await MediaFixture.DecodeAsync(guard, segments, Sampling, Token), segments);
    }

    private async Task<List<(double Seconds, int Brightness)>> BrightnessAsync(IEnumerable<ClipSegment> segments, PictureSampling sampling)
    {
        var brightness = new List<(double, int)>();
        foreach (var segment in segments)
        {
            await foreach (var frame in new SegmentDecoder(media.Guard).DecodeAsync(segment, sampling, Token))
            {
                using (frame)
                {
                    brightness.Add((frame.Seconds, frame.Pixels.Span[0]));
                }
            }
        }

        return brightness;
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Emotion.Media.Tests;

/// <summary>The table of media-safety.md: what leaks is blocked, what explodes is refused, nothing stays on disk.</summary>
public sealed class HostileTests(MediaFixture media) : IClassFixture<MediaFixture>
{
    private const string Manifest =
        "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" mediaPresentationDuration=\"PT2S\" "
        + "profiles=\"urn:mpeg:dash:profile:isoff-on-demand:2011\"><Period><AdaptationSet mimeType=\"video/mp4\"><Representation id=\"1\" "
        + "bandwidth=\"1\"><BaseURL>SECRET</BaseURL></Representation></AdaptationSet></Period></MPD>";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // Each makes an unguarded ffmpeg show a picture of another local file.
    public static TheoryData<string, string> Leaks => new()
    {
        { "HLS", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nSECRET\n#EXT-X-ENDLIST\n" },
        { "ffconcat", "ffconcat version 1.0\nfile SECRET\n" },
        { "DASH", Manifest },
        { "SDP", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n" },
    };

    [Theory]
    [MemberData(nameof(Leaks))]
    public async Task Playlist_CalledMp4_IsRefusedBeforeAnyProcessStarts(string name, string text)
    {
        var path = await LeakAsync(name, text);
        var refusal = await Assert.ThrowsAsync<MediaRefusedException>(() => new MediaProbe(media.Guard).ProbeAsync(path, Token));
        Assert.Equal(MediaRefusal.UnsupportedContainer, refusal.Reason);
    }

    [Theory]
    [MemberData(nameof(Leaks))]
    public async Task Playlist_GivenToFfmpegItself_OpensNothingElse(string name, string text)
    {
        var path = await LeakAsync(name, text);
        var probe = await Assert.ThrowsAsync<MediaRefusedException>(() => media.Guard.ProbeAsync(path, "mov", Token));
        Assert.Equal(MediaRefusal.Damaged, probe.Reason);
        Assert.DoesNotContain(media.WorkFolder, probe.Message, StringComparison.Ordinal);
        foreach (var container in new[] { "mov", "matroska" })
        {
            var segment = new ClipSegment(0, path, container, 0, 0, 2, 1);
            await Assert.ThrowsAsync<MediaRefusedException>(() => DecodeAsync(media.Guard, segment));
        }
    }

    // By the demuxer that reads each.
    public static TheoryData<string, string> Calls => new()
    {
        { "hls", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://SERVER/x.ts\n#EXT-X-ENDLIST\n" },
        { "concat", "ffconcat version 1.0\nfile http://SERVER/x.mp4\n" },
        { "dash", Manifest.Replace("SECRET", "http://SERVER/x.mp4", StringComparison.Ordinal) },
    };

    /// <summary>Also with the network in reach, and with the very demuxer that the playlist is for: each guard holds by itself.</summary>
    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Playlist_OverTheNetwork_NobodyConnects(string demuxer, string text)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        using var guard = media.NewGuard(options => options.IsolateNetwork = false);
        var path = Call(demuxer, text, server);

        foreach (var guarded in new[] { media.Guard, guard })
        {
            await Assert.ThrowsAsync<MediaRefusedException>(() => new MediaProbe(guarded).ProbeAsync(path, Token));
            await Assert.ThrowsAsync<MediaRefusedException>(() => guarded.ProbeAsync(path, demuxer, Token));
            foreach (var container in new[] { "mov", "matroska" })
            {
                await Assert.ThrowsAsync<MediaRefusedException>(() => guarded.ProbeAsync(path, container, Token));
                await Assert.ThrowsAsync<MediaRefusedException>(() => DecodeAsync(guarded, new ClipSegment(0, path, container, 0, 0, 2, 1)));
            }
        }

        Assert.False(server.Pending(), "Somebody has connected.");
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Playlist_OverTheNetwork_WithoutGuards_DoesConnect(string demuxer, string text)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var path = Call(demuxer, text, server);
        var connected = server.AcceptTcpClientAsync(Token).AsTask();
        using var ffprobe = Process.Start(new ProcessStartInfo(
            "ffprobe", $"-v quiet -protocol_whitelist file,http,tcp {(demuxer == "concat" ? "-safe 0" : "")} -f {demuxer} {path}"))!;
        try
        {
            using var connection = await connected.WaitAsync(TimeSpan.FromMinutes(1), Token);
        }
        finally
        {
            ffprobe.Kill();
            await ffprobe.WaitForExitAsync(Token);
        }
    }

    [Fact]
    public async Task Leaks_WithoutGuards_DoLeak()
    {
        // Holds the table's first column: were it not so, the tests above would prove nothing.
        var path = await LeakAsync("ffconcat", "ffconcat version 1.0\nfile SECRET\n");
        var output = await ClipMaker.RunAsync("ffprobe", $"-v error -show_entries stream=codec_name -of csv=p=0 {path}");
        Assert.Contains("h264", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HugePicture_IsRefusedByProbeAndByDecoder()
    {
        var path = await media.Clips.MakeAsync("huge.mov", "-f lavfi -i color=s=16000x16000:r=1:d=1 -pix_fmt yuvj420p -c:v mjpeg -q:v 31");
        Assert.InRange(new FileInfo(path).Length, 1, 10_000_000);
        var refusal = await Assert.ThrowsAsync<MediaRefusedException>(() => new MediaProbe(media.Guard).ProbeAsync(path, Token));
        Assert.Equal(MediaRefusal.PictureTooLarge, refusal.Reason);
        Assert.Contains("16000 x 16000", refusal.Message, StringComparison.Ordinal);

        var decode = await Assert.ThrowsAsync<MediaRefusedException>(
            () => DecodeAsync(media.Guard, new ClipSegment(0, path, "mov", 0, 0, 1, 1)));
        Assert.Equal(MediaRefusal.PictureTooLarge, decode.Reason);
    }

    [Fact]
    public async Task TenHoursInOneMegabyte_IsRefused_AlsoWhereTheHeaderLies()
    {
        var path = await media.Clips.MakeAsync(
            "long.mp4", "-f lavfi -i color=s=64x64:r=1:d=36000 -c:v libx264 -preset ultrafast -g 250 -pix_fmt yuv420p");
        Assert.InRange(new FileInfo(path).Length, 1, 3_000_000);
        var refusal = await Assert.ThrowsAsync<MediaRefusedException>(() => new MediaProbe(media.Guard).ProbeAsync(path, Token));
        Assert.Equal(MediaRefusal.TooLong, refusal.Reason);

        var live = await media.Clips.MakeAsync("long.webm", $"-i {path} -c copy -f matroska -live 1");
        refusal = await Assert.ThrowsAsync<MediaRefusedException>(() => new MediaProbe(media.Guard).ProbeAsync(live, Token));
        Assert.Equal(MediaRefusal.TooLong, refusal.Reason);

        var lie = new ClipProbe(new MediaContainer("mp4", "mov"), 4, new ClipPicture(0, 64, 64, 1, 0, "h264", 0), null, []);
        await using var clip = new ClipSplitter(media.Guard).Start(path, lie, Token);
        refusal = await Assert.ThrowsAsync<MediaRefusedException>(() => clip.Completion);
        Assert.Equal(MediaRefusal.TooLong, refusal.Reason);
    }

    [Theory]
    [InlineData("index.mp4", "", 0.7)]
    [InlineData("fast.mp4", "-movflags +faststart", 0.02)]
    public async Task TruncatedClip_IsRefusedAsDamaged(string name, string flags, double share)
    {
        var whole = await media.Clips.TalkAsync(name, 3, $"-c:v libx264 -c:a aac {flags}");
        var bytes = await File.ReadAllBytesAsync(whole, Token);
        var path = media.Clips.Write("cut-" + name, bytes.AsSpan(0, (int)(bytes.Length * share)));
        var refusal = await Assert.ThrowsAsync<MediaRefusedException>(() => new MediaProbe(media.Guard).ProbeAsync(path, Token));
        Assert.Equal(MediaRefusal.Damaged, refusal.Reason);
        Assert.DoesNotContain("/", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TruncatedClip_WithItsIndex_GivesWhatThereIs()
    {
        var whole = await media.Clips.TalkAsync("half.mp4", 6, "-c:v libx264 -c:a aac -movflags +faststart");
        var bytes = await File.ReadAllBytesAsync(whole, Token);
        var path = media.Clips.Write("cut-half.mp4", bytes.AsSpan(0, bytes.Length * 6 / 10));
        var probe = await new MediaProbe(media.Guard).ProbeAsync(path, Token);
        await using var clip = new ClipSplitter(media.Guard).Start(path, probe, Token);
        var sound = await MediaFixture.ReadSoundAsync(clip, Token);
        Assert.InRange(sound.Length, 1 * 16000, 5.5 * 16000);
    }

    [Theory]
    [InlineData("text.mp4", "Dear sir or madam, this is a letter and no clip.")]
    [InlineData("empty.mp4", "")]
    [InlineData("page.webm", "<!DOCTYPE html><html><body>clip</body></html>")]
    [InlineData("script.avi", "#!/bin/sh\necho clip\n")]
    public async Task Text_CalledClip_IsRefused(string name, string text)
    {
        var path = media.Clips.Write(name, Encoding.UTF8.GetBytes(text));
        var refusal = await Assert.ThrowsAsync<MediaRefusedException>(() => new MediaProbe(media.Guard).ProbeAsync(path, Token));
        Assert.Equal(MediaRefusal.UnsupportedContainer, refusal.Reason);
    }

    [Fact]
    public async Task ContainerOfAnotherKindThanItsMagic_IsRefused()
    {
        var matroska = await media.Clips.TalkAsync("inner.mkv", 1, "-c:v libx264 -c:a aac");
        var bytes = await File.ReadAllBytesAsync(matroska, Token);
        var path = media.Clips.Write("poly.mp4", [.. "\0\0\0\u0018ftypisom\0\0\0\0isomisom"u8, .. bytes]);
        var refusal = await Assert.ThrowsAsync<MediaRefusedException>(() => new MediaProbe(media.Guard).ProbeAsync(path, Token));
        Assert.Equal(MediaRefusal.Damaged, refusal.Reason);
    }

    [Fact]
    public async Task Codec_ThatIsNotListed_IsRefusedByName()
    {
        var path = await media.Clips.MakeAsync("ffv1.mkv", "-f lavfi -i testsrc2=s=64x64:d=1 -c:v ffv1");
        var refusal = await Assert.ThrowsAsync<MediaRefusedException>(() => new MediaProbe(media.Guard).ProbeAsync(path, Token));
        Assert.Equal(MediaRefusal.UnsupportedCodec, refusal.Reason);
        Assert.Contains("ffv1", refusal.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<MediaRefusedException>(() => DecodeAsync(media.Guard, new ClipSegment(0, path, "matroska", 0, 0, 1, 1)));
    }

    [Fact]
    public async Task SubtitlesAlone_AreNeitherSoundNorPicture()
    {
        var text = media.Clips.Write("t.srt", "1\n00:00:00,000 --> 00:00:02,000\nHello\n"u8);
        var path = await media.Clips.MakeAsync("t.mkv", $"-i {text} -c:s srt");
        var refusal = await Assert.ThrowsAsync<MediaRefusedException>(() => new MediaProbe(media.Guard).ProbeAsync(path, Token));
        Assert.Equal(MediaRefusal.NeitherSoundNorPicture, refusal.Reason);
    }

    [Fact]
    public async Task Clip_BeyondTheOptions_IsRefusedWithItsReason()
    {
        var path = await media.Clips.TalkAsync("limits.mp4", 3, "-c:v libx264 -c:a aac");
        await RefusesAsync(path, MediaRefusal.TooManyBytes, options => options.MaximumBytes = 1000);
        await RefusesAsync(path, MediaRefusal.TooLong, options => options.MaximumSeconds = 2);
        await RefusesAsync(path, MediaRefusal.PictureTooLarge, options => options.MaximumPixels = 160 * 119);
        await RefusesAsync(path, MediaRefusal.TooManyStreams, options => options.MaximumStreams = 1);
    }

    [Fact]
    public async Task FileName_ThatLooksLikeOptions_IsOnlyAName()
    {
        var clip = await media.Clips.TalkAsync("plain.mp4", 1, "-c:v libx264 -c:a aac");
        var path = media.Clips.PathOf("-i \"$(touch x)\" ; concat:a|b %d.mp4");
        File.Copy(clip, path);
        var probe = await new MediaProbe(media.Guard).ProbeAsync(path, Token);
        Assert.InRange(probe.Seconds, 0.9, 1.2);
    }

    [Fact]
    public async Task Nothing_IsLeftOnDisk_AfterSuccessRefusalAndCancellation()
    {
        var path = await media.Clips.TalkAsync("gone.mp4", 6, "-c:v libx264 -c:a aac");
        var probe = await new MediaProbe(media.Guard).ProbeAsync(path, Token);
        await using (var clip = new ClipSplitter(media.Guard).Start(path, probe, Token))
        {
            await clip.Completion;
            Assert.NotEmpty(media.Leftovers());
        }

        await using (var abandoned = new ClipSplitter(media.Guard).Start(path, probe, Token))
        {
            await foreach (var segment in abandoned.ReadSegmentsAsync(Token))
            {
                await foreach (var frame in new SegmentDecoder(media.Guard).DecodeAsync(segment, new PictureSampling(5, 64), Token))
                {
                    frame.Dispose();
                    break;
                }
            }
        }

        var text = media.Clips.Write("gone-text.mp4", "\0\0\0\u0018ftypisom but then text"u8);
        await Assert.ThrowsAsync<MediaRefusedException>(() => new MediaProbe(media.Guard).ProbeAsync(text, Token));
        Assert.Empty(media.Leftovers());
    }

    private async Task<string> LeakAsync(string name, string text)
    {
        var secret = await media.Clips.TalkAsync("secret.mp4", 2, "-c:v libx264 -c:a aac");
        return media.Clips.Write(name.Replace(' ', '-') + ".mp4", Encoding.UTF8.GetBytes(text.Replace("SECRET", Path.GetFileName(secret), StringComparison.Ordinal)));
    }

    private string Call(string name, string text, TcpListener server) =>
        media.Clips.Write($"call-{name}.mp4", Encoding.UTF8.GetBytes(text.Replace("SERVER", $"{server.LocalEndpoint}", StringComparison.Ordinal)));

    private async Task RefusesAsync(string path, MediaRefusal reason, Action<MediaOptions> change)
    {
        using var guard = media.NewGuard(change);
        var refusal = await Assert.ThrowsAsync<MediaRefusedException>(() => new MediaProbe(guard).ProbeAsync(path, Token));
        Assert.Equal(reason, refusal.Reason);
    }

    private static Task<List<Sampled>> DecodeAsync(FFMpegGuard guard, ClipSegment segment) =>
        MediaFixture.DecodeAsync(guard, [segment], new PictureSampling(5, 64), Token);
}

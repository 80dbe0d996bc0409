using FFMpegCore;

namespace Emotion.Media.Tests;

/// <summary>A job that is forked is what one that is executed is: it gives the same, and has the same limits and nothing more.</summary>
public sealed class ReadyJobTests(MediaFixture media) : IClassFixture<MediaFixture>
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Clip_ForkedAndExecuted_GivesTheSameBytes()
    {
        var path = await media.Clips.TalkAsync("same.mp4", 4, "-c:v libx264 -bf 3 -c:a aac");
        using var executed = media.NewGuard(options => options.KeepToolsReady = false);
        using var forked = media.NewGuard(_ => { });
        await MediaFixture.ReadyAsync(forked, "ffmpeg", Token);
        await MediaFixture.ReadyAsync(forked, "ffprobe", Token);

        var expected = await ReadAsync(executed, path);
        var actual = await ReadAsync(forked, path);

        Assert.Equal(20, expected.Frames.Count);
        Assert.Equal(expected.Frames, actual.Frames);
        Assert.True(expected.Sound.Length > 60_000);
        Assert.Equal(expected.Sound, actual.Sound);
        Assert.Equal(expected.Segments, actual.Segments);
        Assert.Equal((0, 0), (executed.Tools.Jobs("ffmpeg"), executed.Tools.Jobs("ffprobe")));
        Assert.Equal((1 + actual.Segments.Count, 1), (forked.Tools.Jobs("ffmpeg"), forked.Tools.Jobs("ffprobe")));
    }

    [Fact]
    public async Task Job_ForkedAndExecuted_IsCutOffAlike()
    {
        Environment.SetEnvironmentVariable("MEDIA_TEST_SECRET", "key");
        // Network devices, limits, signals, open files (no pipeline there: its pipe would be among them), group, terminal and niceness, working folder, mask and environment. `env` tells what is left of it.
        const string Script = "exec >ENV 2>&1; tail -n +3 /proc/net/dev | cut -d: -f1; cat /proc/$$/limits; grep -E '^(SigBlk|SigIgn|Cap|NoNew|Seccomp|Threads|Umask)' /proc/self/status; "
            + "echo open; ls /proc/$$/fd; echo closed; set -- $(cat /proc/$$/stat); echo leads: $(($1 == $5)) terminal: $7 nice: ${19}; umask; env | sort; echo in: $(ls -A); exit 1";
        using var executed = media.NewGuard("cut-executed", Script, options => options.KeepToolsReady = false);
        using var forked = media.NewGuard("cut-forked", Script, _ => { });
        await MediaFixture.ReadyAsync(forked, "ffprobe", Token);
        foreach (var guard in new[] { executed, forked })
        {
            await Assert.ThrowsAsync<MediaRefusedException>(() => guard.ProbeAsync(media.AnyClip(), "mov", Token));
        }

        Assert.Equal((0, 1), (executed.Tools.Jobs("ffprobe"), forked.Tools.Jobs("ffprobe")));
        var said = await File.ReadAllTextAsync(media.Clips.PathOf("cut-forked/ENV"), Token);
        var actual = Comparable(forked, said);
        Assert.Equal(Comparable(executed, await File.ReadAllTextAsync(media.Clips.PathOf("cut-executed/ENV"), Token)), actual);
        // 10 is the script. An executed job has what this process was started with besides, if whoever started it left something open.
        Assert.Contains("open\n0\n1\n10\n2\nclosed\n", said, StringComparison.Ordinal);
        Assert.DoesNotContain("MEDIA_TEST_SECRET", actual, StringComparison.Ordinal);
        Assert.DoesNotContain("LD_PRELOAD", actual, StringComparison.Ordinal);
        foreach (var line in new[]
        {
            @"Max core file size +0 +0 ", @"Max open files +256 +256 ", @"Max address space +2147483648 +2147483648 ", @"Max cpu time +1200 +1200 ",
            @"Max file size +536870912 +536870912 ", @"leads: 1 terminal: 0 nice: 5", @"\n0077\n", @"in: clip",
        })
        {
            Assert.Matches(line, actual);
        }
    }

    [Fact]
    public async Task RunningJob_HasItsThreePipesOpenAndNothingElse()
    {
        using var guard = media.NewGuard(_ => { });
        using var cancel = new CancellationTokenSource();
        var run = await SlowAsync(guard, cancel.Token);
        var server = guard.Tools.ProcessId("ffmpeg")!.Value;
        await ProcessTable.UntilAsync(() => ProcessTable.Children(server).Length == 1, Soon, Token);
        var job = ProcessTable.Children(server)[0];
        await ProcessTable.UntilAsync(() => OpenFiles(job).Any(file => file.EndsWith("/slow.mp4", StringComparison.Ordinal)), Soon, Token);

        Assert.Equal("ffmpeg\n", ProcessTable.Read($"/proc/{job}/comm"));
        Assert.Equal("emotion-ready\n", ProcessTable.Read($"/proc/{server}/comm"));
        Assert.Equal((job.ToString(), "5"), (ProcessTable.Fields(job)![2], ProcessTable.Fields(job)![16]));
        Assert.Equal(ProcessTable.Fields(server)![3], ProcessTable.Fields(job)![3]);
        // Where the kernel shares cores between sessions first.
        Assert.Matches("^$| nice 5\n$", File.Exists($"/proc/{job}/autogroup") ? ProcessTable.Read($"/proc/{job}/autogroup") : "");
        Assert.All(OpenFiles(job).Where(file => !file.EndsWith("/slow.mp4", StringComparison.Ordinal)), file => Assert.StartsWith("pipe:", file, StringComparison.Ordinal));
        Assert.Equal(4, OpenFiles(job).Length);
        // What passes the pipes on keeps none of them, once it is back from the fork: their readers would wait for it.
        await ProcessTable.UntilAsync(() => OpenFiles(server).Length == 5, Soon, Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task CommandLine_TooLongToSend_IsExecuted()
    {
        using var guard = media.NewGuard(_ => { });
        await MediaFixture.ReadyAsync(guard, "ffmpeg", Token);
        var path = await media.Clips.TalkAsync("long.mp4", 1, "-c:v libx264 -c:a aac");
        Task RunAsync(int length) => guard.RunAsync(
            "test", path, input => FFMpegArguments.FromFileInput(input, false).OutputToFile("-", true, options => options
                .WithCustomArgument($"-v error -metadata comment={new string('x', length)} -f null")), TimeSpan.FromMinutes(5), Token);
        await RunAsync(60_000);
        Assert.Equal(1, guard.Tools.Jobs("ffmpeg"));
        await RunAsync(70_000);
        Assert.Equal(1, guard.Tools.Jobs("ffmpeg"));
    }

    /// <summary>ffmpeg reads the clip at the speed at which it was recorded.</summary>
    private async Task<Task> SlowAsync(FFMpegGuard guard, CancellationToken cancellationToken)
    {
        var path = await media.Clips.TalkAsync("slow.mp4", 60, "-c:v libx264 -preset ultrafast -c:a aac");
        await MediaFixture.ReadyAsync(guard, "ffmpeg", Token);
        var run = guard.RunAsync(
            "test", path, input => FFMpegArguments.FromFileInput(input, false, options => options.WithCustomArgument("-v error -re"))
                .OutputToFile("-", true, options => options.WithCustomArgument("-f null")), TimeSpan.FromMinutes(5), cancellationToken);
        return run;
    }

    private static string[] OpenFiles(int process)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries($"/proc/{process}/fd").Select(file => new FileInfo(file).LinkTarget ?? string.Empty)];
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static async Task<(List<ClipSegment> Segments, List<Sampled> Frames, short[] Sound)> ReadAsync(FFMpegGuard guard, string path)
    {
        var probe = await new MediaProbe(guard).ProbeAsync(path, Token);
        await using var clip = new ClipSplitter(guard).Start(path, probe, Token);
        var segments = await clip.ReadSegmentsAsync(Token).ToListAsync(Token);
        var sound = await MediaFixture.ReadSoundAsync(clip, Token);
        var frames = await MediaFixture.DecodeAsync(guard, segments, new PictureSampling(5, 80), Token);
        return ([.. segments.Select(segment => segment with { Path = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(segment.Path))) })], frames, sound);
    }

    // Each guard has a folder of its own name, and each job in it.
    private static string Comparable(FFMpegGuard guard, string text) => string.Join('\n', (text[..text.IndexOf("open\n", StringComparison.Ordinal)]
        + text[text.IndexOf("closed\n", StringComparison.Ordinal)..])
        .Replace(Path.GetDirectoryName(guard.Tools.Folder)!, "WORK", StringComparison.Ordinal)
        .Split('\n')
        .Select(line => line.StartsWith("PWD=", StringComparison.Ordinal) ? "PWD=" + Path.GetDirectoryName(line[4..]) : line));
}

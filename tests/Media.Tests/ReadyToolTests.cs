using System.Diagnostics;
using FFMpegCore;

namespace Emotion.Media.Tests;

/// <summary>What becomes of a tool that is kept ready, and of its jobs, when something ends.</summary>
public sealed class ReadyToolTests(MediaFixture media) : IClassFixture<MediaFixture>
{
    private const string Hangs = "sleep 300 & echo $! > PIDS; echo $$ >> PIDS; wait";

    // Shorter than the 300 s that what is left behind would sleep, and than the deadline of a probe.
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Starter_Killed_TakesItsJobsGroupWithIt()
    {
        using var guard = media.NewGuard("starter", Hangs, _ => { });
        await MediaFixture.ReadyAsync(guard, "ffprobe", Token);
        var run = guard.ProbeAsync(media.AnyClip(), "mov", Token);
        var pids = await media.PidsAsync("starter", run, Token);
        ProcessTable.Signal(ProcessTable.Find(guard.Tools.Folder + "/ffprobe")!.Value, ProcessTable.Kill);

        await ProcessTable.UntilAsync(() => !pids.Any(ProcessTable.IsAlive), Soon, Token);
        await Assert.ThrowsAsync<MediaRefusedException>(() => run);
        await ProcessTable.UntilAsync(() => ProcessTable.Children(guard.Tools.ProcessId("ffprobe")!.Value).Length == 0, Soon, Token);
    }

    [Fact]
    public async Task JobThatEnds_LeavesNothingOfItsGroup()
    {
        using var guard = media.NewGuard("leaves", "sleep 300 >&- 2>&- & echo $! > PIDS; echo $$ >> PIDS; exit 1", _ => { });
        await MediaFixture.ReadyAsync(guard, "ffprobe", Token);
        await Assert.ThrowsAsync<MediaRefusedException>(() => guard.ProbeAsync(media.AnyClip(), "mov", Token));
        var pids = await media.PidsAsync("leaves", Task.CompletedTask, Token);
        await ProcessTable.UntilAsync(() => !pids.Any(ProcessTable.IsAlive), Soon, Token);
    }

    [Fact]
    public async Task ToolThatIsReady_Killed_FailsItsJobAndTheNextOneWorks()
    {
        var path = await media.Clips.TalkAsync("killed.mp4", 60, "-c:v libx264 -preset ultrafast -c:a aac");
        using var guard = media.NewGuard(_ => { });
        await MediaFixture.ReadyAsync(guard, "ffmpeg", Token);
        var run = SlowAsync(guard, path);
        var server = await JobOfAsync(guard);
        var job = ProcessTable.Children(server)[0];
        ProcessTable.Signal(server, ProcessTable.Kill);

        var refusal = await Assert.ThrowsAsync<MediaRefusedException>(() => run);
        Assert.Equal(MediaRefusal.TooCostly, refusal.Reason);
        // Of itself it would end after a minute, as the clip does.
        await ProcessTable.UntilAsync(() => !ProcessTable.IsAlive(job), TimeSpan.FromSeconds(20), Token);
        await ProcessTable.UntilAsync(() => guard.Tools.ProcessId("ffmpeg") is null, Soon, Token);
        await MediaFixture.ReadyAsync(guard, "ffmpeg", Token);
        var samples = await new AudioDecoder(guard).DecodeAsync(path, Token);
        Assert.InRange(samples.Length, 59 * 16000, 61 * 16000);
        Assert.Equal(2, guard.Tools.Jobs("ffmpeg"));
        Assert.NotEqual(server, guard.Tools.ProcessId("ffmpeg"));
    }

    [Fact]
    public async Task ToolThatIsReady_KilledTwice_IsNotLoadedAgainAtOnce()
    {
        using var guard = media.NewGuard("dies", "echo x >> COUNT; exit 1", options => options.MaximumProcesses = 1);
        for (var i = 0; i < 3; i++)
        {
            if (i < 2)
            {
                await MediaFixture.ReadyAsync(guard, "ffprobe", Token);
            }

            await Assert.ThrowsAsync<MediaRefusedException>(() => guard.ProbeAsync(media.AnyClip(), "mov", Token));
            if (guard.Tools.ProcessId("ffprobe") is { } server)
            {
                ProcessTable.Signal(server, ProcessTable.Kill);
                await ProcessTable.UntilAsync(() => guard.Tools.ProcessId("ffprobe") is null, Soon, Token);
            }
        }

        // Two were loaded; the third job did not wait for another.
        Assert.Equal(2, guard.Tools.Jobs("ffprobe"));
        Assert.Equal(3, (await File.ReadAllLinesAsync(media.Clips.PathOf("dies/COUNT"), Token)).Length);
    }

    [Fact]
    public async Task HostThatDies_TakesToolsAndJobsWithIt()
    {
        using var guard = media.NewGuard("host", Hangs, _ => { });
        await MediaFixture.ReadyAsync(guard, "ffprobe", Token);
        var run = guard.ProbeAsync(media.AnyClip(), "mov", Token);
        var pids = await media.PidsAsync("host", run, Token);
        var server = guard.Tools.ProcessId("ffprobe")!.Value;
        // As a host that dies does, it closes the pipe.
        guard.Tools.Dispose();

        await ProcessTable.UntilAsync(() => !pids.Append(server).Any(ProcessTable.IsAlive), Soon, Token);
        await Assert.ThrowsAsync<MediaRefusedException>(() => run);
    }

    [Fact]
    public async Task ManyJobs_EightAtOnce_LeaveNothing()
    {
        var path = await media.Clips.TalkAsync("many.mp4", 1, "-c:v libx264 -preset ultrafast -c:a aac");
        using var guard = media.NewGuard(options => options.MaximumProcesses = 8);
        await MediaFixture.ReadyAsync(guard, "ffprobe", Token);
        var server = guard.Tools.ProcessId("ffprobe")!.Value;
        var open = Directory.GetFileSystemEntries($"/proc/{server}/fd").Length;
        await guard.ProbeAsync(path, "mov", Token);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (_, token) => await guard.ProbeAsync(path, "mov", token));

        Assert.Equal(201, guard.Tools.Jobs("ffprobe"));
        Assert.Equal(server, guard.Tools.ProcessId("ffprobe"));
        // It answers before it closes.
        await ProcessTable.UntilAsync(() => Directory.GetFileSystemEntries($"/proc/{server}/fd").Length == open, Soon, Token);
        Assert.Empty(ProcessTable.Children(server));
        Assert.Equal(["bin", "lock"], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(guard.Tools.Folder)!).Select(Path.GetFileName).Order());
        Assert.Equal(
            ["ffmpeg", "ffprobe", "ffprobe.socket", "launch", "libEmotionReady.so"], Directory.EnumerateFileSystemEntries(guard.Tools.Folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task ToolThatHasDoneItsJobs_IsReplacedAndFinishesWhatRuns()
    {
        var path = await media.Clips.TalkAsync("replaced.mp4", 10, "-c:v libx264 -preset ultrafast -c:a aac");
        using var guard = media.NewGuard(options => options.ReadyStarts = 2);
        await MediaFixture.ReadyAsync(guard, "ffmpeg", Token);
        var slow = SlowAsync(guard, path);
        var first = await JobOfAsync(guard);
        // However long the replacement takes, it does not end before it.
        var job = ProcessTable.Children(first)[0];
        ProcessTable.Signal(job, ProcessTable.Stop);
        for (var start = Stopwatch.GetTimestamp(); guard.Tools.ProcessId("ffmpeg") == first && Stopwatch.GetElapsedTime(start) < Soon;)
        {
            await new AudioDecoder(guard).DecodeAsync(path, Token);
        }

        Assert.NotEqual(first, guard.Tools.ProcessId("ffmpeg"));
        Assert.False(slow.IsCompleted, "The slow job was to outlive the replacement.");
        Assert.True(ProcessTable.IsAlive(first));
        ProcessTable.Signal(job, ProcessTable.Continue);
        await slow;
        await ProcessTable.UntilAsync(() => !ProcessTable.IsAlive(first), Soon, Token);
    }

    [Theory]
    [InlineData("switched off")]
    [InlineData("not built")]
    [InlineData("of another machine")]
    public async Task ToolsNotKeptReady_AreExecuted(string why)
    {
        var path = await media.Clips.TalkAsync("executed.mp4", 1, "-c:v libx264 -preset ultrafast -c:a aac");
        var options = new MediaOptions { WorkFolder = media.WorkFolder, KeepToolsReady = why != "switched off", ProbeDeadline = TimeSpan.FromMinutes(5) };
        var programs = why == "switched off" ? AppContext.BaseDirectory : Directory.CreateDirectory(media.Clips.PathOf(why)).FullName;
        if (why == "of another machine")
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, "libEmotionReady.so"), Path.Combine(programs, "libEmotionReady.so"));
            var starter = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "emotion-start"), Token);
            starter[18] ^= 0xff; // e_machine
            await File.WriteAllBytesAsync(Path.Combine(programs, "emotion-start"), starter, Token);
            File.SetUnixFileMode(Path.Combine(programs, "emotion-start"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        using var guard = new FFMpegGuard(options, programs);
        Assert.Single((await guard.ProbeAsync(path, "mov", Token)).VideoStreams);
        Assert.Null(guard.Tools.ProcessId("ffprobe"));
        Assert.Equal(["ffmpeg", "ffprobe"], Directory.EnumerateFileSystemEntries(guard.Tools.Folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task WorkFolder_WithALongPathAndBlanks_HasToolsReadyToo()
    {
        var path = await media.Clips.TalkAsync("far.mp4", 1, "-c:v libx264 -preset ultrafast -c:a aac");
        using var guard = media.NewGuard(options => options.WorkFolder = media.Clips.PathOf("a folder: " + new string('w', 120)));
        await MediaFixture.ReadyAsync(guard, "ffprobe", Token);
        Assert.Single((await guard.ProbeAsync(path, "mov", Token)).VideoStreams);
        Assert.Equal(1, guard.Tools.Jobs("ffprobe"));
    }

    /// <summary>Reads the clip at the speed at which it was recorded.</summary>
    private static Task SlowAsync(FFMpegGuard guard, string path) => guard.RunAsync(
        "test", path, input => FFMpegArguments.FromFileInput(input, false, options => options.WithCustomArgument("-v error -re"))
            .OutputToFile("-", true, options => options.WithCustomArgument("-f null")), TimeSpan.FromMinutes(5), Token);

    /// <summary>The process that a job of ffmpeg has been forked from.</summary>
    private static async Task<int> JobOfAsync(FFMpegGuard guard)
    {
        await ProcessTable.UntilAsync(() => guard.Tools.ProcessId("ffmpeg") is { } process && ProcessTable.Children(process).Length > 0, Soon, Token);
        return guard.Tools.ProcessId("ffmpeg")!.Value;
    }
}

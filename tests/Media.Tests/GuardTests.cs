using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

namespace Emotion.Media.Tests;

/// <summary>What the guard does to a process, shown on tools that misbehave.</summary>
public sealed class GuardTests(MediaFixture media) : IClassFixture<MediaFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task HungProcess_AtItsDeadline_IsKilledWithItsGroup()
    {
        using var guard = media.NewGuard("hung", "sleep 300 & echo $! > PIDS; echo $$ >> PIDS; wait", options =>
            options.ProbeDeadline = TimeSpan.FromSeconds(5));
        // The deadline is for the job alone, which has to come so far as to say its numbers.
        await MediaFixture.ReadyAsync(guard, "ffprobe", Token);
        var refusal = await Assert.ThrowsAsync<MediaRefusedException>(() => guard.ProbeAsync(media.AnyClip(), "mov", Token));
        Assert.Equal(MediaRefusal.TooCostly, refusal.Reason);
        await AssertGoneAsync("hung");
    }

    [Fact]
    public async Task Cancellation_KillsTheProcessWithItsGroup()
    {
        using var guard = media.NewGuard("cancel", "sleep 300 & echo $! > PIDS; echo $$ >> PIDS; wait", _ => { });
        using var cancel = new CancellationTokenSource();
        var run = new AudioDecoder(guard).DecodeAsync(media.AnyClip(), cancel.Token);
        await media.PidsAsync("cancel", run, Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await AssertGoneAsync("cancel");
    }

    [Fact]
    public async Task Launchers_WrittenWhileProcessesStart_CanBeStartedAtOnce()
    {
        var clip = media.AnyClip();
        await Parallel.ForEachAsync(Enumerable.Range(0, 60), new ParallelOptions { MaxDegreeOfParallelism = 12, CancellationToken = Token }, async (_, token) =>
        {
            using var guard = media.NewGuard(_ => { });
            // Refused as what it is. A launcher that somebody may still write to would be no refusal, but "ffmpeg could not be started".
            await Assert.ThrowsAsync<MediaRefusedException>(() => guard.ProbeAsync(clip, "mov", token));
        });
    }

    [Fact]
    public async Task LeavingTheEnumeration_EndsTheDecoder()
    {
        using var guard = media.NewGuard("leave", "echo $$ > PIDS; echo $$ >> PIDS; sleep 300", _ => { });
        using var cancel = new CancellationTokenSource();
        var frames = new SegmentDecoder(guard).DecodeAsync(media.AnyClip(), "mov", 0, 0, 2, new PictureSampling(5, 64), cancel.Token).GetAsyncEnumerator(Token);
        var next = frames.MoveNextAsync().AsTask();
        await media.PidsAsync("leave", next, Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        await frames.DisposeAsync();
        await AssertGoneAsync("leave");
    }

    [Fact]
    public async Task BusyProcess_AtItsCpuLimit_Ends()
    {
        using var guard = media.NewGuard("busy", "while :; do :; done", options => options.ProcessCpuSeconds = 1);
        var refusal = await Assert.ThrowsAsync<MediaRefusedException>(() => new AudioDecoder(guard).DecodeAsync(media.AnyClip(), Token));
        Assert.Equal(MediaRefusal.TooCostly, refusal.Reason);
    }

    [Fact]
    public async Task Process_OfFewMegabytes_CannotDecodeLargePictures()
    {
        var path = await media.Clips.MakeAsync("4k.mp4", "-f lavfi -i testsrc2=s=3840x2160:r=5:d=2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p");
        var segment = new ClipSegment(0, path, "mov", 0, 0, 2, 1);
        var sampling = new PictureSampling(5, 64);
        Assert.Equal(10, (await MediaFixture.DecodeAsync(media.Guard, [segment], sampling, Token)).Count);

        using var guard = media.NewGuard(options => options.ProcessMemoryMegabytes = 256);
        var refusal = await Assert.ThrowsAsync<MediaRefusedException>(() => MediaFixture.DecodeAsync(guard, [segment], sampling, Token));
        Assert.Equal(MediaRefusal.TooCostly, refusal.Reason);
    }

    [Fact]
    public async Task Process_ThatWritesTooLargeAFile_Ends()
    {
        var path = await media.Clips.MakeAsync("noise.mp4", "-f lavfi -i nullsrc=s=640x480:r=25:d=3 -vf geq=random(1)*255:128:128 -c:v libx264 -preset ultrafast -crf 5");
        Assert.True(new FileInfo(path).Length > 3_000_000);
        using var guard = media.NewGuard(options => options.ProcessFileMegabytes = 1);
        var probe = await new MediaProbe(guard).ProbeAsync(path, Token);
        await using var clip = new ClipSplitter(guard).Start(path, probe, Token);
        var refusal = await Assert.ThrowsAsync<MediaRefusedException>(() => clip.Completion);
        Assert.Equal(MediaRefusal.TooCostly, refusal.Reason);
    }

    [Fact]
    public async Task Process_SeesNoEnvironmentAndNoNetwork()
    {
        Environment.SetEnvironmentVariable("MEDIA_TEST_SECRET", "key");
        using var guard = media.NewGuard("sees", "env > ENV; cat /proc/net/dev > NET; exit 1", _ => { });
        await Assert.ThrowsAsync<MediaRefusedException>(() => guard.ProbeAsync(media.AnyClip(), "mov", Token));
        Assert.DoesNotContain("MEDIA_TEST_SECRET", await File.ReadAllTextAsync(media.Clips.PathOf("sees/ENV"), Token), StringComparison.Ordinal);

        var devices = (await File.ReadAllLinesAsync(media.Clips.PathOf("sees/NET"), Token)).Skip(2).Select(line => line.Split(':')[0].Trim());
        var here = (await File.ReadAllLinesAsync("/proc/net/dev", Token)).Skip(2).Select(line => line.Split(':')[0].Trim());
        Assert.Equal(ProcessLauncher.IsolatesNetwork ? ["lo"] : here, devices);
    }

    [Fact]
    public async Task MissingTool_IsNoFaultOfTheClip()
    {
        using var guard = media.NewGuard(options => options.BinaryFolder = media.Clips.PathOf("nowhere"));
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => new AudioDecoder(guard).DecodeAsync(media.AnyClip(), Token));
        Assert.Contains("apt-get install ffmpeg", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Start_DeletesWhatACrashLeft_AndNothingOfTheLiving()
    {
        var parent = media.Clips.PathOf("sweep");
        Directory.CreateDirectory(Path.Combine(parent, "emotion-media-dead/clip"));
        File.WriteAllText(Path.Combine(parent, "emotion-media-dead/lock"), string.Empty);
        Directory.CreateDirectory(Path.Combine(parent, "somebody-elses"));
        using var living = new FFMpegGuard(new MediaOptions { WorkFolder = parent });
        using var folder = living.CreateFolder();
        using var next = new FFMpegGuard(new MediaOptions { WorkFolder = parent });

        Assert.False(Directory.Exists(Path.Combine(parent, "emotion-media-dead")));
        Assert.True(Directory.Exists(Path.Combine(parent, "somebody-elses")));
        Assert.True(Directory.Exists(folder.FullName));
    }

    [Fact]
    public void Options_OutOfRange_AreRefusedAtStart() =>
        Assert.Throws<ValidationException>(() => new FFMpegGuard(new MediaOptions { MaximumStreams = 0 }));

    [Fact]
    public async Task Processes_BeyondTheLimit_Wait()
    {
        using var guard = media.NewGuard("many", "echo x >> COUNT; sleep 300", options => options.MaximumProcesses = 2);
        using var first = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var others = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var counted = media.Clips.PathOf("many/COUNT");
        var runs = new[] { first, others, others }.Select(cancel => guard.ProbeAsync(media.AnyClip(), "mov", cancel.Token)).ToArray();
        await ProcessTable.UntilAsync(() => Started() == 2, TimeSpan.FromMinutes(2), Token);
        // A third that did not wait would have started by now.
        await Task.Delay(TimeSpan.FromSeconds(1), Token);
        Assert.Equal(2, Started());

        await first.CancelAsync();
        await ProcessTable.UntilAsync(() => Started() == 3, TimeSpan.FromMinutes(2), Token);
        await others.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(runs));

        int Started() => File.Exists(counted) ? File.ReadAllLines(counted).Length : 0;
    }

    [Fact]
    public async Task Processes_ThatRunTogether_ShareTheThreadsThatOneWouldHave()
    {
        using var guard = media.NewGuard("threads", "echo \"$*\" >> COUNT; sleep 300", options => options.ThreadsPerProcess = 2);
        using var cancel = new CancellationTokenSource();
        var counted = media.Clips.PathOf("threads/COUNT");
        var runs = new List<Task>();
        foreach (var threads in new[] { 2, 1, 1 })
        {
            var frames = new SegmentDecoder(guard).DecodeAsync(media.AnyClip(), "mov", 0, 0, 2, new PictureSampling(5, 64), cancel.Token).GetAsyncEnumerator(Token);
            runs.Add(frames.MoveNextAsync().AsTask());
            string[] lines;
            do
            {
                await Task.Delay(10, Token);
                lines = File.Exists(counted) ? await File.ReadAllLinesAsync(counted, Token) : [];
            }
            while (lines.Length < runs.Count);

            Assert.Contains($" -threads {threads} ", lines[^1], StringComparison.Ordinal);
            Assert.Contains($" -filter_threads {threads} ", lines[^1], StringComparison.Ordinal);
        }

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(runs));
        Assert.Equal(2, guard.Threads);
    }

    [Fact]
    public async Task EveryProcess_IsASpanUnderItsCaller()
    {
        var spans = new List<Activity>();
        using var parent = new Activity("upload").Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == MediaInstruments.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                if (span.TraceId == parent.TraceId)
                {
                    lock (spans)
                    {
                        spans.Add(span);
                    }
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        var path = await media.Clips.TalkAsync("span.mp4", 1, "-c:v libx264 -c:a aac");
        var probe = await new MediaProbe(media.Guard).ProbeAsync(path, Token);
        await using var clip = new ClipSplitter(media.Guard).Start(path, probe, Token);
        await clip.Completion;

        Assert.Equal(["ffmpeg split", "ffprobe"], spans.Select(span => span.OperationName).Order());
        Assert.All(spans, span => Assert.Equal(parent.SpanId, span.ParentSpanId));
        Assert.All(spans, span => Assert.Equal(ActivityStatusCode.Ok, span.Status));
    }

    private async Task AssertGoneAsync(string name)
    {
        var pids = await media.PidsAsync(name, Task.CompletedTask, Token);
        Assert.Equal(2, pids.Length);
        // Killed processes stay visible until they are reaped; that is somebody else's to do for the grandchild.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while (pids.Any(ProcessTable.IsAlive))
        {
            await Task.Delay(20, limit.Token);
        }
    }
}

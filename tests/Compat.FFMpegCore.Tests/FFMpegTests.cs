using System.Runtime.InteropServices;
using FFMpegCore;
using FFMpegCore.Exceptions;
using FFMpegCore.Pipes;

namespace Emotion.Compat.FFMpegCore.Tests;

/// <summary>Only the published package's public API is used here, so that the same tests can hold the package itself.</summary>
public sealed class FFMpegTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ffmpegcore-tests-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Processor_FromFileToFile_MakesTheFile()
    {
        var path = PathOf("a.wav");
        Assert.True(await Tone(1).OutputToFile(path).ProcessAsynchronously());
        Assert.Equal(TimeSpan.FromSeconds(1), (await FFProbe.AnalyseAsync(path, cancellationToken: Token)).Duration);
    }

    [Fact]
    public async Task Pipes_InAndOut_CarryEveryByte()
    {
        var samples = new short[200_000];
        new Random(1).NextBytes(MemoryMarshal.AsBytes(samples.AsSpan()));
        var bytes = MemoryMarshal.AsBytes(samples.AsSpan()).ToArray();
        var output = new MemoryStream();

        await FFMpegArguments
            .FromPipeInput(new StreamPipeSource(new MemoryStream(bytes)), options => options.WithCustomArgument("-f s16le -ar 16000 -ac 1"))
            .OutputToPipe(new StreamPipeSink(output), options => options.ForceFormat("s16le").WithAudioCodec("pcm_s16le"))
            .ProcessAsynchronously();

        Assert.Equal(bytes, output.ToArray());
    }

    [Fact]
    public async Task MultiOutput_ToTwoPipesAndAFile_FillsAll()
    {
        var first = new MemoryStream();
        var second = new MemoryStream();
        await Tone(2)
            .MultiOutput(outputs => outputs
                .OutputToPipe(new StreamPipeSink(first), options => options.WithCustomArgument("-f s16le -ar 16000 -ac 1"))
                .OutputToPipe(new StreamPipeSink(second), options => options.WithCustomArgument("-f s16le -ar 8000 -ac 1"))
                .OutputToFile(PathOf("c.flac")))
            .ProcessAsynchronously();

        Assert.Equal(2 * 16000 * 2, first.Length);
        Assert.Equal(2 * 8000 * 2, second.Length);
        Assert.Equal("flac", (await FFProbe.AnalyseAsync(PathOf("c.flac"), cancellationToken: Token)).PrimaryAudioStream!.CodecName);
    }

    [Fact]
    public async Task Arguments_WithSpacesQuotesAndShellCharacters_ArriveAsTheyAre()
    {
        var path = PathOf("name with spaces.flac");
        await Tone(1)
            .OutputToFile(path, true, options => options.WithCustomArgument("-metadata title=\"a \\\"b\\\" $(touch x) ; c\""))
            .ProcessAsynchronously();

        var analysis = await FFProbe.AnalyseAsync(path, cancellationToken: Token);
        Assert.Equal("a \"b\" $(touch x) ; c", analysis.Format.Tags!.First(tag => tag.Key.Equals("title", StringComparison.OrdinalIgnoreCase)).Value);
    }

    [Fact]
    public async Task Error_ThrowsWithWhatFfmpegSaid_OrReturnsFalse()
    {
        var path = PathOf("text.mp4");
        await File.WriteAllTextAsync(path, "no clip", Token);
        var exception = await Assert.ThrowsAsync<FFMpegException>(
            () => FFMpegArguments.FromFileInput(path).OutputToFile(PathOf("x.wav")).ProcessAsynchronously());
        Assert.Equal(FFMpegExceptionType.Process, exception.Type);
        Assert.Contains("Invalid data", exception.FFMpegErrorOutput, StringComparison.Ordinal);
        Assert.False(await FFMpegArguments.FromFileInput(path).OutputToFile(PathOf("x.wav")).ProcessAsynchronously(throwOnError: false));
    }

    [Fact]
    public async Task Input_ThatIsNotThere_IsNotStarted() =>
        await Assert.ThrowsAsync<FileNotFoundException>(
            () => FFMpegArguments.FromFileInput(PathOf("none.mp4")).OutputToFile(PathOf("x.wav")).ProcessAsynchronously());

    [Fact]
    public async Task Progress_AndOutput_AreTold()
    {
        var times = new List<TimeSpan>();
        var shares = new List<double>();
        var lines = new List<string>();
        await Tone(3)
            .OutputToFile("-", true, options => options.WithCustomArgument("-f framemd5"))
            .NotifyOnProgress(times.Add)
            .NotifyOnProgress(shares.Add, TimeSpan.FromSeconds(3))
            .NotifyOnOutput(lines.Add)
            .ProcessAsynchronously();
        Assert.InRange(times[^1].TotalSeconds, 2.9, 3.1);
        Assert.Equal(100, shares[^1]);
        Assert.Contains("#format: frame checksums", lines);
    }

    [Fact]
    public async Task Cancellation_ByToken_KillsAndThrows()
    {
        using var cancel = new CancellationTokenSource();
        var started = new TaskCompletionSource();
        var run = Endless()
            .OutputToPipe(new StreamPipeSink(NotifyFirst(started)), options => options.WithCustomArgument("-f s16le"))
            .CancellableThrough(cancel.Token)
            .ProcessAsynchronously();
        await started.Task;
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task Cancellation_WithTime_LetsTheFileBeFinished()
    {
        var path = PathOf("asked.mp4");
        var started = new TaskCompletionSource();
        var run = Endless()
            .OutputToFile(path, true, options => options.WithAudioCodec("aac"))
            .NotifyOnProgress(time =>
            {
                if (time > TimeSpan.Zero)
                {
                    started.TrySetResult();
                }
            })
            .CancellableThrough(out var cancel, 60_000)
            .ProcessAsynchronously(throwOnError: false);
        await started.Task;
        cancel();
        await run;
        Assert.True((await FFProbe.AnalyseAsync(path, cancellationToken: Token)).Duration > TimeSpan.Zero);
    }

    [Fact]
    public async Task Sink_ThatThrows_EndsTheProcessAndIsHeard()
    {
        var exception = await Assert.ThrowsAsync<InvalidDataException>(() => Endless()
            .OutputToPipe(
                new StreamPipeSink((_, _) => throw new InvalidDataException("sink")), options => options.WithCustomArgument("-f s16le"))
            .ProcessAsynchronously());
        Assert.Equal("sink", exception.Message);
    }

    [Fact]
    public async Task Source_ThatThrows_EndsTheProcessAndIsHeard()
    {
        var exception = await Assert.ThrowsAsync<InvalidDataException>(() => FFMpegArguments
            .FromPipeInput(new ThrowingSource(), options => options.WithCustomArgument("-f s16le"))
            .OutputToFile(PathOf("x.wav"))
            .ProcessAsynchronously());
        Assert.Equal("source", exception.Message);
    }

    [Fact]
    public async Task Source_LongerThanFfmpegWants_IsNoError()
    {
        var output = new MemoryStream();
        await FFMpegArguments
            .FromPipeInput(new StreamPipeSource(new MemoryStream(new byte[20_000_000])), options => options.WithCustomArgument("-f s16le -ar 16000"))
            .OutputToPipe(new StreamPipeSink(output), options => options.WithCustomArgument("-t 1 -f s16le"))
            .ProcessAsynchronously();
        Assert.Equal(32_000, output.Length);
    }

    [Fact]
    public async Task BinaryFolder_WithAnotherTool_IsUsed()
    {
        var tool = PathOf("ffmpeg");
        // Not written by this process: what other tests start meanwhile would hold it open ("text file busy").
        System.Diagnostics.Process.Start("sh", ["-c", "printf '#!/bin/sh\\necho \"$#\"\\n' >\"$0\" && chmod +x \"$0\"", tool]).WaitForExit();
        var lines = new List<string>();
        await FFMpegArguments.FromFileInput("in put", false)
            .OutputToFile("out")
            .NotifyOnOutput(lines.Add)
            .ProcessAsynchronously(true, new FFOptions { BinaryFolder = _folder.FullName });
        // -i, "in put", out, -y
        Assert.Equal(["4"], lines);
    }

    private static FFMpegArguments Tone(int seconds) =>
        FFMpegArguments.FromFileInput($"sine=f=440:r=16000:d={seconds}", false, options => options.ForceFormat("lavfi"));

    private static FFMpegArguments Endless() =>
        FFMpegArguments.FromFileInput("sine=f=440:r=16000", false, options => options.WithCustomArgument("-re -f lavfi"));

    private static Func<Stream, CancellationToken, Task> NotifyFirst(TaskCompletionSource first) => async (stream, token) =>
    {
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer, token) > 0)
        {
            first.TrySetResult();
        }
    };

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private sealed class ThrowingSource : IPipeSource
    {
        public string GetStreamArguments() => "-ar 16000";

        public async Task WriteAsync(Stream outputStream, CancellationToken cancellationToken)
        {
            await outputStream.WriteAsync(new byte[1000], cancellationToken);
            throw new InvalidDataException("source");
        }
    }
}

using System.Diagnostics;
using FFMpegCore;
using FFMpegCore.Exceptions;

namespace Emotion.Compat.FFMpegCore.Tests;

public sealed class FFProbeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ffprobe-tests-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Analysis_OfAClip_HasItsStreams()
    {
        var path = await MakeAsync(
            "a.mkv",
            "-f lavfi -i testsrc2=s=320x180:r=30000/1001:d=2 -f lavfi -i sine=r=44100:d=2 -vf setsar=4/3 -c:v libx264 -pix_fmt yuv420p "
            + "-c:a flac -ac 2 -metadata title=Hello -metadata:s:a language=deu");
        var analysis = await FFProbe.AnalyseAsync(path, cancellationToken: Token);

        Assert.Equal("matroska,webm", analysis.Format.FormatName);
        Assert.Equal(2, analysis.Format.StreamCount);
        Assert.Equal("Hello", analysis.Format.Tags!["title"]);
        Assert.InRange(analysis.Duration.TotalSeconds, 1.95, 2.1);
        Assert.Empty(analysis.ErrorData);
        Assert.Null(analysis.PrimarySubtitleStream);

        var picture = analysis.PrimaryVideoStream!;
        Assert.Equal((0, "h264", 320, 180, "yuv420p"), (picture.Index, picture.CodecName, picture.Width, picture.Height, picture.PixelFormat));
        Assert.Equal(30000.0 / 1001, picture.AvgFrameRate, 6);
        Assert.Equal(30000.0 / 1001, picture.FrameRate, 6);
        Assert.Equal((4, 3), picture.SampleAspectRatio);
        Assert.Equal(0, picture.Rotation);
        Assert.InRange(picture.Duration.TotalSeconds, 1.95, 2.1);

        var sound = analysis.PrimaryAudioStream!;
        Assert.Equal((1, "flac", 2, 44100, "deu"), (sound.Index, sound.CodecName, sound.Channels, sound.SampleRateHz, sound.Language));
        Assert.False(sound.Disposition!["attached_pic"]);
    }

    [Theory]
    [InlineData(90)]
    [InlineData(180)]
    public async Task Rotation_OfADisplayMatrix_IsRead(int degrees)
    {
        var plain = await MakeAsync("p.mp4", "-f lavfi -i testsrc2=s=64x48:d=1 -c:v libx264 -pix_fmt yuv420p");
        var path = await MakeAsync("r.mp4", $"-i {plain} -c copy -metadata:s:v rotate={degrees}");
        Assert.Equal(degrees, Math.Abs((await FFProbe.AnalyseAsync(path, cancellationToken: Token)).PrimaryVideoStream!.Rotation));
    }

    [Fact]
    public async Task StartTime_OfALateStream_IsRead()
    {
        var path = await MakeAsync(
            "late.mkv", "-f lavfi -i testsrc2=s=64x48:d=2 -itsoffset 0.5 -f lavfi -i sine=d=1 -c:v libx264 -pix_fmt yuv420p -c:a pcm_s16le");
        var analysis = await FFProbe.AnalyseAsync(path, cancellationToken: Token);
        Assert.Equal(0.5, (analysis.PrimaryAudioStream!.StartTime - analysis.PrimaryVideoStream!.StartTime).TotalSeconds, 3);
    }

    [Fact]
    public async Task CustomArguments_ReachFfprobe()
    {
        var path = await MakeAsync("f.mkv", "-f lavfi -i sine=d=1 -c:a flac");
        var exception = await Assert.ThrowsAsync<FFMpegException>(
            () => FFProbe.AnalyseAsync(path, cancellationToken: Token, customArguments: "-f mov"));
        Assert.Equal(FFMpegExceptionType.Process, exception.Type);
    }

    [Fact]
    public async Task File_ThatIsNotThere_IsSaid()
    {
        var exception = await Assert.ThrowsAsync<FFMpegException>(
            () => FFProbe.AnalyseAsync(Path.Combine(_folder.FullName, "none.mp4"), cancellationToken: Token));
        Assert.Equal(FFMpegExceptionType.File, exception.Type);
    }

    [Fact]
    public async Task Cancellation_EndsTheProcess()
    {
        var pipe = Path.Combine(_folder.FullName, "never-written");
        Process.Start("mkfifo", [pipe]).WaitForExit();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var run = FFProbe.AnalyseAsync(pipe, cancellationToken: cancel.Token);
        cancel.CancelAfter(200);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    private async Task<string> MakeAsync(string name, string arguments)
    {
        var path = Path.Combine(_folder.FullName, name);
        using var process = Process.Start(new ProcessStartInfo("ffmpeg", $"-nostdin -v error -y {arguments} {path}"))!;
        await process.WaitForExitAsync(Token);
        Assert.Equal(0, process.ExitCode);
        return path;
    }
}

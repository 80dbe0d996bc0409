using System.Diagnostics;
using System.Globalization;
using Emotion.Contracts.Video.V1;
using Emotion.Inference.Tests;
using Emotion.ModelRegistry.Tests;
using Google.Protobuf;
using Grpc.Core;

namespace Emotion.VideoService.Tests;

/// <summary>A caller goes away while its segment is decoded.</summary>
public sealed class CancellationTests(AzuriteFixture azurite) : ServedVideo(azurite, ("Segments:MaxConcurrent", "1"))
{
    private readonly string _film = Path.Combine(Path.GetTempPath(), $"emotion-{Guid.NewGuid():n}.mkv");

    public override async ValueTask InitializeAsync()
    {
        await Pictures.FacesAsync(_film, seconds: 40, "[bg][a]overlay=200:80");
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        File.Delete(_film);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Segment_CallerGoesAway_EndsItsFfmpegAndLetsTheNextOneCompute()
    {
        using var caller = new CancellationTokenSource();
        using var call = Client.AnalyzeSegment(cancellationToken: caller.Token);
        await SendAsync(
            call.RequestStream,
            (await File.ReadAllBytesAsync(_film, Token)).Chunk(100_000).Select(chunk => new AnalyzeSegmentRequest { Data = ByteString.CopyFrom(chunk) }).Prepend(Start(0, 40)));
        // One that is stopped does not end of itself.
        var ffmpeg = await SomeAsync(Ffmpeg);
        using (var stop = Process.Start(new ProcessStartInfo("kill") { ArgumentList = { "-STOP", ffmpeg.ToString(CultureInfo.InvariantCulture) } })!)
        {
            await stop.WaitForExitAsync(Token);
        }

        await caller.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode);
        await SomeAsync(() => Ffmpeg() is null ? 1 : null);
        using var next = await Limits.Segments.EnterAsync(Token);
    }

    /// <summary>The number of the process that decodes for this service, by the folder that it works in: one that was forked has no command line of its own.</summary>
    private int? Ffmpeg() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
        .Where(number => number > 0 && Name(number) == "ffmpeg\n"
            && new FileInfo($"/proc/{number}/cwd").LinkTarget?.StartsWith(Served.WorkFolder, StringComparison.Ordinal) == true)
        .Select(number => (int?)number)
        .FirstOrDefault();

    private static string? Name(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm");
        }
        catch (IOException)
        {
            return null; // It has ended.
        }
    }

    private static async Task<int> SomeAsync(Func<int?> find)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        while (true)
        {
            if (find() is { } found)
            {
                return found;
            }

            await Task.Delay(5, limit.Token);
        }
    }
}

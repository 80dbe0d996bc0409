using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Emotion.SystemTests;

/// <summary>The small form of <c>./emotion prove long-video</c>: three video replicas, and a clip of many segments against a short one.</summary>
public sealed class LongVideoTests : IAsyncLifetime
{
    private const int ShortSeconds = 30, LongSeconds = 120, Replicas = 3;

    private RunningSystem _system = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    // A replica that is slow to say what it has loaded, or to answer, because the machine is busy would be passed over for a while, and its share go to the others.
    public async ValueTask InitializeAsync() => _system = await RunningSystem.StartAsync(
        new() { ["Gateway__Calls__StatusDeadline"] = "00:00:30", ["Gateway__Calls__HungAfter"] = "00:05:00", ["Gateway__Calls__SegmentDeadline"] = "00:10:00" },
        Cancelled, $"--Video:Replicas={Replicas}");

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    [Fact]
    public async Task LongClip_OverThreeReplicas_IsSpreadEvenlyAndTakesNoMoreMemory()
    {
        using var gateway = _system.Gateway();
        var (brief, whole) = (await TestClip.MakeAsync(_system.Folder, ShortSeconds, Cancelled), await TestClip.MakeAsync(_system.Folder, LongSeconds, Cancelled));
        // The same work as the long clip's: what a process takes as it ages is no growth with length.
        for (var warmUp = 0; warmUp < LongSeconds / ShortSeconds; warmUp++)
        {
            await AnalyseAsync(gateway, brief);
        }

        await _system.Receiver.WaitAsync(_ => Segments().Values.Sum() >= LongSeconds / 10, Cancelled); // Else some of them would be taken for the long clip's.
        var shortPeaks = Peaks();
        var before = Segments().ToDictionary(replica => replica.Key, replica => replica.Value);
        await AnalyseAsync(gateway, whole);

        await _system.Receiver.WaitAsync(_ => Segments().Values.Sum() - before.Values.Sum() >= LongSeconds / 10, Cancelled);
        var each = Segments().Select(replica => replica.Value - before[replica.Key]).ToList();
        Assert.Equal(Replicas, each.Count);
        Assert.All(each, count => Assert.InRange(count, LongSeconds / 10 / Replicas - 2, LongSeconds / 10 / Replicas + 2));
        var longPeaks = Peaks();
        Assert.Equal(shortPeaks.Keys.Order(), longPeaks.Keys.Order());
        Assert.All(longPeaks, service => Assert.True(
            service.Value <= 1.2 * shortPeaks[service.Key], $"{service.Key}: {service.Value:0} MB after {shortPeaks[service.Key]:0} MB"));
    }

    private SortedDictionary<string, int> Segments() => new(
        _system.Receiver.Spans.Where(span => span.Name == "video.segment").CountBy(span => span.Service).ToDictionary(), StringComparer.Ordinal);

    // The most that each has held in memory since it started, in MB; a text service runs only where the release has a model for it.
    private Dictionary<string, double> Peaks() => ((string[])
        ["gateway", "audio", "fusion", "video-1", "video-2", "video-3", .. _system.Running("text-")]).ToDictionary(
        name => name,
        name => double.Parse(
            File.ReadLines($"/proc/{_system.ProcessId(name)}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024);

    private static async Task AnalyseAsync(HttpClient gateway, string clip)
    {
        using var content = new StreamContent(File.OpenRead(clip));
        using var response = await gateway.PostAsync("/v1/analyses?wait=true", content, Cancelled);
        var body = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode}: {body}");
        using var answer = JsonDocument.Parse(body);
        Assert.Equal("used", answer.RootElement.GetProperty("modalities").GetProperty("video").GetProperty("status").GetString());
    }
}

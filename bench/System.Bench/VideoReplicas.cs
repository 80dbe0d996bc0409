using System.Globalization;
using System.Text.Json;

namespace Emotion.SystemBench;

/// <summary>
/// What the processes of a running system used, told by the kernel, and what each video replica was asked, told by its log. Linux only.
/// Logs name requests only where <c>Logging__Console__LogLevel__Default=Information</c> is in the system's environment.
/// </summary>
internal sealed class VideoReplicas(FileInfo state)
{
    private const string Asked = "VideoClassifier/AnalyzeSegment", Starting = "Request starting";

    /// <summary>Services whose memory must not grow with a clip; those of text only where a release has a model for it.</summary>
    private static readonly string[] Services = ["gateway", "audio", "fusion", "video-", "text-"];

    /// <summary>Sets the kernel's mark of the highest memory use back to what is used now.</summary>
    public async Task ForgetPeaksAsync(CancellationToken cancellationToken)
    {
        foreach (var (_, processId, _) in await RunningAsync(cancellationToken))
        {
            await File.WriteAllTextAsync($"/proc/{processId}/clear_refs", "5", cancellationToken);
        }
    }

    /// <summary>Highest resident memory of each service since the mark was set, in MB.</summary>
    public async Task<SortedDictionary<string, double>> PeaksAsync(CancellationToken cancellationToken)
    {
        var peaks = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, processId, _) in await RunningAsync(cancellationToken))
        {
            var line = File.ReadLines($"/proc/{processId}/status").First(row => row.StartsWith("VmHWM:", StringComparison.Ordinal));
            peaks[name] = double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
        }

        return peaks;
    }

    /// <summary>Segments that each video replica was asked for since it started.</summary>
    public async Task<SortedDictionary<string, int>> SegmentsAsync(CancellationToken cancellationToken)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var (name, _, log) in (await RunningAsync(cancellationToken)).Where(one => one.Name.StartsWith("video-", StringComparison.Ordinal)))
        {
            counts[name] = File.ReadLines(log).Count(line =>
                line.Contains(Starting, StringComparison.Ordinal) && line.Contains(Asked, StringComparison.Ordinal));
        }

        return counts;
    }

    private async Task<IReadOnlyList<(string Name, int ProcessId, string Log)>> RunningAsync(CancellationToken cancellationToken)
    {
        using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(state.FullName, cancellationToken));
        return [.. document.RootElement.GetProperty("resources").EnumerateArray()
            .Where(resource => resource.GetProperty("state").GetString() == "Running")
            .Select(resource => (Name: resource.GetProperty("name").GetString()!, Resource: resource))
            .Where(one => Array.Exists(Services, service => one.Name.StartsWith(service, StringComparison.Ordinal)))
            .Select(one => (one.Name, one.Resource.GetProperty("processId").GetInt32(), one.Resource.GetProperty("log").GetString()!))];
    }
}

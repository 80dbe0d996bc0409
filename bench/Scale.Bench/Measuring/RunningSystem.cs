using System.Globalization;
using System.Text.Json;

namespace Emotion.ScaleBench.Measuring;

/// <summary>The processes of a running system, as AppHost's state file names them, and what the kernel tells of each. Linux only.</summary>
internal sealed class RunningSystem(FileInfo state)
{
    private const double TicksPerSecond = 100; // sysconf(_SC_CLK_TCK), which Linux has had at 100 on every architecture of ours.

    public Uri Address(string name) => new(Resource(name).GetProperty("endpoints").GetProperty("http").GetString()!);

    public int ProcessId(string name) => Resource(name).GetProperty("processId").GetInt32();

    /// <summary>Resident memory in MB.</summary>
    public double Memory(string name) => double.Parse(
        File.ReadLines($"/proc/{ProcessId(name)}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;

    /// <summary>
    /// Core-seconds that a process has used, and those of the processes which it has started: that have ended, and that live, as what ffmpeg is
    /// forked from does, with those that they have started.
    /// </summary>
    public static (double Own, double Children) CoreSeconds(int processId)
    {
        var fields = Fields(processId)!;
        static double Sum(string[] of, int user) => (long.Parse(of[user], CultureInfo.InvariantCulture) + long.Parse(of[user + 1], CultureInfo.InvariantCulture)) / TicksPerSecond;
        // Its own comes first, so that nothing is counted twice; what ends in between is counted the next time.
        return (Sum(fields, 11), Sum(fields, 13) + Descendants(processId).Sum(descendant => Sum(descendant, 11) + Sum(descendant, 13)));
    }

    /// <summary>Jobs of ffmpeg and ffprobe that it has started, directly or through what keeps them ready, and that have not ended.</summary>
    public static int Jobs(int processId) => Descendants(processId).Count(fields => fields[^1] is "ffmpeg" or "ffprobe" && fields[0] is not ("Z" or "X"));

    private static IEnumerable<string[]> Descendants(int processId)
    {
        var children = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (Number: number, Fields: Fields(number)) : default)
            .Where(process => process.Fields is not null)
            .ToLookup(process => process.Fields![1], process => (process.Number, Fields: process.Fields!));
        var open = new Stack<int>([processId]);
        while (open.TryPop(out var parent))
        {
            foreach (var (number, fields) in children[parent.ToString(CultureInfo.InvariantCulture)])
            {
                open.Push(number);
                yield return fields;
            }
        }
    }

    // From the third field of /proc/N/stat on, since the second, the name, may hold blanks; it comes last. Null where the process has gone.
    private static string[]? Fields(int processId)
    {
        try
        {
            var line = File.ReadAllText($"/proc/{processId}/stat");
            return [.. line[(line.LastIndexOf(')') + 2)..].Split(' '), line[(line.IndexOf('(', StringComparison.Ordinal) + 1)..line.LastIndexOf(')')]];
        }
        catch (IOException)
        {
            return null;
        }
    }

    private JsonElement Resource(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(state.FullName));
        return document.RootElement.GetProperty("resources").EnumerateArray().First(resource => resource.GetProperty("name").GetString() == name).Clone();
    }
}

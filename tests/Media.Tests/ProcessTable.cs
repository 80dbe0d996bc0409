using System.Globalization;
using System.Runtime.InteropServices;

namespace Emotion.Media.Tests;

/// <summary>What the kernel tells of other processes.</summary>
internal static class ProcessTable
{
    public const int Kill = 9, Stop = 19, Continue = 18;

    public static bool IsAlive(int process) => Fields(process) is [not "Z", ..];

    /// <summary>Processes whose parent it is, ended ones that nobody has asked after among them.</summary>
    public static int[] Children(int process) =>
        [.. All().Where(number => Fields(number) is { } fields && int.Parse(fields[1], CultureInfo.InvariantCulture) == process)];

    /// <summary>The first whose command line begins with this.</summary>
    public static int? Find(string program) => All()
        .Where(number => Read($"/proc/{number}/cmdline")?.StartsWith(program, StringComparison.Ordinal) == true)
        .Select(number => (int?)number)
        .FirstOrDefault();

    /// <summary>From the third of /proc/N/stat on; null where the process has gone.</summary>
    public static string[]? Fields(int process) =>
        Read($"/proc/{process}/stat") is { } line ? line[(line.LastIndexOf(')') + 2)..].Split(' ') : null;

    public static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null;
        }
    }

    public static async Task UntilAsync(Func<bool> isSo, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(limit);
        while (!isSo())
        {
            await Task.Delay(5, late.Token);
        }
    }

    public static void Signal(int process, int signal) => Assert.Equal(0, SendSignal(process, signal));

    private static IEnumerable<int> All() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
        .Where(number => number > 0);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int process, int signal);
}

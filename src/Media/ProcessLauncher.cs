using System.Diagnostics;
using System.Globalization;

namespace Emotion.Media;

/// <summary>
/// Writes the launchers that FFMpegCore starts in the place of ffmpeg and ffprobe: they set the limits, empty the environment
/// (it may hold keys), leave the network, lead a process group of their own, and then become the tool, so that the process
/// started is the process limited and killed. Arguments pass through untouched.
/// </summary>
internal static class ProcessLauncher
{
    private const int OpenFiles = 256;

    private static readonly Lazy<string> NetworkIsolation = new(FindNetworkIsolation);

    public static bool IsolatesNetwork => NetworkIsolation.Value.Length > 0;

    /// <summary>Writes <c>ffmpeg</c> and <c>ffprobe</c> into the folder, which must be there.</summary>
    public static void Write(string folder, MediaOptions options)
    {
        // Not written by this process: whatever it starts meanwhile holds its open files until it is another program, and a launcher that
        // anybody may still write to is not started ("text file busy").
        using var writer = new Process { StartInfo = new ProcessStartInfo("sh") { RedirectStandardError = true } };
        foreach (var argument in new[]
        {
            "-c", "umask 077; cd \"$1\" && printf %s \"$2\" >ffmpeg && printf %s \"$3\" >ffprobe && chmod 700 ffmpeg ffprobe", "sh", folder,
            Script("ffmpeg", options), Script("ffprobe", options),
        })
        {
            writer.StartInfo.ArgumentList.Add(argument);
        }

        writer.Start();
        var problem = writer.StandardError.ReadToEnd();
        writer.WaitForExit();
        if (writer.ExitCode != 0)
        {
            throw new IOException($"The launchers of ffmpeg and ffprobe could not be written: {problem.Trim()}");
        }
    }

    /// <summary>A command for <c>sh -c</c> that becomes the tool, with the library preloaded that keeps it ready, as far cut off as a tool that is launched.</summary>
    /// <param name="tool"><c>ffmpeg</c> or <c>ffprobe</c>.</param>
    /// <param name="library">Path of the library, without blanks and colons.</param>
    /// <param name="socket">Name of the socket to make.</param>
    /// <param name="options">Limits of each job; the tool that waits for them has none.</param>
    public static string ReadyCommand(string tool, string library, string socket, MediaOptions options) => string.Create(CultureInfo.InvariantCulture, $"""
        exec env -i PATH="$PATH" setsid sh -c '{StepBack(options)} exec "$@"' sh {Isolation(options)} env LD_PRELOAD={library} EMOTION_READY='{socket} {options.MaximumProcesses * 2} {
        options.ProcessMemoryMegabytes * 1024L * 1024} {options.ProcessCpuSeconds} {options.ProcessFileMegabytes * 1024L * 1024} {OpenFiles} {options.Niceness}' {
        Quote(ToolPath(tool, options))} 2>/dev/null
        """);

    // RLIMIT_NPROC is left alone: it counts all threads of the user, this host's too. -threads bounds those of the tool.
    private static string Script(string tool, MediaOptions options) => string.Create(CultureInfo.InvariantCulture, $"""
        #!/bin/sh
        set -e
        umask 077
        ulimit -c 0
        ulimit -n {OpenFiles}
        ulimit -v {options.ProcessMemoryMegabytes * 1024L}
        ulimit -t {options.ProcessCpuSeconds}
        ulimit -f {options.ProcessFileMegabytes * 2048L}
        exec env -i PATH="$PATH" nice -n {options.Niceness} setsid sh -c '{StepBack(options)} exec "$@"' sh {Isolation(options)} {Quote(ToolPath(tool, options))} "$@"

        """);

    // Where nobody has made control groups, Linux shares cores between sessions first, and niceness counts within one alone. One who is not root
    // may be told to come again: all sessions of the machine together change ten times a second.
    private static string StepBack(MediaOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $"for i in 1 2 3 4; do [ -w /proc/self/autogroup ] || break; {{ echo {options.Niceness} >/proc/self/autogroup; }} 2>/dev/null && break; sleep 0.1; done;");

    private static string Isolation(MediaOptions options) => options.IsolateNetwork ? NetworkIsolation.Value : string.Empty;

    private static string ToolPath(string tool, MediaOptions options) =>
        options.BinaryFolder.Length > 0 ? Path.GetFullPath(Path.Combine(options.BinaryFolder, tool)) : tool;

    private static string Quote(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    // Root may leave the network directly; anybody else needs a user namespace, which some kernels and containers forbid.
    private static string FindNetworkIsolation() =>
        new[] { "unshare --net --", "unshare --user --map-current-user --net --" }
            .FirstOrDefault(command => Succeeds(command + " true")) ?? string.Empty;

    private static bool Succeeds(string command)
    {
        using var process = new Process { StartInfo = new ProcessStartInfo("env") { RedirectStandardError = true } };
        foreach (var argument in command.Split(' '))
        {
            process.StartInfo.ArgumentList.Add(argument);
        }

        process.Start();
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}

using System.ComponentModel;
using System.Diagnostics;

namespace Emotion.Media;

/// <summary>
/// The folder that FFMpegCore starts ffmpeg and ffprobe from, and the tools that are kept ready for it. Debian's ffmpeg takes a tenth of a
/// second of computing to load its libraries; forked from one that has done so, a hundredth. Where that cannot be had (not built,
/// switched off, died), the launchers execute the tools as ever, and nothing but the time differs.
/// </summary>
internal sealed class ReadyTools : IDisposable
{
    public const string FFMpeg = "ffmpeg";
    public const string FFProbe = "ffprobe";

    /// <summary>Where emotion-start leaves word in the working folder that it executed the tool.</summary>
    private const string ExecutedMark = "executed";

    private const string Library = "libEmotionReady.so";
    private const string Starter = "emotion-start";

    private readonly Dictionary<string, ReadyTool> _tools = [];

    /// <param name="root">Private folder to make the folder in.</param>
    /// <param name="programs">Folder with what the script in Native/ builds, if it is there.</param>
    /// <param name="options">Whether, and the limits of each job.</param>
    public ReadyTools(string root, string programs, MediaOptions options)
    {
        Folder = Path.Combine(root, "bin");
        if (!options.KeepToolsReady || !IsBuilt(programs))
        {
            MediaWorkspace.CreatePrivate(Folder);
            ProcessLauncher.Write(Folder, options);
            return;
        }

        // emotion-start looks for launch/ beside the name that it is started by.
        var launchers = Path.Combine(Folder, "launch");
        MediaWorkspace.CreatePrivate(Folder);
        MediaWorkspace.CreatePrivate(launchers);
        ProcessLauncher.Write(launchers, options);
        // Here it has a name without blanks and colons, which would end the path where the loader reads it. A copy, because a build that writes over
        // the file would take the ground from under what is loaded.
        File.Copy(Path.Combine(programs, Library), Path.Combine(Folder, Library));
        foreach (var tool in new[] { FFMpeg, FFProbe })
        {
            File.CreateSymbolicLink(Path.Combine(Folder, tool), Path.Combine(programs, Starter));
            _tools[tool] = new ReadyTool(Folder, tool, socket => ProcessLauncher.ReadyCommand(tool, "./" + Library, socket, options), options.ReadyStarts);
        }
    }

    /// <summary>To be given as <c>FFOptions.BinaryFolder</c>.</summary>
    public string Folder { get; }

    /// <summary>The process that this tool's jobs are forked from; null where there is none.</summary>
    public int? ProcessId(string tool) => _tools.TryGetValue(tool, out var ready) ? ready.ProcessId : null;

    /// <summary>Jobs that were forked.</summary>
    public int Jobs(string tool) => _tools.TryGetValue(tool, out var ready) ? ready.Jobs : 0;

    /// <summary>Completes when the tool is ready, or when it is not worth waiting for that any longer.</summary>
    public Task PrepareAsync(string tool, CancellationToken cancellationToken) =>
        _tools.TryGetValue(tool, out var ready) ? ready.PrepareAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>To be told after each job.</summary>
    /// <param name="tool">Which of the two.</param>
    /// <param name="folder">The job's working folder.</param>
    /// <returns>How it was started: <c>ready</c> or <c>executed</c>.</returns>
    public string Ended(string tool, WorkFolder folder)
    {
        if (!_tools.TryGetValue(tool, out var ready) || File.Exists(folder.PathOf(ExecutedMark)))
        {
            return "executed";
        }

        ready.CountJob();
        return "ready";
    }

    /// <summary>Ends the tools that are ready, and with them what runs.</summary>
    public void Dispose()
    {
        foreach (var tool in _tools.Values)
        {
            tool.Dispose();
        }
    }

    // Tried, because nothing could be started where it is that of another architecture or C library, or was copied without its mode.
    private static bool IsBuilt(string programs)
    {
        var starter = Path.Combine(programs, Starter);
        if (!OperatingSystem.IsLinux() || !File.Exists(Path.Combine(programs, Library)) || !File.Exists(starter))
        {
            return false;
        }

        try
        {
            using var trial = Process.Start(new ProcessStartInfo(starter) { RedirectStandardError = true })!;
            trial.StandardError.ReadToEnd();
            trial.WaitForExit();
            return trial.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}

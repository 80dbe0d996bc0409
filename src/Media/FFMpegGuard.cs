using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Globalization;
using FFMpegCore;
using FFMpegCore.Exceptions;

namespace Emotion.Media;

/// <summary>
/// Runs ffmpeg and ffprobe with all guards of media-safety: lists of what may be opened and decoded, limits set by the kernel,
/// no network, a deadline after which the process group is killed, bounded concurrency. One per host; disposal deletes its files.
/// </summary>
public sealed class FFMpegGuard : IDisposable
{
    private readonly MediaWorkspace _workspace;
    private readonly SemaphoreSlim _slots;
    private readonly ReadyTools _tools;

    /// <exception cref="ValidationException">An option is out of range.</exception>
    public FFMpegGuard(MediaOptions options)
        : this(options, AppContext.BaseDirectory)
    {
    }

    /// <param name="options">Checked here.</param>
    /// <param name="programs">Folder of what keeps tools ready, if it is there.</param>
    internal FFMpegGuard(MediaOptions options, string programs)
    {
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        Options = options;
        _workspace = new MediaWorkspace(options.WorkFolder);
        _slots = new SemaphoreSlim(options.MaximumProcesses);
        _tools = new ReadyTools(_workspace.Root, programs, options);
    }

    public MediaOptions Options { get; }

    /// <summary>
    /// Threads of the process that is started now: those that it may have, shared with what runs already. Decoding by two threads costs an
    /// eighth more than by one, which pays only while the other core has nothing to do.
    /// </summary>
    internal int Threads => Math.Max(1, Options.ThreadsPerProcess / Math.Max(1, Options.MaximumProcesses - _slots.CurrentCount));

    internal ReadyTools Tools => _tools;

    /// <summary>A private folder for one clip. Give ffmpeg no file outside of such a folder but the clip itself.</summary>
    public WorkFolder CreateFolder() => _workspace.CreateFolder();

    public void Dispose()
    {
        _tools.Dispose();
        _workspace.Dispose();
    }

    /// <summary>Input options for data that came from outside: what may be opened, found and decoded, and how much of it.</summary>
    /// <param name="demuxer">The one format that is allowed, forced rather than guessed.</param>
    internal string InputArguments(string demuxer) =>
        string.Create(CultureInfo.InvariantCulture, $"-nostdin -hide_banner {DemuxArguments(demuxer)} -threads {Threads}");

    internal string DemuxArguments(string demuxer) =>
        string.Create(CultureInfo.InvariantCulture, $"-protocol_whitelist file,unix -format_whitelist {demuxer} -f {demuxer} ")
        + string.Create(CultureInfo.InvariantCulture, $"-codec_whitelist {MediaCodecs.Decoders} -max_pixels {Options.MaximumPixels} ")
        + string.Create(CultureInfo.InvariantCulture, $"-max_streams {Options.MaximumStreams} -probesize 5M -analyzeduration 5M");

    /// <summary>Runs one ffmpeg process.</summary>
    /// <param name="purpose">Names the span: <c>ffmpeg {purpose}</c>.</param>
    /// <param name="path">The file that it reads; null where it reads a pipe.</param>
    /// <param name="command">Makes the command from the name to give as input: one that we made, whatever the file is called.</param>
    /// <param name="deadline">When to kill it; never later than <see cref="MediaOptions.ProcessDeadline"/>.</param>
    /// <param name="cancellationToken">Kills it too.</param>
    /// <exception cref="MediaRefusedException">It ended with an error, or reached a limit.</exception>
    internal Task RunAsync(
        string purpose, string? path, Func<string, FFMpegArgumentProcessor> command, TimeSpan deadline, CancellationToken cancellationToken) =>
        GuardAsync(
            ReadyTools.FFMpeg,
            "ffmpeg " + purpose,
            path,
            deadline < Options.ProcessDeadline ? deadline : Options.ProcessDeadline,
            (input, options, token) => command("file:" + input).CancellableThrough(token).ProcessAsynchronously(true, options),
            cancellationToken);

    /// <summary>Runs one ffprobe process on a file that the demuxer named must read.</summary>
    internal Task<IMediaAnalysis> ProbeAsync(string path, string demuxer, CancellationToken cancellationToken) =>
        GuardAsync(
            ReadyTools.FFProbe,
            "ffprobe",
            path,
            Options.ProbeDeadline,
            (input, options, token) => FFProbe.AnalyseAsync(input, options, token, DemuxArguments(demuxer)),
            cancellationToken);

    private async Task<T> GuardAsync<T>(
        string tool,
        string purpose,
        string? path,
        TimeSpan deadline,
        Func<string, FFOptions, CancellationToken, Task<T>> run,
        CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        using var activity = MediaInstruments.Activities.StartActivity(purpose);
        var started = Stopwatch.GetTimestamp();
        var outcome = "failed";
        MediaInstruments.Started(purpose);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(deadline);
        try
        {
            var result = await StartAsync(tool, purpose, path, run, activity, limit.Token).ConfigureAwait(false);
            outcome = "done";
            return result;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            outcome = "cancelled";
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OperationCanceledException exception) when (limit.IsCancellationRequested)
        {
            outcome = "deadline";
            throw MediaInstruments.Refuse(
                MediaRefusal.TooCostly, $"Reading the clip took longer than the {deadline.TotalSeconds:0.#} seconds that it may.", exception);
        }
        catch (FFMpegException exception) when (ProcessFailure.IsMissingTool(exception))
        {
            throw new InvalidOperationException("ffmpeg could not be started. Install it: apt-get install ffmpeg", exception);
        }
        catch (FFMpegException exception)
        {
            throw ProcessFailure.Explain(exception);
        }
        finally
        {
            activity?.SetTag("emotion.media.outcome", outcome);
            activity?.SetStatus(outcome == "done" ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
            MediaInstruments.Ended(purpose, Stopwatch.GetElapsedTime(started), outcome);
            _slots.Release();
        }
    }

    private async Task<T> StartAsync<T>(
        string tool,
        string purpose,
        string? path,
        Func<string, FFOptions, CancellationToken, Task<T>> run,
        Activity? activity,
        CancellationToken cancellationToken)
    {
        await _tools.PrepareAsync(tool, cancellationToken).ConfigureAwait(false);
        using var folder = CreateFolder();
        var input = folder.PathOf("clip");
        if (path is not null)
        {
            File.CreateSymbolicLink(input, Path.GetFullPath(path));
        }

        try
        {
            var options = new FFOptions { BinaryFolder = _tools.Folder, TemporaryFilesFolder = folder.FullName, WorkingDirectory = folder.FullName };
            return await run(input, options, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            var way = _tools.Ended(tool, folder);
            activity?.SetTag("emotion.media.start", way);
            MediaInstruments.StartedBy(purpose, way);
        }
    }
}

using System.Globalization;
using System.Text.RegularExpressions;
using FFMpegCore.Enums;
using FFMpegCore.Exceptions;

namespace FFMpegCore;

public partial class FFMpegArgumentProcessor
{
    private readonly FFMpegArguments _arguments;
    private readonly List<Action<FFOptions>> _configurations = [];
    private readonly List<(CancellationToken Token, int Timeout)> _cancellations = [];
    private Action<string>? _onOutput;
    private Action<string>? _onError;
    private Action<TimeSpan>? _onTimeProgress;
    private Action<double>? _onPercentageProgress;
    private TimeSpan? _totalTime;
    private FFMpegLogLevel? _logLevel;

    internal FFMpegArgumentProcessor(FFMpegArguments arguments) => _arguments = arguments;

    public string Arguments => _arguments.Text;

    /// <summary>Calls back with the share of <paramref name="totalTimeSpan"/> that is done, in percent.</summary>
    public FFMpegArgumentProcessor NotifyOnProgress(Action<double> onPercentageProgress, TimeSpan totalTimeSpan)
    {
        _onPercentageProgress = onPercentageProgress;
        _totalTime = totalTimeSpan;
        return this;
    }

    /// <summary>Calls back with the time stamp that ffmpeg has reached; needs its statistics (<c>-stats</c> or log level info).</summary>
    public FFMpegArgumentProcessor NotifyOnProgress(Action<TimeSpan> onTimeProgress)
    {
        _onTimeProgress = onTimeProgress;
        return this;
    }

    public FFMpegArgumentProcessor NotifyOnOutput(Action<string> onOutput)
    {
        _onOutput = onOutput;
        return this;
    }

    public FFMpegArgumentProcessor NotifyOnError(Action<string> onError)
    {
        _onError = onError;
        return this;
    }

    public FFMpegArgumentProcessor CancellableThrough(out Action cancel, int timeout = 0)
    {
        // The delegate keeps the source alive; it holds no timer and no handle that would need disposal.
        var source = new CancellationTokenSource();
        cancel = source.Cancel;
        return CancellableThrough(source.Token, timeout);
    }

    /// <summary>On cancellation ffmpeg is asked to quit and killed, with its process group, after the milliseconds given.</summary>
    public FFMpegArgumentProcessor CancellableThrough(CancellationToken token, int timeout = 0)
    {
        _cancellations.Add((token, timeout));
        return this;
    }

    public FFMpegArgumentProcessor Configure(Action<FFOptions> configureOptions)
    {
        _configurations.Add(configureOptions);
        return this;
    }

    public FFMpegArgumentProcessor WithLogLevel(FFMpegLogLevel logLevel)
    {
        _logLevel = logLevel;
        return this;
    }

    /// <exception cref="FFMpegException">ffmpeg ended with an error, and <paramref name="throwOnError"/>.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, and <paramref name="throwOnError"/>.</exception>
    public async Task<bool> ProcessAsynchronously(bool throwOnError = true, FFOptions? ffMpegOptions = null)
    {
        var options = ffMpegOptions ?? GlobalFFOptions.Current.Clone();
        _configurations.ForEach(configure => configure(options));
        _arguments.Verify();

        try
        {
            foreach (var pipe in _arguments.Pipes)
            {
                pipe.Open(options);
            }

            var (exitCode, errors) = await RunAsync(options).ConfigureAwait(false);
            if (exitCode != 0 && throwOnError)
            {
                throw new FFMpegException(
                    FFMpegExceptionType.Process, $"ffmpeg exited with non-zero exit-code ({exitCode} - {errors})", null, errors);
            }

            if (exitCode == 0)
            {
                _onPercentageProgress?.Invoke(100);
            }

            return exitCode == 0;
        }
        catch (OperationCanceledException) when (!throwOnError)
        {
            return false;
        }
        finally
        {
            foreach (var pipe in _arguments.Pipes)
            {
                pipe.Close();
            }
        }
    }

    private async Task<(int ExitCode, string Errors)> RunAsync(FFOptions options)
    {
        if (_cancellations.Exists(cancellation => cancellation.Token.IsCancellationRequested))
        {
            throw new OperationCanceledException("ffmpeg processing was cancelled");
        }

        using var stop = new CancellationTokenSource();
        using var exited = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        using var process = ToolProcess.Start(
            GlobalFFOptions.GetFFMpegBinaryPath(options),
            _arguments.Text + LogLevelText(options),
            options,
            output => ToolProcess.ReadLinesAsync(output, line => _onOutput?.Invoke(line)),
            OnErrorLine);

        var exit = process.WaitForExitAsync();
        var cancelled = false;
        var cancelling = Task.CompletedTask;
        var registrations = _cancellations.ConvertAll(cancellation => cancellation.Token.Register(() =>
        {
            // Before the process can end by it, so that its end is never taken for its own.
            cancelled = true;
            cancelling = CancelAsync(process, exit, stop, cancellation.Timeout);
        }));
        try
        {
            var transfers = _arguments.Pipes.Select(pipe => TransferAsync(pipe, process, exited.Token, stop.Token)).ToArray();
            var exitCode = await exit.ConfigureAwait(false);
            await exited.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(transfers).ConfigureAwait(false);
            return cancelled ? throw new OperationCanceledException("ffmpeg processing was cancelled") : (exitCode, process.ErrorText);
        }
        finally
        {
            foreach (var registration in registrations)
            {
                await registration.DisposeAsync().ConfigureAwait(false);
            }

            await cancelling.ConfigureAwait(false);
        }
    }

    private static async Task TransferAsync(
        FFMpegCore.Arguments.IPipeArgument pipe, ToolProcess process, CancellationToken exited, CancellationToken stop)
    {
        try
        {
            await pipe.TransferAsync(exited, stop).ConfigureAwait(false);
        }
        catch
        {
            // Our end of the pipe failed, so what ffmpeg still does is of no use to anybody.
            process.Kill();
            throw;
        }
    }

    private static async Task CancelAsync(ToolProcess process, Task<int> exit, CancellationTokenSource stop, int timeout)
    {
        if (timeout > 0)
        {
            process.AskToQuit();
            await Task.WhenAny(exit, Task.Delay(timeout)).ConfigureAwait(false);
        }

        if (!exit.IsCompleted)
        {
            process.Kill();
        }

        await stop.CancelAsync().ConfigureAwait(false);
    }

    private string LogLevelText(FFOptions options) =>
        (_logLevel ?? options.LogLevel) is { } level ? $" -v {level.ToString().ToLowerInvariant()}" : string.Empty;

    private void OnErrorLine(string line)
    {
        _onError?.Invoke(line);
        var match = ProgressTime().Match(line);
        if (!match.Success || !TimeSpan.TryParse(match.Groups[1].Value, CultureInfo.InvariantCulture, out var done))
        {
            return;
        }

        _onTimeProgress?.Invoke(done);
        if (_totalTime is { } total)
        {
            _onPercentageProgress?.Invoke(Math.Round(done / total * 100, 2));
        }
    }

    // frame=  100 fps=0.0 q=-0.0 size=N/A time=00:00:04.00 bitrate=N/A speed=...
    [GeneratedRegex(@"time=(\d\d:\d\d:\d\d\.\d\d?)")]
    private static partial Regex ProgressTime();
}

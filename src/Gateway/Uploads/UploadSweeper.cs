using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Uploads;

/// <summary>Deletes the uploads that nobody goes on with.</summary>
public sealed partial class UploadSweeper(UploadStore store, IOptions<UploadOptions> options, TimeProvider clock, ILogger<UploadSweeper> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SweepPeriod, clock);
        try
        {
            do
            {
                try
                {
                    store.Sweep();
                }
                catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
                {
                    LogNotSwept(failure);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    [LoggerMessage(LogLevel.Error, "Uploads that were left alone could not be deleted; trying again")]
    private partial void LogNotSwept(Exception failure);
}

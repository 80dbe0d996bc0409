using Emotion.Gateway.Audit;
using Emotion.Gateway.Limits;
using Emotion.Gateway.Sessions;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Keys;

/// <summary>Sees to the first keys before anything is answered, and forgets what was kept long enough. Comes after the host that opens the database.</summary>
public sealed partial class KeysHost(
    FirstKeys first,
    KeyStore store,
    SessionStore sessions,
    AuditLog audit,
    ClipQuota quota,
    IOptions<KeysOptions> options,
    TimeProvider clock,
    ILogger<KeysHost> logger)
    : BackgroundService, IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Mode == KeysMode.Off)
        {
            LogOff();
            return;
        }

        await first.MakeAsync(cancellationToken);
        if (!await first.AnyAsync(cancellationToken))
        {
            LogNone();
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SweepPeriod, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await SweepAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            await store.ForgetAsync(cancellationToken);
            await sessions.ForgetAsync(cancellationToken);
            await quota.ForgetAsync(cancellationToken);
            await audit.ForgetAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogNotSwept(failure);
        }
    }

    [LoggerMessage(LogLevel.Warning, "KEYS ARE OFF (Gateway:Keys:Mode): whoever reaches this gateway can do everything, with everybody's analyses. Let nobody reach it but through something that authenticates")]
    private partial void LogOff();

    [LoggerMessage(LogLevel.Warning, "There is no key, so nobody can come in: set Gateway:Keys:Bootstrap (docs/operations.md)")]
    private partial void LogNone();

    [LoggerMessage(LogLevel.Error, "What is kept of keys and acts could not be swept; trying again")]
    private partial void LogNotSwept(Exception failure);
}

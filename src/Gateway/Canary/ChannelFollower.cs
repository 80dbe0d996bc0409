using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Releases;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using OpenTelemetry;

namespace Emotion.Gateway.Canary;

/// <summary>
/// Follows the channels <c>canary</c> and <c>shadow</c>, and writes rollbacks into the registry. Where it cannot be read, what was known
/// goes on; where it cannot be written, the canary is off here all the same, and this is tried again and told.
/// </summary>
public sealed partial class ChannelFollower(Registry registry, Rollout rollout, IOptions<CanaryOptions> options, ILogger<ChannelFollower> logger)
    : BackgroundService, IHealthCheck
{
    private volatile string _unread = "";
    private volatile string _unwritten = "";
    private ChannelHalt? _written;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var said = $"{_unwritten} {_unread}".Trim();
        return Task.FromResult(said.Length > 0
            ? HealthCheckResult.Degraded(said)
            : HealthCheckResult.Healthy(rollout.Canary is { } canary ? $"{canary.Release} gets {canary.Share:P2} of the requests." : "No canary gets requests."));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        while (!stoppingToken.IsCancellationRequested)
        {
            await LookAsync(stoppingToken);
            // Gateways that started together do not ask together.
            await rollout.WaitForDecisionAsync(options.Value.PollPeriod * (1 + 0.2 * Random.Shared.NextDouble()), stoppingToken);
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        if (rollout.Halt is { } halt && halt != _written)
        {
            await WriteAsync(halt, cancellationToken);
        }

        try
        {
            rollout.Follow(
                await PlanAsync(ChannelManifest.Canary, cancellationToken), await PlanAsync(ChannelManifest.Shadow, cancellationToken));
            _unread = "";
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            if (_unread.Length == 0)
            {
                LogUnread(failure);
            }

            _unread = "The channels cannot be read: what was known of canary and shadow goes on.";
        }
    }

    private async Task<ChannelPlan?> PlanAsync(string channel, CancellationToken cancellationToken) =>
        (await registry.ChannelAsync(channel, cancellationToken))?.Channel is { Share: > 0 } found
            ? new ChannelPlan(found.Release, found.Share, found.Generation)
            : null;

    private async Task WriteAsync(ChannelHalt halt, CancellationToken cancellationToken)
    {
        try
        {
            var (channel, changed) = await registry.HaltAsync(halt, cancellationToken);
            (_written, _unwritten) = (halt, "");
            if (changed)
            {
                LogWritten(channel.Release, channel.Generation);
            }
            else
            {
                LogMovedBySomebody(halt.Generation, channel.Generation);
            }
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            // Without a key to sign with, without the right to write, or with the store away: other gateways must decide for themselves.
            if (_unwritten.Length == 0)
            {
                LogUnwritten(halt.Why, failure);
            }

            _unwritten = $"The canary is off on this gateway only, since its rollback cannot be written ({failure.GetType().Name}); 'models promote RELEASE --channel canary --share 0' takes it from all.";
        }
    }

    [LoggerMessage(LogLevel.Warning, "The channels cannot be read; what was known of canary and shadow goes on")]
    private partial void LogUnread(Exception failure);

    [LoggerMessage(LogLevel.Warning, "The rollback of the canary {Release} is in the registry (generation {Generation})")]
    private partial void LogWritten(string release, long generation);

    [LoggerMessage(LogLevel.Information, "The rollback was decided on generation {Decided} of the canary; somebody else moved it to {Now}")]
    private partial void LogMovedBySomebody(long decided, long now);

    [LoggerMessage(LogLevel.Error, "The canary is off on this gateway only: its rollback ({Why}) cannot be written into the registry")]
    private partial void LogUnwritten(string why, Exception failure);
}

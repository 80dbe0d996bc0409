using System.Collections.Concurrent;
using System.Diagnostics;
using Emotion.Contracts.Common.V1;
using Emotion.Gateway.Jobs;
using Emotion.ServiceDefaults;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using OpenTelemetry;

namespace Emotion.Gateway.Releases;

/// <summary>
/// Asks every replica of every service what it has loaded, tells it what is held here, and offers what all have: replicas behind one name each by
/// its own address. A service that has no ready replica any more keeps the say it had: its calls fail for themselves, and the other modalities go on.
/// </summary>
public sealed partial class ReleasePoller(
    IConfiguration configuration, ReplicaWatches watches, ServiceToken token, ReleaseOffer offer, JobStore store, IOptions<CallOptions> options, TimeProvider clock,
    ILogger<ReleasePoller> logger)
    : BackgroundService, IHealthCheck
{
    private static readonly string[] Services = ["audio", "video", "fusion"];

    private readonly Dictionary<string, IReadOnlyList<GetModelStatusResponse>> _lastSaid = Services.ToDictionary(
        service => service, _ => (IReadOnlyList<GetModelStatusResponse>)[]);

    private IReadOnlyList<GetModelStatusResponse> _lastSaidOfText = [];

    /// <summary>Services with a replica that does not take our token.</summary>
    private readonly ConcurrentDictionary<string, bool> _refusing = new(StringComparer.Ordinal);

    private readonly Dictionary<string, SilentReplicas<Replicas<ModelStatus.ModelStatusClient>.Replica>> _silent = Services.Append(GatewayComposition.TextService)
        .ToDictionary(service => service, _ => new SilentReplicas<Replicas<ModelStatus.ModelStatusClient>.Replica>(options.Value.HungAfter, clock));

    private IReadOnlyList<string> _held = [];

    private volatile string _missing = "Nothing was asked yet.";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult((offer.Offered, _missing) switch
        {
            ([], _) => HealthCheckResult.Unhealthy($"No release is loaded everywhere. {_missing}".TrimEnd()),
            (_, { Length: > 0 }) => HealthCheckResult.Degraded(_missing),
            ([var first, ..], _) => HealthCheckResult.Healthy($"Offers {first.Name}."),
        });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var asked = ReplicaAddresses.Any(configuration, GatewayComposition.TextService) ? Services.Append(GatewayComposition.TextService) : Services;
        var replicas = asked.ToDictionary(service => service, service => new Replicas<ModelStatus.ModelStatusClient>(
            watches.Of(service), address => GrpcChannel.ForAddress(address), token, clock, rest: TimeSpan.Zero, keepGone: options.Value.StatusDeadline));
        try
        {
            // One pod of a name that stands for several must not speak for all.
            await Task.WhenAll(replicas.Keys.Select(service => watches.Of(service).LookedUp)).WaitAsync(stoppingToken);
            using var timer = new PeriodicTimer(options.Value.StatusPeriod, clock);
            do
            {
                await PollAsync(replicas, stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (RpcException) when (stoppingToken.IsCancellationRequested)
        {
            // A question that was under way when the gateway stopped.
        }
        finally
        {
            foreach (var ofService in replicas.Values)
            {
                ofService.Dispose();
            }
        }
    }

    private async Task PollAsync(Dictionary<string, Replicas<ModelStatus.ModelStatusClient>> replicas, CancellationToken cancellationToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin(); // A poll every other second would bury the traces of analyses.
        var missing = new List<string>();
        var offeredNow = offer.Offered.Select(release => release.Name).ToList();
        var asked = new GetModelStatusRequest { HeldReleases = { offeredNow.Union(await HeldAsync(cancellationToken)) } };
        foreach (var (service, ofService) in replicas)
        {
            var all = ofService.All;
            _refusing.TryRemove(service, out _);
            var askedAt = clock.GetTimestamp();
            var answers = await Task.WhenAll(all.Select(replica => AskAsync(service, replica, asked, cancellationToken)));
            foreach (var (replica, answer) in all.Zip(answers))
            {
                ofService.Say(replica, isAway: answer is not { Loaded.Count: > 0 }); // Calls need not find out one by one who was stopped, hangs or still loads.
            }

            var ready = answers.OfType<GetModelStatusResponse>().Where(answer => answer.Loaded.Count > 0).ToList();
            var hung = _silent[service].Hung([.. all.Where((_, i) => answers[i] is null)], askedAt);
            if (ready.Count > 0) // Else there is no other to ask, and it may be we who were not heard.
            {
                hung.ForEach(ofService.GiveUp); // Who waits for it would wait until the call's deadline.
            }

            if (service == GatewayComposition.TextService)
            {
                _lastSaidOfText = ready.Count > 0 ? ready : _lastSaidOfText;
            }
            else if (ready.Count > 0)
            {
                _lastSaid[service] = CommonReleases.WithSay(ready, offeredNow);
            }
            else
            {
                missing.Add($"The {service} service has no ready replica of {all.Count}{(_refusing.ContainsKey(service) ? ", and does not take this gateway's token (Grpc:Token)" : "")}.");
            }
        }

        _missing = string.Join(' ', missing);
        var offered = CommonReleases.Of([.. _lastSaid.Values])
            .Select(WithText)
            .ToList();
        if (!offered.SequenceEqual(offer.Offered))
        {
            LogOffered(string.Join(", ", offered.Select(release => release.Name)));
            offer.Exchange(offered);
        }
    }

    /// <summary>As it was the last time where the database is away.</summary>
    private async Task<IReadOnlyList<string>> HeldAsync(CancellationToken cancellationToken)
    {
        try
        {
            _held = await store.ReleasesUnderWayAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogNotAsked(failure);
        }

        return _held;
    }

    private OfferedRelease WithText(OfferedRelease release)
    {
        var loaded = _lastSaidOfText.SelectMany(replica => replica.Loaded).Where(loaded => loaded.Release == release.Name).ToList();
        return release with
        {
            HasText = loaded.Count > 0,
            ReadsText = loaded.Exists(model => model.CoveredLabels.Count > 0),
            Licences = release.Licences with { Text = CommonReleases.LicenceOf(loaded, GatewayComposition.TextService) },
        };
    }

    private async Task<GetModelStatusResponse?> AskAsync(
        string service, Replicas<ModelStatus.ModelStatusClient>.Replica replica, GetModelStatusRequest asked, CancellationToken cancellationToken)
    {
        try
        {
            var deadline = clock.GetUtcNow().UtcDateTime + options.Value.StatusDeadline;
            return await replica.Client.GetAsync(asked, deadline: deadline, cancellationToken: cancellationToken);
        }
        catch (RpcException failure) when (!cancellationToken.IsCancellationRequested)
        {
            LogSilent(service, replica.Address, failure.Status);
            if (failure.StatusCode == StatusCode.Unauthenticated)
            {
                _refusing[service] = true;
            }

            return null;
        }
    }

    [LoggerMessage(LogLevel.Information, "Offering releases: {Releases}")]
    private partial void LogOffered(string releases);

    [LoggerMessage(LogLevel.Warning, "The database does not say which releases analyses under way have")]
    private partial void LogNotAsked(Exception failure);

    [LoggerMessage(LogLevel.Debug, "The {Service} replica at {Address} does not say what it has loaded: {Status}")]
    private partial void LogSilent(string service, string address, Status status);
}

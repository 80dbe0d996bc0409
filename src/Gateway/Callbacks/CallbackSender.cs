using System.Net;
using System.Net.Http.Headers;
using Emotion.Gateway.Jobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Callbacks;

/// <summary>Sends what is due, a bounded number at a time, until the receivers have it or it is given up. No log and no metric tells an address.</summary>
public sealed partial class CallbackSender(
    DeliveryStore store,
    JobsDatabase database,
    CallbackClient client,
    IOptions<CallbackOptions> options,
    IOptions<JobsOptions> jobs,
    TimeProvider clock,
    ILogger<CallbackSender> logger) : BackgroundService
{
    private readonly CallbackOptions _options = options.Value;

    /// <summary>How long to wait before the next try: four times as long each time, but not all at the same moment.</summary>
    /// <param name="chance">From 0 to 1.</param>
    public static TimeSpan BackOff(CallbackOptions options, int attempts, double chance)
    {
        var longer = Math.Min(options.FirstRetry.TotalMilliseconds * Math.Pow(4, attempts - 1), options.LongestRetry.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(longer * (0.8 + 0.4 * chance));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_options.IsOn)
        {
            return; // What is due waits until there is a secret again.
        }

        using var places = new SemaphoreSlim(_options.Concurrent);
        var isReleased = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!isReleased)
                {
                    await store.ReleaseOwnAsync(stoppingToken);
                    isReleased = true;
                }

                await places.WaitAsync(stoppingToken);
                if (await TakeAsync(places, stoppingToken))
                {
                    continue;
                }

                await Task.Delay(jobs.Value.PollPeriod, clock, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failure)
            {
                LogNotTaken(failure); // The database is away.
                await Task.WhenAny(Task.Delay(jobs.Value.PollPeriod, clock, stoppingToken));
            }
        }

        for (var place = 0; place < _options.Concurrent; place++)
        {
            await places.WaitAsync(CancellationToken.None); // Those under way end at once.
        }
    }

    /// <returns>False where nothing is due.</returns>
    private async Task<bool> TakeAsync(SemaphoreSlim places, CancellationToken stoppingToken)
    {
        var isTaken = false;
        try
        {
            if (await store.ClaimAsync(stoppingToken) is not { } delivery)
            {
                return false;
            }

            isTaken = true;
            _ = SendAsync(delivery, places, stoppingToken);
            return true;
        }
        finally
        {
            if (!isTaken)
            {
                places.Release();
            }
        }
    }

    private async Task SendAsync(DeliveryRow delivery, SemaphoreSlim places, CancellationToken stoppingToken)
    {
        try
        {
            await SendAsync(delivery, stoppingToken);
        }
        catch (Exception failure)
        {
            LogNotWritten(delivery.Id, failure); // It comes back when its lease is over: twice rather than never.
        }
        finally
        {
            places.Release();
        }
    }

    private async Task SendAsync(DeliveryRow delivery, CancellationToken stoppingToken)
    {
        var job = await database.ReadAsync(rows => rows.FirstOrDefaultAsync(row => row.Id == delivery.Job, stoppingToken), stoppingToken);
        if (job?.EndedAt is null)
        {
            return; // Deleted, or begun anew, since it was taken: its deliveries are, too.
        }

        var startedAt = clock.GetTimestamp();
        try
        {
            var tried = delivery.Attempts > _options.Attempts ? Tried.Broken("interrupted") : await TryAsync(delivery, job, stoppingToken);
            await WriteAsync(delivery, tried);
            GatewayInstruments.DeliverySeconds.Record(clock.GetElapsedTime(startedAt).TotalSeconds);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await store.GiveBackAsync(delivery, CancellationToken.None);
        }
    }

    private async Task<Tried> TryAsync(DeliveryRow delivery, JobRow job, CancellationToken stoppingToken)
    {
        using var deadline = new CancellationTokenSource(_options.Deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, deadline.Token);
        using var request = RequestOf(delivery, job);
        try
        {
            using var response = await client.SendAsync(request, either.Token);
            return Tried.Answered(response.StatusCode, After(response.Headers.RetryAfter));
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            return Tried.Broken("timeout");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            return failure.GetBaseException() is ForbiddenAddressException ? Tried.Forbidden : Tried.Broken(WordOf(failure));
        }
    }

    private HttpRequestMessage RequestOf(DeliveryRow delivery, JobRow job)
    {
        var (body, now) = (CallbackBody.Of(job, _options.MaximumBytes), clock.GetUtcNow());
        var request = new HttpRequestMessage(HttpMethod.Post, delivery.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Emotion-Gateway", "1"));
        request.Headers.Add(CallbackSignature.IdHeader, delivery.Id);
        request.Headers.Add(CallbackSignature.TimeHeader, CallbackSignature.Seconds(now));
        request.Headers.Add(CallbackSignature.SignatureHeader, CallbackSignature.Of(_options.Keys, delivery.Id, now, body));
        return request;
    }

    private async Task WriteAsync(DeliveryRow delivery, Tried tried)
    {
        if (tried.Error is null)
        {
            await store.DeliveredAsync(delivery, tried.Status!.Value, CancellationToken.None);
            Count("delivered");
            return;
        }

        var isDead = tried.IsFinal || delivery.Attempts >= _options.Attempts;
        TimeSpan? after = isDead ? null : BackOff(_options, delivery.Attempts, Random.Shared.NextDouble());
        if (tried.RetryAfter > after)
        {
            after = tried.RetryAfter < _options.LongestRetry ? tried.RetryAfter : _options.LongestRetry;
        }

        await store.FailedAsync(delivery, tried.Status, tried.Error, after, CancellationToken.None);
        Count(isDead ? "dead" : "failed");
        LogFailed(delivery.Id, delivery.Job, tried.Error, delivery.Attempts, isDead ? "given up" : "tried again later");
    }

    private TimeSpan? After(RetryConditionHeaderValue? header) => header?.Delta ?? header?.Date - clock.GetUtcNow();

    private static string WordOf(Exception failure) => (failure as HttpRequestException)?.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "no-such-host",
        HttpRequestError.ConnectionError => "no-connection",
        HttpRequestError.SecureConnectionError => "no-secure-connection",
        _ => "broken-off",
    };

    private static void Count(string outcome) => GatewayInstruments.Deliveries.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>How a try went.</summary>
    /// <param name="Error">Null where the receiver has it.</param>
    /// <param name="IsFinal">No further try would go otherwise.</param>
    private sealed record Tried(int? Status, string? Error, bool IsFinal, TimeSpan? RetryAfter)
    {
        public static Tried Forbidden { get; } = new(null, "forbidden-address", true, null);

        public static Tried Broken(string word) => new(null, word, false, null);

        public static Tried Answered(HttpStatusCode status, TimeSpan? retryAfter) => (int)status is >= 200 and < 300
            ? new((int)status, null, true, null)
            : new((int)status, "refused", status == HttpStatusCode.Gone, retryAfter);
    }

    [LoggerMessage(LogLevel.Error, "Deliveries cannot be taken")]
    private partial void LogNotTaken(Exception failure);

    [LoggerMessage(LogLevel.Error, "How delivery {Id} went cannot be written; it is sent again")]
    private partial void LogNotWritten(string id, Exception failure);

    [LoggerMessage(LogLevel.Warning, "Delivery {Id} of analysis {Job} failed: {Error}, try {Attempt}; {Next}")]
    private partial void LogFailed(string id, string job, string error, int attempt, string next);
}

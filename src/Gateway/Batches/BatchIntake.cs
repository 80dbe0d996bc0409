using Emotion.Gateway.Api;
using Emotion.Gateway.Callbacks;
using Emotion.Gateway.Clips;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Limits;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Batches;

/// <summary>The door for many clips: receives them, then writes down the batch and all of its analyses at once, before the caller hears of it.</summary>
public sealed class BatchIntake(
    Arrivals arrivals, BatchStore store, BatchReceiver receiver, CallbackAddress callbacks, ClipStore clips, DiskRoom room,
    IHostApplicationLifetime lifetime, IOptions<BatchOptions> options, IOptions<GatewayOptions> gateway, TimeProvider clock)
{
    private int _uploading;

    /// <param name="asked">What the query asks for of all clips; a part of the body that says otherwise is overruled by it.</param>
    /// <returns>Whether it was there already, under the same key.</returns>
    /// <exception cref="RefusedException">Nothing is left of it.</exception>
    public async Task<(BatchRow Batch, bool IsReplay)> AcceptAsync(HttpRequest request, UploadFields asked, CancellationToken cancellationToken)
    {
        var arrival = await arrivals.JudgeAsync(
            request, asked, async (owner, key) => await store.FindByKeyAsync(owner, key, cancellationToken) is not null, cancellationToken);
        var (owner, id, key) = (arrival.Owner, arrival.Id, arrival.Key);
        using var admission = await AdmitAsync(arrival.IsKnown, cancellationToken);
        await using var received = new ReceivedBatch(clips);
        await receiver.ReceiveAsync(request, received, cancellationToken);
        var fields = asked.Over(received.Fields);
        var answers = fields.Require(callbacks);
        var digest = key is null ? null : received.Digest(fields);
        if (arrival.IsKnown && await store.FindByKeyAsync(owner, key!, cancellationToken) is { } known)
        {
            return Replay(arrival, known, digest);
        }

        var route = arrivals.RouteOf(arrival, fields);
        var text = new TextRequest(null, fields.SpokenLanguage(), fields.IncludeTranscript ?? false);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var batch = new BatchRow { Id = id, Owner = owner, IdempotencyKey = key, RequestDigest = digest, CreatedAt = now, Items = received.Items.Count };
        var trace = AnalysisIntake.TraceParent();
        var used = default(DayUsage);
        var (row, isNew) = await AddAsync(
            batch,
            [
                .. received.Items.Select((item, place) => new JobRow
                {
                    Id = item.Id,
                    Owner = owner,
                    Batch = id,
                    Place = place,
                    Name = item.Name,
                    State = item.Problem is null ? AnalysisState.Queued : AnalysisState.Failed,
                    EndedAt = item.Problem is null ? null : now,
                    Problem = item.Problem is null ? null : JobJson.Write(item.Problem),
                    Reason = item.Problem?.Reason,
                    Release = route.Release.Name,
                    Request = JobJson.Write(new JobRequest(item.Bytes, Math.Round(item.Upload.TotalMilliseconds, 1), text, route) { Callback = fields.Callback, Options = answers }),
                    TraceParent = trace,
                    CreatedAt = now,
                    NextTryAt = now,
                }),
            ],
            received,
            async context => used = await arrivals.CountAsync(context, arrival, received.Items.Count(item => item.Problem is null)));
        if (!isNew)
        {
            return Replay(arrival, row, digest);
        }

        arrivals.Tell(request.HttpContext, arrival, route, batch.Items, used);
        return (row, false);
    }

    private async Task<Admission> AdmitAsync(bool isKnown, CancellationToken cancellationToken)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new RefusedException(Refusal.Stopping);
        }

        room.Require();

        // Uploads first: one that ends in between is counted twice rather than not at all.
        var uploading = Interlocked.Increment(ref _uploading);
        var admission = new Admission(() => Interlocked.Decrement(ref _uploading));
        try
        {
            var underWay = isKnown ? 0 : await store.CountUnderWayAsync(cancellationToken);
            return uploading + underWay <= options.Value.Concurrent
                ? admission
                : throw new RefusedException(BatchRefusals.TooMany(options.Value.Concurrent, gateway.Value.RetryAfter));
        }
        catch
        {
            admission.Dispose();
            throw;
        }
    }

    private async Task<(BatchRow Row, bool IsNew)> AddAsync(BatchRow batch, IReadOnlyList<JobRow> jobs, ReceivedBatch received, Func<JobsContext, Task> beside)
    {
        try
        {
            var added = await store.AddAsync(batch, jobs, beside, CancellationToken.None); // A caller who goes away just now must not leave us in doubt.
            if (added.IsNew)
            {
                received.Keep();
            }

            return added;
        }
        catch (Exception failure) when (failure is not RefusedException)
        {
            received.Keep(); // A database that breaks off may have written it all the same. If not, the clips are swept.
            throw;
        }
    }

    private static (BatchRow Batch, bool IsReplay) Replay(Arrival arrival, BatchRow known, string? digest)
    {
        arrival.Replay(known.Id, known.RequestDigest, digest);
        return (known, true);
    }
}

using Emotion.Gateway.Api;
using Emotion.Gateway.Audit;
using Emotion.Gateway.Callbacks;
using Emotion.Gateway.Canary;
using Emotion.Gateway.Clips;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Keys;
using Emotion.Gateway.Limits;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Batches;

/// <summary>The door for many clips: receives them, then writes down the batch and all of its analyses at once, before the caller hears of it.</summary>
public sealed class BatchIntake(
    BatchStore store, BatchReceiver receiver, AnalysisQueue queue, ReleaseRouter router, CallbackAddress callbacks, ClipStore clips,
    ClipQuota quota, AuditLog audit,
    IHostApplicationLifetime lifetime, IOptions<BatchOptions> options, IOptions<GatewayOptions> gateway, IOptions<CanaryOptions> canary, TimeProvider clock)
{
    private int _uploading;

    /// <param name="asked">What the query asks for of all clips; a part of the body that says otherwise is overruled by it.</param>
    /// <returns>Whether it was there already, under the same key.</returns>
    /// <exception cref="RefusedException">Nothing is left of it.</exception>
    public async Task<(BatchRow Batch, bool IsReplay)> AcceptAsync(HttpRequest request, UploadFields asked, CancellationToken cancellationToken)
    {
        var caller = Caller.Of(request.HttpContext.User);
        var (owner, act) = (caller.Key, AuditedAct.Of(request.HttpContext));
        var id = Guid.NewGuid().ToString("N");
        var key = IdempotencyKey.Of(request);
        var clientKey = canary.Value.ClientOf(request, owner);
        asked.Require(callbacks);
        var isKnown = key is not null && await store.FindByKeyAsync(owner, key, cancellationToken) is not null;
        if (!isKnown)
        {
            await quota.RequireAsync(caller, cancellationToken);
            router.Choose(asked.Release, id, clientKey); // Before the upload: a caller who cannot be served need not send it.
        }

        using var admission = await AdmitAsync(isKnown, cancellationToken);
        await using var received = new ReceivedBatch(clips);
        await receiver.ReceiveAsync(request, received, cancellationToken);
        var fields = asked.Over(received.Fields);
        var answers = fields.Require(callbacks);
        var digest = key is null ? null : received.Digest(fields);
        if (isKnown && await store.FindByKeyAsync(owner, key!, cancellationToken) is { } known)
        {
            return Replay(known, digest, act);
        }

        var route = router.Choose(fields.Release, id, clientKey);
        var text = new TextRequest(null, fields.SpokenLanguage(), fields.IncludeTranscript ?? false);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var batch = new BatchRow { Id = id, Owner = owner, IdempotencyKey = key, RequestDigest = digest, CreatedAt = now, Items = received.Items.Count };
        var trace = AnalysisIntake.TraceParent();
        var clipsToday = 0;
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
            async context =>
            {
                clipsToday = await quota.CountAsync(context, caller, received.Items.Count(item => item.Problem is null), CancellationToken.None);
                context.Audit.Add(audit.Row(owner, act.Action, id, "done"));
            });
        if (!isNew)
        {
            return Replay(row, digest, act);
        }

        act.IsWritten = true;
        quota.Tell(request.HttpContext, caller, clipsToday);
        GatewayInstruments.Routed.Add(batch.Items, new("release", route.Release.Name), new("arm", route.Arm.ToString().ToLowerInvariant()));
        queue.Wake();
        return (row, false);
    }

    private async Task<Admission> AdmitAsync(bool isKnown, CancellationToken cancellationToken)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new RefusedException(Refusal.Stopping);
        }

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

    private static (BatchRow Batch, bool IsReplay) Replay(BatchRow known, string? digest, AuditedAct act)
    {
        (act.Subject, act.Detail) = (known.Id, """{"replayed":true}""");
        return known.RequestDigest == digest ? (known, true) : throw new RefusedException(IdempotencyKey.Reused);
    }
}

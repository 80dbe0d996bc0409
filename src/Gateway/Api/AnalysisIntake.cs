using System.Diagnostics;
using Emotion.Gateway.Callbacks;
using Emotion.Gateway.Clips;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Limits;
using Emotion.Gateway.Uploads;

namespace Emotion.Gateway.Api;

/// <summary>An analysis that a request is answered with.</summary>
/// <param name="IsReplay">It was there already, under the same key.</param>
/// <param name="HasKey">Its caller can ask for it again without its name.</param>
public sealed record Accepted(KnownAnalysis Analysis, bool IsReplay, bool HasKey);

/// <summary>
/// The door: takes a place, chooses the release, receives the clip, and writes the analysis down. What is accepted outlives the gateway: the clip
/// is on the disk before the row is, and the row before the caller hears of it.
/// </summary>
public sealed class AnalysisIntake(
    Arrivals arrivals,
    AnalysisQueue queue,
    JobStore store,
    ClipStore clips,
    ClipReceiver receiver,
    CallbackAddress callbacks,
    UploadStore uploads,
    TimeProvider clock)
{
    /// <param name="asked">What the query asks for; a part of the body that says otherwise is overruled by it.</param>
    /// <param name="uploadId">Of a clip that came in pieces before; null where the body has it.</param>
    /// <exception cref="RefusedException">Nothing is left of it.</exception>
    public async Task<Accepted> AcceptAsync(HttpRequest request, UploadFields asked, string? uploadId, CancellationToken cancellationToken)
    {
        var arrival = await arrivals.JudgeAsync(
            request, asked, async (owner, key) => await store.FindByKeyAsync(owner, key, cancellationToken) is not null, cancellationToken);
        var (caller, id, key) = (arrival.Caller, arrival.Id, arrival.Key);
        using var uploaded = uploadId is null ? null : arrival.IsKnown ? new UploadedClip(uploadId, null, null) : uploads.Open(uploadId, caller.OnlyOf);
        using var admission = await queue.AdmitAsync(caller, arrival.IsKnown, cancellationToken);
        await using var clip = clips.Receive(id);
        using var digest = key is null ? null : new RequestDigest();
        var upload = await receiver.ReceiveAsync(request, clip, digest, uploaded, cancellationToken);
        var cameAt = clock.GetTimestamp();
        var fields = asked.Over(upload.Fields);
        var options = fields.Require(callbacks);
        var text = new TextRequest(upload.Transcript, fields.SpokenLanguage(), fields.IncludeTranscript ?? false);
        var digested = digest?.Complete(fields, text, options);
        if (arrival.IsKnown && await store.FindByKeyAsync(arrival.Owner, key!, cancellationToken) is { } known)
        {
            return Replay(arrival, known, digested);
        }

        if (uploaded is { Bytes: null })
        {
            throw new RefusedException(UploadStore.Unknown); // What it was known by was forgotten just now.
        }

        var route = arrivals.RouteOf(arrival, fields);
        await clip.CompleteAsync(cancellationToken);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var used = default(DayUsage);
        var (row, isNew) = await AddAsync(
            new JobRow
            {
                Id = id,
                Owner = arrival.Owner,
                IdempotencyKey = key,
                RequestDigest = digested,
                Release = route.Release.Name,
                Request = JobJson.Write(new JobRequest(upload.Bytes, Math.Round(upload.Elapsed.TotalMilliseconds, 1), text, route) { Callback = fields.Callback, Options = options }),
                TraceParent = TraceParent(),
                CreatedAt = now,
                NextTryAt = now,
            },
            clip,
            async context => used = await arrivals.CountAsync(context, arrival, 1));
        if (!isNew)
        {
            return Replay(arrival, row, digested);
        }

        if (uploaded is not null)
        {
            uploads.Forget(uploaded);
        }

        arrivals.Tell(request.HttpContext, arrival, route, 1, used);
        GatewayInstruments.AcceptanceSeconds.Record(clock.GetElapsedTime(cameAt).TotalSeconds);
        return new Accepted(new KnownAnalysis(row, null), IsReplay: false, key is not null);
    }

    private async Task<(JobRow Row, bool IsNew)> AddAsync(JobRow row, IncomingClip clip, Func<JobsContext, Task> beside)
    {
        try
        {
            var added = await store.AddAsync(row, beside, CancellationToken.None); // A caller who goes away just now must not leave us in doubt.
            if (added.IsNew)
            {
                clip.Keep();
            }

            return added;
        }
        catch (Exception failure) when (failure is not RefusedException)
        {
            clip.Keep(); // A database that breaks off may have written it all the same. If not, the clip is swept.
            throw;
        }
    }

    private static Accepted Replay(Arrival arrival, JobRow known, string? digest)
    {
        arrival.Replay(known.Id, known.RequestDigest, digest);
        return new Accepted(new KnownAnalysis(known, null), IsReplay: true, HasKey: true);
    }

    internal static string TraceParent()
    {
        var context = Activity.Current?.Context
            ?? new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None);
        return $"00-{context.TraceId}-{context.SpanId}-{(context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? "01" : "00")}";
    }
}

using Emotion.Gateway.Audit;
using Emotion.Gateway.Callbacks;
using Emotion.Gateway.Canary;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Keys;
using Emotion.Gateway.Limits;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Api;

/// <summary>A request that wants clips analysed, as far as it can be judged before its body is read.</summary>
/// <param name="Id">Of the analysis or the batch that it may become.</param>
/// <param name="Key">Its Idempotency-Key; null where it has none.</param>
/// <param name="Client">What keeps its sender on one side of a canary.</param>
/// <param name="IsKnown">There was something under its key when it came.</param>
public sealed record Arrival(Caller Caller, AuditedAct Act, string Id, string? Key, string Client, bool IsKnown)
{
    /// <summary>Id of the caller's key.</summary>
    public string Owner => Caller.Key;

    /// <summary>It is answered with what is there under its key.</summary>
    /// <param name="id">Of that.</param>
    /// <param name="known">What that was asked for with.</param>
    /// <param name="digest">What this asks for.</param>
    /// <exception cref="RefusedException">They are not the same.</exception>
    public void Replay(string id, string? known, string? digest)
    {
        (Act.Subject, Act.Detail) = (id, """{"replayed":true}""");
        if (known != digest)
        {
            throw new RefusedException(IdempotencyKey.Reused);
        }
    }
}

/// <summary>What all doors have in common: who comes in before the clips are read, what is counted, and what is told once they are accepted.</summary>
public sealed class Arrivals(ReleaseRouter router, CallbackAddress callbacks, ClipQuota quota, AuditLog audit, AnalysisQueue queue, IOptions<CanaryOptions> canary)
{
    /// <summary>Refuses what can be refused before its sender uploads for nothing.</summary>
    /// <param name="asked">What the query asks for.</param>
    /// <param name="isKnown">Whether an owner has something under a key.</param>
    /// <exception cref="RefusedException">It is not let in.</exception>
    public async Task<Arrival> JudgeAsync(HttpRequest request, UploadFields asked, Func<string, string, Task<bool>> isKnown, CancellationToken cancellationToken)
    {
        var caller = Caller.Of(request.HttpContext.User);
        var key = IdempotencyKey.Of(request);
        asked.Require(callbacks);
        var arrival = new Arrival(
            caller, AuditedAct.Of(request.HttpContext), Guid.NewGuid().ToString("N"), key, canary.Value.ClientOf(request, caller.Key),
            key is not null && await isKnown(caller.Key, key));
        if (!arrival.IsKnown)
        {
            await quota.RequireAsync(caller, cancellationToken);
            RouteOf(arrival, asked);
        }

        return arrival;
    }

    /// <exception cref="RefusedException">The release that it wants is not there, or none is.</exception>
    public ReleaseRoute RouteOf(Arrival arrival, UploadFields fields) => router.Choose(fields.Release, arrival.Id, arrival.Client);

    /// <summary>Counts its clips and writes down who sent them, together with their analyses.</summary>
    /// <returns>What its key has used today.</returns>
    /// <exception cref="RefusedException">The key may send no more today.</exception>
    public async Task<DayUsage> CountAsync(JobsContext context, Arrival arrival, int clips)
    {
        var used = await quota.CountAsync(context, arrival.Caller, clips, CancellationToken.None);
        context.Audit.Add(audit.Row(arrival.Owner, arrival.Act.Action, arrival.Id, "done"));
        return used;
    }

    /// <summary>Its analyses are in the database.</summary>
    public void Tell(HttpContext context, Arrival arrival, ReleaseRoute route, int analyses, DayUsage used)
    {
        arrival.Act.IsWritten = true;
        quota.Tell(context, arrival.Caller, used);
        GatewayInstruments.Routed.Add(analyses, new("release", route.Release.Name), new("arm", route.Arm.ToString().ToLowerInvariant()));
        queue.Wake();
    }
}

using Emotion.Gateway.Keys;

namespace Emotion.Gateway.Audit;

/// <summary>What a request does, for the audit log; the endpoint may say more of it.</summary>
public sealed class AuditedAct(string key, string action)
{
    public string Key { get; } = key;

    public string Action { get; } = action;

    /// <summary>Id of what it is done to, where the address does not have it.</summary>
    public string? Subject { get; set; }

    /// <summary>JSON.</summary>
    public string? Detail { get; set; }

    /// <summary>It is in the database already, together with what was done.</summary>
    public bool IsWritten { get; set; }

    /// <summary>Of an endpoint that is <see cref="AuditedActs.Audited"/>.</summary>
    public static AuditedAct Of(HttpContext context) =>
        context.Features.Get<AuditedAct>() ?? throw new InvalidOperationException("This endpoint is not audited.");
}

/// <summary>Endpoints that change something, or say who may.</summary>
internal static class AuditedActs
{
    /// <summary>Before whatever else is asked of the request, so that what is refused is there, too.</summary>
    public static TBuilder Audited<TBuilder>(this TBuilder endpoint, string action) where TBuilder : IEndpointConventionBuilder =>
        endpoint.AddEndpointFilterFactory((context, next) =>
        {
            var log = context.ApplicationServices.GetRequiredService<AuditLog>();
            return invocation => WriteAsync(log, action, invocation, next);
        }).WithMetadata(new AuditedAction(action));

    private static async ValueTask<object?> WriteAsync(AuditLog log, string action, EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var act = new AuditedAct(Caller.TryOf(http.User)?.Key ?? "", action) { Subject = http.GetRouteValue("id") as string };
        http.Features.Set(act);
        var outcome = "failed";
        try
        {
            var result = await next(context);
            outcome = "done";
            return result;
        }
        catch (RefusedException refused)
        {
            outcome = refused.Refusal.Reason;
            throw;
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            outcome = "left";
            throw;
        }
        finally
        {
            if (!act.IsWritten)
            {
                await log.WriteAsync(log.Row(act.Key, action, act.Subject, outcome, act.Detail), CancellationToken.None); // Who goes away has done it all the same.
            }
        }
    }
}

/// <summary>An endpoint's.</summary>
public sealed record AuditedAction(string Name);

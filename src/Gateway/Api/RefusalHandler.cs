using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace Emotion.Gateway.Api;

/// <summary>
/// Answers a <see cref="RefusedException"/> as application/problem+json:
/// <c>{"type":"urn:emotion:problem:too-long","title":"too long","status":422,"detail":"...","reason":"too-long","traceId":"..."}</c>.
/// </summary>
public sealed class RefusalHandler : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest; // For the log; nobody reads it.
            return true;
        }

        var refusal = exception switch
        {
            RefusedException refused => refused.Refusal,
            BadHttpRequestException bad => new Refusal(bad.StatusCode, "bad-request", bad.Message),
            _ => null,
        };
        if (refusal is null)
        {
            return false;
        }

        GatewayInstruments.Refusals.Add(1, new("reason", refusal.Reason), new("status", refusal.Status));
        context.Response.StatusCode = refusal.Status;
        if (refusal.RetryAfter is { } after)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(after.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        // Not as the framework writes problems: its trace id would be that of this request, whatever analysis it is about.
        var problem = Problem(refusal, (exception as RefusedException)?.Analysis);
        await context.Response.WriteAsJsonAsync(problem, options: null, contentType: "application/problem+json", cancellationToken);
        return true;
    }

    /// <param name="analysis">The one that ended so; null when it is the request that was refused.</param>
    public static ProblemDetails Problem(Refusal refusal, AnalysisName? analysis)
    {
        var problem = new ProblemDetails
        {
            Type = "urn:emotion:problem:" + refusal.Reason,
            Title = refusal.Reason.Replace('-', ' '),
            Status = refusal.Status,
            Detail = refusal.Detail,
            Extensions = { ["reason"] = refusal.Reason, ["traceId"] = analysis?.TraceId ?? Activity.Current?.TraceId.ToHexString() },
        };
        if (analysis is not null)
        {
            problem.Extensions["id"] = analysis.Id;
        }

        return problem;
    }
}

using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace OpenTelemetry.Instrumentation.AspNetCore;

/// <summary>What of ASP.NET Core's requests becomes spans.</summary>
public class AspNetCoreTraceInstrumentationOptions
{
    /// <summary>False leaves the request, and what it calls, out of the traces. Null: every request is traced.</summary>
    public Func<HttpContext, bool>? Filter { get; set; }
}

/// <summary>
/// Takes filtered requests out before anything else sees them, so that their children are not recorded either, and gives the
/// others what the semantic conventions ask for and the framework leaves out: a name by method and route, and the answer's status.
/// </summary>
internal sealed class RequestSpans(IOptions<AspNetCoreTraceInstrumentationOptions> options) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, following) =>
        {
            var activity = context.Features.Get<IHttpActivityFeature>()?.Activity;
            if (activity is not null && options.Value.Filter?.Invoke(context) == false)
            {
                activity.IsAllDataRequested = false;
                activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            }

            await following(context);

            if (activity is { IsAllDataRequested: true })
                Describe(activity, context);
        });
        next(app);
    };

    private static void Describe(Activity activity, HttpContext context)
    {
        activity.SetTag("http.response.status_code", context.Response.StatusCode);
        activity.DisplayName = context.Request.Method;
        if ((context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is { } route)
        {
            activity.DisplayName = $"{context.Request.Method} {route}";
            activity.SetTag("http.route", route);
        }

        if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
            activity.SetStatus(ActivityStatusCode.Error);
    }
}

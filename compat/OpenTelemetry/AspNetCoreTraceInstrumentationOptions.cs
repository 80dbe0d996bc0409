using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace OpenTelemetry.Instrumentation.AspNetCore;

/// <summary>What of ASP.NET Core's requests becomes spans.</summary>
public class AspNetCoreTraceInstrumentationOptions
{
    /// <summary>False leaves the request, and what it calls, out of the traces. Null: every request is traced.</summary>
    public Func<HttpContext, bool>? Filter { get; set; }
}

/// <summary>Takes filtered requests out before anything else sees them: their children are then not recorded either.</summary>
internal sealed class RequestFilter(IOptions<AspNetCoreTraceInstrumentationOptions> options) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        if (options.Value.Filter is { } filter)
            app.Use((context, following) =>
            {
                if (context.Features.Get<IHttpActivityFeature>()?.Activity is { } activity && !filter(context))
                {
                    activity.IsAllDataRequested = false;
                    activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
                }
                return following(context);
            });
        next(app);
    };
}

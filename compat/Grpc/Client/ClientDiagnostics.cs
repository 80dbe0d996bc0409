using System.Diagnostics;
using System.Globalization;
using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>Spans of calls; the HTTP handler below adds its own and sends the W3C trace context.</summary>
internal static class ClientDiagnostics
{
    public const string UserAgent = "grpc-dotnet-emotion/1.0";

    private static readonly ActivitySource Source = new("Grpc.Net.Client");

    public static Activity? Start(ClientMethod method)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var activity = Source.StartActivity("Grpc.Net.Client.GrpcOut", ActivityKind.Client);
        if (activity is not null)
        {
            activity.DisplayName = method.FullName[1..];
            activity.SetTag("rpc.system", "grpc");
            activity.SetTag("rpc.service", method.ServiceName);
            activity.SetTag("rpc.method", method.Name);
            activity.SetTag("grpc.method", method.FullName);
        }

        return activity;
    }

    public static void Stop(Activity? activity, Status status)
    {
        if (activity is null)
        {
            return;
        }

        var code = ((int)status.StatusCode).ToString(CultureInfo.InvariantCulture);
        activity.SetTag("rpc.grpc.status_code", (int)status.StatusCode);
        activity.SetTag("grpc.status_code", code);
        if (status.StatusCode != StatusCode.OK)
        {
            activity.SetStatus(ActivityStatusCode.Error, status.Detail);
        }

        activity.Dispose();
    }
}

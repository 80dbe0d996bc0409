using Aspire.Dashboard.Otlp.Wire;
using Aspire.Dashboard.Telemetry;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Aspire.Dashboard;

/// <summary>OTLP over HTTP with protobuf: what the resources send.</summary>
internal static class TelemetryEndpoints
{
    private const string Protobuf = "application/x-protobuf";

    public static void MapTelemetry(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/traces", (HttpRequest request, TraceStore store) => TakeAsync(request, ExportTraceServiceRequest.Parser, store.Add));
        routes.MapPost("/v1/logs", (HttpRequest request, LogStore store) => TakeAsync(request, ExportLogsServiceRequest.Parser, store.Add));
        routes.MapPost("/v1/metrics", (HttpRequest request, MetricStore store) => TakeAsync(request, ExportMetricsServiceRequest.Parser, store.Add));
    }

    /// <summary>Kestrel bounds the body. An empty answer says that all was taken.</summary>
    private static async Task<IResult> TakeAsync<T>(HttpRequest request, MessageParser<T> parser, Action<T> store)
        where T : IMessage<T>
    {
        if (request.ContentType != Protobuf)
            return Results.StatusCode(StatusCodes.Status415UnsupportedMediaType);
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
        try
        {
            store(parser.ParseFrom(body.GetBuffer(), 0, (int)body.Length));
            return Results.Bytes([], Protobuf);
        }
        catch (InvalidProtocolBufferException broken)
        {
            return Results.Text(broken.Message, statusCode: StatusCodes.Status400BadRequest);
        }
    }
}

// Null calls over loopback, both ends on this machine. Usage:
//   dotnet run -c Release --project bench/Grpc.Bench -- [--mode both|server|client] [--address http://127.0.0.1:PORT]
//     [--in-flight 64] [--connections 1] [--seconds 5] [--runs 3] [--kind unary|stream] [--json FILE]
// `both` (the default) runs server and client in one process. Prints one line per run and the best run as JSON.
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Emotion.GrpcBench;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

var arguments = args.Chunk(2).ToDictionary(pair => pair[0].TrimStart('-'), pair => pair[1]);
string Text(string name, string otherwise) => arguments.GetValueOrDefault(name, otherwise);
int Number(string name, int otherwise) => int.Parse(Text(name, $"{otherwise}"), System.Globalization.CultureInfo.InvariantCulture);

var mode = Text("mode", "both");
var address = Text("address", "");
if (mode != "client")
{
    var server = await StartServerAsync(mode == "server" ? Number("port", 5999) : 0);
    address = server.Urls.First();
    if (mode == "server")
    {
        Console.WriteLine(address);
        await server.WaitForShutdownAsync();
        return;
    }
}

var load = new Load(
    address, Number("connections", 1), Number("in-flight", 64), TimeSpan.FromSeconds(Number("seconds", 5)),
    Text("kind", "unary") == "stream");
await load.RunAsync(TimeSpan.FromSeconds(2));
Result? best = null;
for (var run = 0; run < Number("runs", 3); run++)
{
    var result = await load.RunAsync(load.Duration);
    Console.WriteLine(
        $"{result.GrpcCallsPerS,9:F0} calls/s  p50 {result.P50Microseconds,6:F0} us  p99 {result.P99Microseconds,6:F0} us  "
        + $"{result.CpuMicrosecondsPerCall,5:F1} us CPU and {result.BytesPerCall,6:F0} bytes per call in this process");
    best = best is null || result.GrpcCallsPerS > best.GrpcCallsPerS ? result : best;
}

var json = JsonSerializer.Serialize(best, new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower });
Console.WriteLine(json);
if (arguments.TryGetValue("json", out var path))
{
    await File.WriteAllTextAsync(path, json + "\n");
}

static async Task<WebApplication> StartServerAsync(int port)
{
    var builder = WebApplication.CreateSlimBuilder();
    builder.Logging.ClearProviders();
    builder.WebHost.ConfigureKestrel(kestrel =>
        kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http2));
    builder.Services.AddGrpc();
    builder.Services.AddSingleton<NullService>();
    var app = builder.Build();
    app.MapGrpcService<NullService>();
    await app.StartAsync();
    return app;
}

internal sealed record Result(
    double GrpcCallsPerS, double P50Microseconds, double P99Microseconds, double CpuMicrosecondsPerCall, double BytesPerCall,
    int InFlight, int Connections, int Processors);

internal sealed class NullService : Null.NullBase
{
    private static readonly Task<Nothing> Answer = Task.FromResult(new Nothing());

    public override Task<Nothing> Call(Nothing request, ServerCallContext context) => Answer;

    public override async Task Echo(
        IAsyncStreamReader<Nothing> requestStream, IServerStreamWriter<Nothing> responseStream, ServerCallContext context)
    {
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            await responseStream.WriteAsync(requestStream.Current);
        }
    }
}

/// <summary>A closed loop: so many callers, each with one call under way.</summary>
internal sealed class Load(string address, int connections, int inFlight, TimeSpan duration, bool streaming)
{
    private readonly Null.NullClient[] _clients =
        [.. Enumerable.Range(0, connections).Select(_ => new Null.NullClient(GrpcChannel.ForAddress(address)))];

    public TimeSpan Duration => duration;

    public async Task<Result> RunAsync(TimeSpan time)
    {
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var bytes = GC.GetTotalAllocatedBytes();
        var start = Stopwatch.GetTimestamp();
        var end = start + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var callers = Enumerable.Range(0, inFlight)
            .Select(i => Task.Run(() => streaming ? EchoAsync(_clients[i % connections], end) : CallAsync(_clients[i % connections], end)));
        var latencies = (await Task.WhenAll(callers)).SelectMany(list => list).Order().ToArray();
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double Microseconds(double share) =>
            latencies[(int)((latencies.Length - 1) * share)] * 1e6 / Stopwatch.Frequency;
        return new Result(
            latencies.Length / seconds, Microseconds(0.5), Microseconds(0.99),
            (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / latencies.Length,
            (double)(GC.GetTotalAllocatedBytes() - bytes) / latencies.Length,
            inFlight, connections, Environment.ProcessorCount);
    }

    private static async Task<List<int>> CallAsync(Null.NullClient client, long end)
    {
        var nothing = new Nothing();
        var latencies = new List<int>(1 << 16);
        for (long now = Stopwatch.GetTimestamp(), then; now < end; now = then)
        {
            await client.CallAsync(nothing);
            then = Stopwatch.GetTimestamp();
            latencies.Add((int)(then - now));
        }

        return latencies;
    }

    private static async Task<List<int>> EchoAsync(Null.NullClient client, long end)
    {
        var nothing = new Nothing();
        var latencies = new List<int>(1 << 16);
        using var call = client.Echo();
        for (long now = Stopwatch.GetTimestamp(), then; now < end; now = then)
        {
            await call.RequestStream.WriteAsync(nothing);
            await call.ResponseStream.MoveNext();
            then = Stopwatch.GetTimestamp();
            latencies.Add((int)(then - now));
        }

        await call.RequestStream.CompleteAsync();
        return latencies;
    }
}

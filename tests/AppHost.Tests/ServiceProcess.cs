using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Emotion.AppHost.Tests;

/// <summary>A service as it is built, alone: its store and whatever it would call are addresses that nobody answers at. What it tells Prometheus is asked for.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private const string Nobody = "http://127.0.0.1:9";

    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-apphost-").FullName;
    private readonly int _port = FreePort();
    private readonly Process _process;

    private ServiceProcess(string name)
    {
        var project = char.ToUpperInvariant(name[0]) + name[1..] + (name == "gateway" ? "" : "Service");
        var program = Path.Combine(Path.GetDirectoryName(Tools.AppHost)!.Replace("AppHost", project, StringComparison.Ordinal), $"Emotion.{project}.dll");
        var start = new ProcessStartInfo("dotnet", [program]) { WorkingDirectory = Path.GetDirectoryName(program) };
        foreach (var (key, value) in new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["ConnectionStrings__models"] = $"DefaultEndpointsProtocol=http;AccountName=none;AccountKey=bm9uZQ==;BlobEndpoint={Nobody}/none;",
            ["ModelRegistry__CacheDirectory"] = _folder,
            ["Gateway__Jobs__DataFolder"] = _folder,
            ["Gateway__Keys__DeveloperFile"] = Path.Combine(_folder, "key"),
            ["services__audio__http__0"] = Nobody,
            ["services__video__http__0"] = Nobody,
            ["services__fusion__http__0"] = Nobody,
            ["Telemetry__PrometheusPort"] = $"{_port}",
            ["Logging__LogLevel__Default"] = "None",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "",
        })
        {
            start.Environment[key] = value;
        }

        _process = Process.Start(start)!;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="name">As in AppHost.</param>
    public static ServiceProcess Start(string name) => new(name);

    /// <summary>What it tells as soon as this metric is told.</summary>
    public async Task<string> ScrapeAsync(string metric)
    {
        using var client = new HttpClient();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        for (var scraped = ""; ; await Task.Delay(100, Token))
        {
            Assert.False(_process.HasExited, "The service has ended.");
            Assert.False(limit.IsCancellationRequested, $"{metric} is not among what it tells:\n{scraped}");
            try
            {
                scraped = await client.GetStringAsync($"http://localhost:{_port}/metrics", Token);
            }
            catch (HttpRequestException)
            {
                continue; // It is still starting.
            }

            if (scraped.Contains($"\n{metric}{{", StringComparison.Ordinal))
            {
                return scraped;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

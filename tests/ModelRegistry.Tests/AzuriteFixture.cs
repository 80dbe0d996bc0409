using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Security.Cryptography;
using Emotion.ModelRegistry;
using Microsoft.Extensions.Options;

[assembly: AssemblyFixture(typeof(Emotion.ModelRegistry.Tests.AzuriteFixture))]

namespace Emotion.ModelRegistry.Tests;

/// <summary>The real blob emulator on a free loopback port, with an account of its own, in a folder that goes with it.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("emotion-azurite-").FullName;
    private readonly string _key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
    private readonly int _port = FreePort();
    private Process? _process;

    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName=emotion;AccountKey={_key};BlobEndpoint=http://127.0.0.1:{_port}/emotion;";

    /// <summary>A registry in a container of its own, with a cache of its own.</summary>
    public Registry CreateRegistry(TimeProvider? clock = null, Action<ModelRegistryOptions>? configure = null)
    {
        var options = CreateOptions();
        configure?.Invoke(options);
        return new Registry(Options.Create(options), clock ?? TimeProvider.System);
    }

    /// <summary>Of a registry in a container of its own, with a cache of its own.</summary>
    public ModelRegistryOptions CreateOptions() => new()
    {
        ConnectionString = ConnectionString,
        Container = "t" + Guid.NewGuid().ToString("n"),
        CacheDirectory = Path.Combine(_directory, "cache", Guid.NewGuid().ToString("n")),
    };

    public async ValueTask InitializeAsync()
    {
        var root = typeof(AzuriteFixture).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "RepositoryRoot").Value!;
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])
            [
                Path.Combine(root, "node_modules", "azurite", "dist", "src", "blob", "main.js"), "--blobHost", "127.0.0.1",
                "--blobPort", _port.ToString(), "--silent", "--disableTelemetry", "--skipApiVersionCheck", "--location", _directory,
            ])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["AZURITE_ACCOUNTS"] = $"emotion:{_key}";
        _process = Process.Start(start)!;
        await WaitForPortAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task WaitForPortAsync()
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, _port);
                return;
            }
            catch (SocketException) when (attempt < 1800 && _process is { HasExited: false })
            {
                await Task.Delay(100);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

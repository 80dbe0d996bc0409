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
    private int _port;
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
        NetworkTimeout = TimeSpan.FromMinutes(2), // Many tests share it, and the disk may be slow.
    };

    public async ValueTask InitializeAsync()
    {
        for (var left = 4; ; left--)
        {
            _port = FreePort();
            _process = Start();
            if (await ListensAsync(_process))
            {
                return;
            }

            Assert.True(left > 0, $"Azurite ends: {await _process.StandardError.ReadToEndAsync()}");
            _process.Dispose();
        }
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

    private Process Start()
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
        return Process.Start(start)!;
    }

    /// <returns>False where it has ended, as it does when somebody else was faster at the port that was free.</returns>
    private async Task<bool> ListensAsync(Process process)
    {
        for (var attempt = 0; !process.HasExited; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, _port);
                return true;
            }
            catch (SocketException) when (attempt < 1800)
            {
                await Task.Delay(100);
            }
        }

        return false;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

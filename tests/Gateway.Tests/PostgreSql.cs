using System.Diagnostics;
using Npgsql;

[assembly: AssemblyFixture(typeof(Emotion.Gateway.Tests.PostgreSql))]

namespace Emotion.Gateway.Tests;

/// <summary>
/// A real PostgreSQL of these tests' own, started by the first that asks: on a socket in its folder, as another user where the tests run as root,
/// since it refuses to run as that one. It writes nothing through to the disk.
/// </summary>
public sealed class PostgreSql : IAsyncDisposable
{
    private readonly SemaphoreSlim _starting = new(1);
    private DirectoryInfo? _folder;
    private Process? _server;

    /// <summary>Of a new, empty database.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        await StartAsync();
        var name = "t" + Guid.NewGuid().ToString("n");
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"create database {name}", connection);
        await create.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            NpgsqlConnection.ClearAllPools();
            if (!_server.HasExited)
            {
                await RunAsync("kill", "-QUIT", _server.Id.ToString());
                await _server.WaitForExitAsync();
            }

            _server.Dispose();
        }

        _folder?.Delete(recursive: true);
        _starting.Dispose();
    }

    private static string BinaryOf(string name) => Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateFiles("/usr/lib/postgresql", name, SearchOption.AllDirectories).Order().Last()
        : name;

    private static async Task RunAsync(params string[] command)
    {
        using var process = Process.Start(StartOf(command))!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', command)}: {await output}{errors}");
    }

    private static ProcessStartInfo StartOf(params string[] command) =>
        new(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };

    private static string[] AsItsUser(params string[] command) => Environment.IsPrivilegedProcess
        ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", .. command]
        : command;

    private string ConnectionString(string database) => $"Host={_folder!.FullName};Username=emotion;Database={database};Maximum Pool Size=20";

    private async Task StartAsync()
    {
        await _starting.WaitAsync();
        try
        {
            if (_server is not null)
            {
                return;
            }

            _folder = Directory.CreateTempSubdirectory("emotion-pg-");
            if (Environment.IsPrivilegedProcess)
            {
                await RunAsync("chown", "postgres:postgres", _folder.FullName);
            }

            var data = Path.Combine(_folder.FullName, "data");
            await RunAsync(AsItsUser(BinaryOf("initdb"), "-D", data, "-A", "trust", "-U", "emotion", "-E", "UTF8", "--locale=C", "--no-sync"));
            _server = Process.Start(StartOf(AsItsUser(
                BinaryOf("postgres"), "-D", data, "-k", _folder.FullName, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200")))!;
            _server.OutputDataReceived += (_, _) => { };
            _server.BeginOutputReadLine();
            var ready = new TaskCompletionSource();
            _server.ErrorDataReceived += (_, line) =>
            {
                if (line.Data?.Contains("ready to accept connections", StringComparison.Ordinal) ?? true)
                {
                    ready.TrySetResult();
                }
            };
            _server.BeginErrorReadLine();
            await ready.Task.WithinAMinute();
            Assert.False(_server.HasExited, "PostgreSQL ended while it started.");
        }
        finally
        {
            _starting.Release();
        }
    }
}

using System.Diagnostics;
using Grpc.Testing;

namespace Emotion.Compat.Grpc.Tests;

/// <summary>Another implementation of gRPC, in a process of its own.</summary>
public sealed class Peer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly Process _process;

    private Peer(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    /// <summary>Debian's, which has python3-grpcio, rather than another that comes first on the path.</summary>
    private static string Python => Environment.GetEnvironmentVariable("EMOTION_PYTHON") ?? "/usr/bin/python3";

    public static async Task<Peer> StartServerAsync(string script)
    {
        var process = Start(script);
        using var timeout = new CancellationTokenSource(Patience);
        var line = await process.StandardOutput.ReadLineAsync(timeout.Token);
        return int.TryParse(line, out var port)
            ? new Peer(process, port)
            : throw new InvalidOperationException($"{script} gave no port: {line} {await process.StandardError.ReadToEndAsync()}");
    }

    /// <summary>What the peer's client says of each case against the server at that port.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> RunClientAsync(string script, int port)
    {
        using var process = Start(script, port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        using var timeout = new CancellationTokenSource(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            var errors = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            var results = (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .ToDictionary(line => line.Split(' ')[0], line => line[(line.IndexOf(' ') + 1)..]);
            return process.ExitCode == 0 ? results : throw new InvalidOperationException($"{script} failed: {await errors}");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private static Process Start(string script, params string[] arguments)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Peers", script);
        var start = new ProcessStartInfo(script.EndsWith(".js", StringComparison.Ordinal) ? "node" : Python, [path, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["INTEROP_DESCRIPTOR"] = InteropReflection.Descriptor.SerializedData.ToBase64();
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        return Process.Start(start)!;
    }
}

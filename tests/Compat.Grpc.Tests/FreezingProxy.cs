using System.Net;
using System.Net.Sockets;

namespace Emotion.Compat.Grpc.Tests;

/// <summary>Stands before a server and can stop passing bytes on without closing anything, as a machine that hangs does.</summary>
public sealed class FreezingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _target;
    private readonly Task _accepting;
    private TaskCompletionSource _open = new();

    public FreezingProxy(int target)
    {
        _target = target;
        _open.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Freeze() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Thaw() => _open.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Thaw();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            _ = PassAsync(client);
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
            var both = new[] { CopyAsync(client, server), CopyAsync(server, client) };
            await Task.WhenAny(both);
        }

        async Task CopyAsync(TcpClient from, TcpClient to)
        {
            var buffer = new byte[16384];
            int read;
            while ((read = await from.GetStream().ReadAsync(buffer, _stop.Token)) > 0)
            {
                await _open.Task.WaitAsync(_stop.Token);
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            }
        }
    }
}

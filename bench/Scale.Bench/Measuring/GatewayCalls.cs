using Emotion.Gateway;
using Emotion.Gateway.Analyses;
using Emotion.ServiceDefaults;
using Grpc.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using CallOptions = Emotion.Gateway.CallOptions;

namespace Emotion.ScaleBench.Measuring;

/// <summary>The gateway's own way to the replicas of one service: its clients, its turns, its retries.</summary>
internal sealed class GatewayCalls<TClient> : IDisposable where TClient : ClientBase
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly IHost _host;

    public GatewayCalls(string service, params IReadOnlyList<Uri> addresses)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(
            addresses.Select((address, i) => KeyValuePair.Create($"services:{service}-{i + 1}:http:0", (string?)address.ToString())));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddOptions<CallOptions>();
        builder.AddReplicas<TClient>(service);
        builder.Services.AddSingleton<ReplicaRetry>();
        _host = builder.Build();
    }

    public Replicas<TClient> Replicas => _host.Services.GetRequiredService<Replicas<TClient>>();

    /// <summary>Asks the one replica once.</summary>
    public Task OnceAsync(Func<TClient, DateTime, CancellationToken, Task> ask, CancellationToken cancellationToken) =>
        ask(Replicas.All[0].Client, TimeProvider.System.GetUtcNow().UtcDateTime + Deadline, cancellationToken);

    /// <summary>Asks the next replica, and another one where it cannot.</summary>
    /// <returns>Whose answer it was.</returns>
    public Task<string> NextAsync(Func<TClient, DateTime, CancellationToken, Task> ask, CancellationToken cancellationToken) =>
        _host.Services.GetRequiredService<ReplicaRetry>().RunAsync(
            Replicas,
            Deadline,
            async (client, deadline, token) =>
            {
                await ask(client, deadline, token);
                return Replicas.All.First(replica => replica.Client == client).Address;
            },
            cancellationToken);

    public void Dispose() => _host.Dispose();
}

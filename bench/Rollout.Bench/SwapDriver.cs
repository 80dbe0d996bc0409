using Emotion.Contracts.Common.V1;
using Emotion.ModelRegistry;
using Grpc.Core;
using Grpc.Net.Client;

namespace Emotion.RolloutBench;

/// <summary>
/// Moves channels, and waits for what a move is to bring about: that the gateway offers the new release, and that every replica has let the
/// old one go. That is one swap: in every service a release was fetched, checked, built, tried and exchanged, and one was disposed.
/// </summary>
internal sealed class SwapDriver : IDisposable
{
    private static readonly TimeSpan MoveLimit = TimeSpan.FromMinutes(10), AskLimit = TimeSpan.FromSeconds(5);

    private readonly RolloutSystem _system;
    private readonly GatewaySide _gateway;
    private readonly Registry _registry;
    private readonly string[] _canaries;
    private readonly Dictionary<string, GrpcChannel> _replicas;
    private string _canary = "";

    /// <param name="canaries">Two, that take turns.</param>
    public SwapDriver(RolloutSystem system, GatewaySide gateway, string stable, params string[] canaries)
    {
        (_system, _gateway, _registry, Stable, _canaries) = (system, gateway, system.Registry(), stable, canaries);
        _replicas = system.Services.ToDictionary(name => name, name => GrpcChannel.ForAddress(system.Address(name)));
    }

    public string Stable { get; }

    public int Swaps { get; private set; }

    public int Promotions { get; private set; }

    public int Rollbacks { get; private set; }

    public void Dispose()
    {
        foreach (var channel in _replicas.Values)
        {
            channel.Dispose();
        }
    }

    /// <summary>The other canary in the place of this one, beside the same stable.</summary>
    public async Task SwapAsync(CancellationToken cancellationToken)
    {
        var next = _canaries.First(name => name != _canary);
        await _registry.PromoteAsync("canary", next, 0.5, "proof", "a swap", cancellationToken);
        await UntilAsync($"{next} is offered", () => Task.FromResult(Offers(Stable, next)), cancellationToken);
        await UntilLoadedAsync([Stable, next], cancellationToken);
        _canary = next;
        Swaps++;
    }

    /// <summary>The canary becomes stable, and then what was before is stable again; what was let go meanwhile is loaded anew.</summary>
    public async Task PromoteAndRollBackAsync(CancellationToken cancellationToken)
    {
        await _registry.PromoteAsync("stable", _canary, 1, "proof", "it did well", cancellationToken);
        Promotions++;
        await UntilAsync($"only {_canary} is offered", () => Task.FromResult(Offers(_canary)), cancellationToken);
        await UntilLoadedAsync([_canary], cancellationToken);
        await _registry.RollbackAsync("stable", "proof", "it did not", cancellationToken);
        Rollbacks++;
        await UntilAsync($"{Stable} is offered again", () => Task.FromResult(Offers(Stable, _canary)), cancellationToken);
        await UntilLoadedAsync([Stable, _canary], cancellationToken);
        Swaps++;
    }

    /// <summary>The registry stops answering, is killed, and comes back.</summary>
    /// <returns>Requests that were answered while it was away.</returns>
    public async Task<int> CutRegistryOffAsync(TimeSpan settle, TimeSpan silent, LoadLedger ledger, CancellationToken cancellationToken)
    {
        // The emulator keeps its latest writes in memory for some seconds; what is asked here is not whether it loses them.
        await Task.Delay(settle, cancellationToken);
        var (before, restarts) = (ledger.Requests - ledger.Failed, _system.Restarts("storage"));
        var process = _system.ProcessId("storage");
        RolloutSystem.Signal(process, "STOP");
        await Task.Delay(silent, cancellationToken);
        RolloutSystem.Signal(process, "KILL");
        await UntilAsync("the registry runs again", () => Task.FromResult(_system.Restarts("storage") > restarts && _system.IsRunning("storage")), cancellationToken);
        return ledger.Requests - ledger.Failed - before;
    }

    private bool Offers(params string[] releases) => _gateway.Offer.Offered.Select(release => release.Name).ToHashSet().SetEquals(releases);

    private async Task UntilLoadedAsync(HashSet<string> releases, CancellationToken cancellationToken)
    {
        foreach (var (name, channel) in _replicas)
        {
            await UntilAsync(
                $"{name} holds {string.Join(" and ", releases)} alone",
                async () => await StatusAsync(channel, new GetModelStatusRequest(), cancellationToken) is { } status && releases.SetEquals(status.Loaded.Select(loaded => loaded.Release)),
                cancellationToken);
        }
    }

    /// <returns>Null where it is too busy to say; the next look decides.</returns>
    private static async Task<GetModelStatusResponse?> StatusAsync(GrpcChannel channel, GetModelStatusRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await new ModelStatus.ModelStatusClient(channel).GetAsync(
                request, deadline: TimeProvider.System.GetUtcNow().UtcDateTime + AskLimit, cancellationToken: cancellationToken);
        }
        catch (RpcException)
        {
            return null;
        }
    }

    private static async Task UntilAsync(string what, Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(MoveLimit);
        try
        {
            while (!await condition())
            {
                await Task.Delay(50, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Waited {MoveLimit.TotalSeconds:0} s in vain until {what}.");
        }
    }
}

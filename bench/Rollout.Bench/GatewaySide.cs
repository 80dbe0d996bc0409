using Emotion.Contracts.Audio.V1;
using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Fusion.V1;
using Emotion.Contracts.Text.V1;
using Emotion.Contracts.Video.V1;
using Emotion.Gateway;
using Emotion.Gateway.Analyses;
using Emotion.Gateway.Releases;
using Emotion.ServiceDefaults;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using CallOptions = Emotion.Gateway.CallOptions;

namespace Emotion.RolloutBench;

/// <summary>The gateway's own side of the services, without its HTTP and its jobs: its rule of which releases are offered, its clients, its retries.</summary>
internal sealed class GatewaySide : IAsyncDisposable
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(250), AskLimit = TimeSpan.FromSeconds(5);

    private readonly IHost _host;
    private readonly Dictionary<string, List<GrpcChannel>> _replicas;
    private readonly CancellationTokenSource _stop = new();
    private Task _polling = Task.CompletedTask;

    private GatewaySide(IHost host, RolloutSystem system)
    {
        _host = host;
        _replicas = system.Services.GroupBy(name => name.Split('-')[0])
            .ToDictionary(service => service.Key, service => service.Select(name => GrpcChannel.ForAddress(system.Address(name))).ToList());
    }

    public ReleaseOffer Offer { get; } = new();

    /// <summary>Releases that are under way here: replicas are told with each question, and keep them.</summary>
    public Func<IEnumerable<string>> UnderWay { get; set; } = () => [];

    public ReplicaRetry Retry => Of<ReplicaRetry>();

    public Replicas<AudioClassifier.AudioClassifierClient> Audio => Of<Replicas<AudioClassifier.AudioClassifierClient>>();

    public Replicas<VideoClassifier.VideoClassifierClient> Video => Of<Replicas<VideoClassifier.VideoClassifierClient>>();

    public Replicas<TextClassifier.TextClassifierClient> Text => Of<Replicas<TextClassifier.TextClassifierClient>>();

    public Replicas<FusionClassifier.FusionClassifierClient> Fusion => Of<Replicas<FusionClassifier.FusionClassifierClient>>();

    public static async Task<GatewaySide> StartAsync(RolloutSystem system, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(system.Services.ToDictionary(name => $"services:{name}:http:0", name => (string?)system.Address(name).ToString()));
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddOptions<CallOptions>().BindConfiguration(CallOptions.Section);
        builder.AddReplicas<AudioClassifier.AudioClassifierClient>("audio");
        builder.AddReplicas<VideoClassifier.VideoClassifierClient>("video");
        builder.AddReplicas<TextClassifier.TextClassifierClient>(GatewayComposition.TextService);
        builder.AddReplicas<FusionClassifier.FusionClassifierClient>("fusion");
        builder.Services.AddSingleton<ReplicaRetry>();
        var side = new GatewaySide(builder.Build(), system);
        await side._host.StartAsync(cancellationToken);
        side._polling = side.PollAsync(side._stop.Token);
        while (side.Offer.Offered.Count == 0)
        {
            await Task.Delay(50, cancellationToken);
        }

        return side;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _polling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var channel in _replicas.Values.SelectMany(channels => channels))
        {
            channel.Dispose();
        }

        await _host.StopAsync();
        _host.Dispose();
    }

    private async Task PollAsync(CancellationToken cancellationToken)
    {
        var said = _replicas.Keys.ToDictionary(service => service, _ => (IReadOnlyList<GetModelStatusResponse>)[]);
        using var timer = new PeriodicTimer(AskEvery);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            string[] offered = [.. Offer.Offered.Select(release => release.Name)];
            var held = new GetModelStatusRequest { HeldReleases = { offered.Union(UnderWay()) } };
            foreach (var (service, channels) in _replicas)
            {
                var answers = await Task.WhenAll(channels.Select(channel => AskAsync(channel, held, cancellationToken)));
                var ready = answers.OfType<GetModelStatusResponse>().Where(answer => answer.Loaded.Count > 0).ToList();
                said[service] = ready.Count > 0 ? CommonReleases.WithSay(ready, offered) : said[service];
            }

            Offer.Exchange(CommonReleases.Of([.. said.Values]));
        }
    }

    /// <returns>Null where it does not say.</returns>
    private static async Task<GetModelStatusResponse?> AskAsync(GrpcChannel channel, GetModelStatusRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await new ModelStatus.ModelStatusClient(channel).GetAsync(
                request, deadline: TimeProvider.System.GetUtcNow().UtcDateTime + AskLimit, cancellationToken: cancellationToken);
        }
        catch (RpcException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private T Of<T>() where T : notnull => _host.Services.GetRequiredService<T>();
}

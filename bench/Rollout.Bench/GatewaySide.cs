using Emotion.Contracts.Audio.V1;
using Emotion.Contracts.Fusion.V1;
using Emotion.Contracts.Text.V1;
using Emotion.Contracts.Video.V1;
using Emotion.Gateway;
using Emotion.Gateway.Analyses;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Releases;
using Emotion.ServiceDefaults;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Emotion.RolloutBench;

/// <summary>The gateway's own side of the services, without its HTTP: which releases it offers, its clients, its retries.</summary>
internal sealed class GatewaySide : IAsyncDisposable
{
    private readonly IHost _host;

    private GatewaySide(IHost host) => _host = host;

    public ReleaseOffer Offer => Of<ReleaseOffer>();

    public ReplicaRetry Retry => Of<ReplicaRetry>();

    public Replicas<AudioClassifier.AudioClassifierClient> Audio => Of<Replicas<AudioClassifier.AudioClassifierClient>>();

    public Replicas<VideoClassifier.VideoClassifierClient> Video => Of<Replicas<VideoClassifier.VideoClassifierClient>>();

    public Replicas<TextClassifier.TextClassifierClient> Text => Of<Replicas<TextClassifier.TextClassifierClient>>();

    public FusionClassifier.FusionClassifierClient Fusion => Of<FusionClassifier.FusionClassifierClient>();

    public static async Task<GatewaySide> StartAsync(RolloutSystem system, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(system.Services.ToDictionary(name => $"services:{name}:http:0", name => (string?)system.Address(name).ToString()));
        builder.Configuration.AddInMemoryCollection([new("Gateway:Calls:StatusPeriod", RolloutSystem.Configured["Gateway__Calls__StatusPeriod"])]);
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddOptions<GatewayOptions>();
        builder.Services.AddOptions<CallOptions>().BindConfiguration(CallOptions.Section);
        builder.AddReplicas<AudioClassifier.AudioClassifierClient>("audio");
        builder.AddReplicas<VideoClassifier.VideoClassifierClient>("video");
        builder.AddReplicas<TextClassifier.TextClassifierClient>(GatewayComposition.TextService);
        builder.AddReplicatedGrpcClient<FusionClassifier.FusionClassifierClient>("fusion");
        builder.Services.AddSingleton<ReleaseOffer>();
        builder.Services.AddHostedService<ReleasePoller>();
        builder.Services.AddSingleton<AnalysisStore>();
        builder.Services.AddSingleton<ReplicaRetry>();
        var side = new GatewaySide(builder.Build());
        await side._host.StartAsync(cancellationToken);
        while (side.Offer.Offered.Count == 0)
        {
            await Task.Delay(50, cancellationToken);
        }

        return side;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    private T Of<T>() where T : notnull => _host.Services.GetRequiredService<T>();
}

using Emotion.Contracts.Audio.V1;
using Emotion.Contracts.Fusion.V1;
using Emotion.Contracts.Text.V1;
using Emotion.Contracts.Video.V1;
using Emotion.Gateway.Analyses;
using Emotion.Gateway.Api;
using Emotion.Gateway.Audit;
using Emotion.Gateway.Batches;
using Emotion.Gateway.Callbacks;
using Emotion.Gateway.Canary;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Keys;
using Emotion.Gateway.Overlays;
using Emotion.Gateway.Releases;
using Emotion.Gateway.Renderings;
using Emotion.Gateway.Sessions;
using Emotion.Gateway.Uploads;
using Emotion.Media;
using Emotion.ServiceDefaults;

namespace Emotion.Gateway;

/// <summary>What the gateway is made of.</summary>
public static class GatewayComposition
{
    /// <summary>The one service that the gateway can do without.</summary>
    public const string TextService = "text";

    /// <summary>The services, each over all of its replicas, and the releases that they have in common.</summary>
    public static void AddServiceClients(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<CallOptions>().BindConfiguration(CallOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.AddReplicas<AudioClassifier.AudioClassifierClient>("audio");
        builder.AddReplicas<VideoClassifier.VideoClassifierClient>("video");
        builder.AddReplicas<FusionClassifier.FusionClassifierClient>("fusion");
        if (ReplicaAddresses.Any(builder.Configuration, TextService))
        {
            builder.AddReplicas<Transcriber.TranscriberClient>(TextService);
            builder.AddReplicas<TextClassifier.TextClassifierClient>(TextService);
        }

        builder.AddRollout();
        builder.Services.AddSingleton<ReleaseOffer>();
        builder.Services.AddSingleton<ReleasePoller>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ReleasePoller>());
        builder.Services.AddHealthChecks().AddCheck<ReleasePoller>("releases");
    }

    /// <summary>From an accepted clip to its answer.</summary>
    public static void AddAnalyses(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<GatewayOptions>().BindConfiguration(GatewayOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddMedia();
        builder.AddJobs();
        builder.AddCallbacks();
        builder.AddBatches();
        builder.AddUploads();
        builder.Services.AddSingleton<ReplicaRetry>();
        builder.Services.AddSingleton<AudioStage>();
        builder.Services.AddSingleton<VideoStage>();
        builder.Services.AddSingleton<TextStage>();
        builder.Services.AddSingleton<ReadingStage>();
        builder.Services.AddSingleton<FusionStage>();
        builder.Services.AddSingleton<AnalysisPipeline>();
        builder.Services.AddHostedService<AnalysisWorker>();
    }

    /// <summary>HTTP: who is let in, its JSON, its problems, its description.</summary>
    public static void AddApi(this IHostApplicationBuilder builder)
    {
        builder.AddKeys();
        builder.Services.AddSingleton<ClipReceiver>();
        builder.Services.AddSingleton<Arrivals>();
        builder.Services.AddSingleton<AnalysisIntake>();
        builder.Services.AddSingleton<AnalysisFollowers>();
        builder.Services.ConfigureHttpJsonOptions(options => AnalysisJson.Configure(options.SerializerOptions));
        builder.Services.AddProblemDetails();
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true); // Told by RefusalHandler, as all refusals.
        builder.Services.AddExceptionHandler<RefusalHandler>();
        builder.Services.AddApiDocument();
    }

    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi();
        routes.MapAnalysesApi();
        routes.MapKeptAnalysesApi();
        routes.MapRenderingsApi();
        routes.MapOverlayApi();
        routes.MapAnalysisEvents();
        routes.MapReleasesApi();
        routes.MapKeysApi();
        routes.MapAuditApi();
        routes.MapSessionApi();
        routes.MapDeliveriesApi();
        routes.MapBatchesApi();
        routes.MapUploadsApi();
        routes.MapPage(PageFiles.Load());
    }
}

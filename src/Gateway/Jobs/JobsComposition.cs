using Emotion.Gateway.Clips;
using Emotion.Gateway.Overlays;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Blobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Jobs;

/// <summary>Where analyses and their clips are kept, and who works on them.</summary>
internal static class JobsComposition
{
    /// <summary>Names of connection strings.</summary>
    private const string Database = "jobs", Media = "media";

    public static void AddJobs(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<JobsOptions>().BindConfiguration(JobsOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<DataFolder>();
        builder.Services.AddSingleton<DiskRoom>();
        var connection = builder.Configuration.GetConnectionString(Database);
        builder.Services.AddPooledDbContextFactory<JobsContext>(
            (services, context) => JobsContext.Configure(context, connection, services.GetRequiredService<DataFolder>()));
        builder.Services.AddSingleton(services => Files(services, "clips", ""));
        builder.Services.AddSingleton(services => new OverlayStore(Files(services, "overlays", "overlays/")));
        builder.Services.AddOptions<OverlayOptions>().BindConfiguration(OverlayOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<OverlayStage>();
        builder.Services.AddSingleton<JobsDatabase>();
        builder.Services.AddSingleton<JobStore>();
        builder.Services.AddSingleton<JobLeases>();
        builder.Services.AddSingleton<JobUpkeep>();
        builder.Services.AddSingleton<RunningAnalyses>();
        builder.Services.AddSingleton<KnownAnalyses>();
        builder.Services.AddSingleton<AnalysisQueue>();
        builder.Services.AddSingleton<AnalysisEnding>();
        builder.Services.AddSingleton<AnalysisAttempt>();
        builder.Services.AddHostedService<JobsHost>();
    }

    /// <param name="folder">On disk.</param>
    /// <param name="prefix">Of blobs, which share a container.</param>
    private static ClipStore Files(IServiceProvider services, string folder, string prefix)
    {
        var connection = services.GetRequiredService<IConfiguration>().GetConnectionString(Media);
        if (string.IsNullOrEmpty(connection))
        {
            return new DiskClipStore(services.GetRequiredService<DataFolder>(), folder);
        }

        var container = services.GetRequiredService<IOptions<JobsOptions>>().Value.MediaContainer;
        return new BlobClipStore(BlobAccess.Open(new ModelRegistryOptions { ConnectionString = connection, Container = container }, transport: null), prefix);
    }
}

using Emotion.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Emotion.Training.Runs;

/// <summary>What the training service is made of, and where it is.</summary>
public static class TrainingRunsHosting
{
    public static void AddTrainingRuns(this IHostApplicationBuilder builder)
    {
        builder.AddServiceDefaults();
        builder.AddGrpcServiceDefaults();
        builder.Services.AddOptions<TrainingRunsOptions>().BindConfiguration(TrainingRunsOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<TrainingRunsOptions>, TrainingRunsOptionsValidator>();
        builder.Services.AddSingleton(services => services.GetRequiredService<IOptions<TrainingRunsOptions>>().Value);
        builder.Services.AddSingleton<RunStore>();
        builder.Services.AddSingleton<RunKeeper>();
        builder.Services.AddSingleton<TrainingRunsDesk>();
        builder.Services.AddHostedService<RunKeeping>();
    }

    public static void MapTrainingRuns(this WebApplication app)
    {
        app.MapDefaultEndpoints();
        app.MapGrpcService<TrainingRunsService>();
    }
}

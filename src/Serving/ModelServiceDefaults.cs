using Emotion.Inference.Hosting;
using Emotion.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Emotion.Serving;

/// <summary>What the services of all modalities have in common beyond <see cref="HostDefaults"/>: one model host, one edge.</summary>
public static class ModelServiceDefaults
{
    /// <summary>Telemetry, health, the models of <typeparamref name="TModel"/>, and gRPC with the statuses that the contracts promise.</summary>
    public static void AddModelService<TModel>(this IHostApplicationBuilder builder) where TModel : class, IServableModel<TModel>
    {
        builder.AddServiceDefaults();
        builder.Services.AddModelHost<TModel>(builder.Configuration);
        builder.AddGrpcServiceDefaults(options => options.Interceptors.Add<ErrorInterceptor>());
    }

    /// <summary>The classifier, beside it <c>ModelStatus</c>, and <c>/health</c>.</summary>
    public static void MapModelService<TModel, TService>(this WebApplication app)
        where TModel : class, IServableModel<TModel>
        where TService : class
    {
        app.MapDefaultEndpoints();
        app.MapGrpcService<TService>();
        app.MapGrpcService<ModelStatusService<TModel>>();
    }
}

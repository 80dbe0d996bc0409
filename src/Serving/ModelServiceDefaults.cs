using System.ComponentModel.DataAnnotations;
using Emotion.Inference.Hosting;
using Emotion.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Emotion.Serving;

/// <summary>What the services of all modalities have in common beyond <see cref="HostDefaults"/>: one model host, one edge.</summary>
public static class ModelServiceDefaults
{
    /// <summary>Telemetry, health, the models of <typeparamref name="TModel"/>, and gRPC with the statuses that the contracts promise.</summary>
    public static void AddModelService<TModel>(this IHostApplicationBuilder builder) where TModel : class, IServableModel<TModel>
    {
        var options = builder.Configuration.GetSection(ServingOptions.Section).Get<ServingOptions>() ?? new ServingOptions();
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        ProcessPriority.StepBack(options.Niceness); // Before threads are begun that would not have it.
        builder.AddServiceDefaults();
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.Http2.MaxStreamsPerConnection = options.StreamsPerConnection);
        builder.Services.AddModelHost<TModel>(builder.Configuration);
        builder.AddGrpcServiceDefaults(options =>
        {
            options.Interceptors.Add<ErrorInterceptor>();
            options.Interceptors.Add<PriorityInterceptor>();
        });
        KeepThreadsReady(options);
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

    /// <summary>The limits of the service's calls, made when it starts: what they tell is there before the first call.</summary>
    /// <typeparam name="TLimits">Has a <see cref="CallLimiter"/> for each.</typeparam>
    public static void AddCallLimits<TLimits>(this IHostApplicationBuilder builder) where TLimits : class
    {
        builder.Services.AddSingleton<TLimits>();
        builder.Services.AddHostedService<Beginning<TLimits>>();
    }

    private static void KeepThreadsReady(ServingOptions options)
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, options.PoolThreads), ports);
    }

    /// <summary>Makes them when telemetry listens, which is the first to start: what is told before is lost.</summary>
    private sealed class Beginning<TLimits>(IServiceProvider services) : IHostedService where TLimits : class
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            services.GetRequiredService<TLimits>();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

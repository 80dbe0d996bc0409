using Grpc.AspNetCore.ClientFactory;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Grpc.Net.ClientFactory;
using Microsoft.AspNetCore.Http;

namespace Microsoft.Extensions.DependencyInjection;

public static class GrpcHttpClientBuilderExtensions
{
    public static IHttpClientBuilder ConfigureChannel(
        this IHttpClientBuilder builder, Action<GrpcChannelOptions> configureChannel) =>
        builder.ConfigureChannel((_, options) => configureChannel(options));

    public static IHttpClientBuilder ConfigureChannel(
        this IHttpClientBuilder builder, Action<IServiceProvider, GrpcChannelOptions> configureChannel) =>
        builder.Configure((provider, options) =>
            options.ChannelOptionsActions.Add(channel => configureChannel(provider, channel)));

    public static IHttpClientBuilder AddInterceptor(this IHttpClientBuilder builder, Func<Interceptor> configureInvoker) =>
        builder.AddInterceptor(InterceptorScope.Channel, _ => configureInvoker());

    public static IHttpClientBuilder AddInterceptor(
        this IHttpClientBuilder builder, Func<IServiceProvider, Interceptor> configureInvoker) =>
        builder.AddInterceptor(InterceptorScope.Channel, configureInvoker);

    public static IHttpClientBuilder AddInterceptor(
        this IHttpClientBuilder builder, InterceptorScope scope, Func<IServiceProvider, Interceptor> configureInvoker) =>
        builder.Configure((_, options) =>
            options.InterceptorRegistrations.Add(new InterceptorRegistration(scope, configureInvoker)));

    public static IHttpClientBuilder AddInterceptor<TInterceptor>(
        this IHttpClientBuilder builder, InterceptorScope scope = InterceptorScope.Channel)
        where TInterceptor : Interceptor =>
        builder.AddInterceptor(scope, provider => provider.GetRequiredService<TInterceptor>());

    public static IHttpClientBuilder ConfigureGrpcClientCreator(
        this IHttpClientBuilder builder, Func<CallInvoker, object> configureCreator) =>
        builder.Configure((_, options) => options.Creator = configureCreator);

    /// <summary>Calls made while a gRPC call is served end no later than it and are cancelled with it.</summary>
    public static IHttpClientBuilder EnableCallContextPropagation(this IHttpClientBuilder builder) =>
        builder.EnableCallContextPropagation(_ => { });

    public static IHttpClientBuilder EnableCallContextPropagation(
        this IHttpClientBuilder builder, Action<GrpcContextPropagationOptions> configureOptions)
    {
        var options = new GrpcContextPropagationOptions();
        configureOptions(options);
        builder.Services.AddHttpContextAccessor();
        return builder.AddInterceptor(provider =>
            new ContextPropagationInterceptor(provider.GetRequiredService<IHttpContextAccessor>(), options));
    }

    private static IHttpClientBuilder Configure(
        this IHttpClientBuilder builder, Action<IServiceProvider, GrpcClientFactoryOptions> configure)
    {
        builder.Services.AddOptions<GrpcClientFactoryOptions>(builder.Name)
            .Configure<IServiceProvider>((options, provider) => configure(provider, options));
        return builder;
    }
}

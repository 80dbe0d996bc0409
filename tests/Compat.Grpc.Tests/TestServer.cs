using Grpc.AspNetCore.Server;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Emotion.Compat.Grpc.Tests;

/// <summary>A real server: Kestrel, HTTP/2 in the clear, a free port on loopback.</summary>
public sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestServer(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    public int Port => new Uri(Address).Port;

    public IServiceProvider Services => _app.Services;

    public static Task<TestServer> StartAsync<TService>(
        Action<GrpcServiceOptions>? options = null, Action<WebApplicationBuilder>? configure = null,
        Action<WebApplication>? map = null, int port = 0)
        where TService : class =>
        StartAsync(options, configure, app =>
        {
            app.MapGrpcService<TService>();
            map?.Invoke(app);
        }, port);

    public static async Task<TestServer> StartAsync(
        Action<GrpcServiceOptions>? options, Action<WebApplicationBuilder>? configure, Action<WebApplication> map, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(System.Net.IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(options ?? (_ => { }));
        configure?.Invoke(builder);
        var app = builder.Build();
        map(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TestServer(app);
    }

    public GrpcChannel Connect(Action<GrpcChannelOptions>? configure = null)
    {
        var options = new GrpcChannelOptions();
        configure?.Invoke(options);
        return GrpcChannel.ForAddress(Address, options);
    }

    public Task StopAsync() => _app.StopAsync(new CancellationTokenSource(TimeSpan.FromMilliseconds(100)).Token);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

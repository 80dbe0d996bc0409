using Emotion.Contracts.Common.V1;
using Emotion.Inference.Hosting;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;
using Emotion.ModelRegistry.Tests;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Emotion.Serving.Tests;

/// <summary>A model service as its Program.cs composes it, on Kestrel, following a registry of its own in the real blob emulator.</summary>
internal sealed class ServedModel : IAsyncDisposable
{
    public const string Release = "r1";

    private readonly WebApplication _app;
    private readonly Registry _registry;
    private readonly string _cache = Directory.CreateTempSubdirectory("emotion-served-").FullName;

    private ServedModel(AzuriteFixture azurite, Action<WebApplicationBuilder> add, Action<WebApplication> map, (string Key, string Value)[] settings)
    {
        var container = "t" + Guid.NewGuid().ToString("n");
        _registry = azurite.CreateRegistry(configure: options => options.Container = container);
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:models"] = azurite.ConnectionString,
            ["ModelRegistry:Container"] = container,
            ["ModelRegistry:CacheDirectory"] = Path.Combine(_cache, "models"),
            ["ModelHost:PollInterval"] = "00:00:00.100",
            ["Inference:Provider"] = "cpu",
            ["Inference:IntraOpThreads"] = "1",
            ["Media:WorkFolder"] = WorkFolder,
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2));
        add(builder);
        _app = builder.Build();
        map(_app);
    }

    /// <summary>Everything that the service puts on disk for a call is under it.</summary>
    public string WorkFolder => Path.Combine(_cache, "work");

    public GrpcChannel Channel { get; private set; } = null!;

    /// <summary>What is left of calls: all files but launchers and locks of the media workspace.</summary>
    public IEnumerable<string> LeftOnDisk => !Directory.Exists(WorkFolder) ? [] : Directory.EnumerateDirectories(WorkFolder)
        .SelectMany(workspace => Directory.EnumerateDirectories(workspace).Where(folder => Path.GetFileName(folder) != "bin"))
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories));

    /// <summary>Started, with nothing to serve yet.</summary>
    public static async Task<ServedModel> StartAsync(
        AzuriteFixture azurite, Action<WebApplicationBuilder> add, Action<WebApplication> map, params (string Key, string Value)[] settings)
    {
        var served = new ServedModel(azurite, add, map, settings);
        await served._app.StartAsync();
        served.Channel = GrpcChannel.ForAddress(served._app.Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return served;
    }

    /// <summary>Publishes the packages, promotes the release of them, and waits until it is served.</summary>
    public async Task PromoteAsync(params ModelPackage[] packages)
    {
        var token = TestContext.Current.CancellationToken;
        foreach (var package in packages)
        {
            await _registry.PublishAsync(package, token);
        }

        await _registry.PublishReleaseAsync(
            new ReleaseManifest
            {
                Release = Release,
                CreatedAt = TimeProvider.System.GetUtcNow(),
                Models = packages.ToDictionary(package => package.Manifest.Name, package => package.Version),
                ClipWindow = new ReleaseClipWindow(4, 1.5),
            },
            token);
        await _registry.PromoteAsync(ChannelManifest.Stable, Release, 1, "test", "test", token);
        while ((await StatusAsync()).DefaultRelease != Release)
        {
            await Task.Delay(50, token);
        }
    }

    public async Task<GetModelStatusResponse> StatusAsync() => await new ModelStatus.ModelStatusClient(Channel)
        .GetAsync(new GetModelStatusRequest(), cancellationToken: TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Assert.Empty(LeftOnDisk);
        Directory.Delete(_cache, recursive: true);
    }

    /// <summary>The status of a call that must fail.</summary>
    public static async Task<StatusCode> StatusOfAsync(Func<Task> call) => (await Assert.ThrowsAsync<RpcException>(call)).StatusCode;
}

using Emotion.Gateway.Api;
using Emotion.Gateway.Canary;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Keys;
using Emotion.Gateway.Releases;
using Emotion.ServiceDefaults;
using Emotion.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Emotion.Gateway.Tests;

/// <summary>
/// The real gateway on Kestrel with the real ffmpeg, in front of hand-written services on Kestrel: one audio and one fusion replica, two
/// of video, and two of text that answer alike. Everything that it puts on disk is under <see cref="WorkFolder"/>.
/// </summary>
public sealed class FakeSystem : IAsyncDisposable
{
    private readonly List<WebApplication> _replicas = [];
    private WebApplication? _gateway;
    private List<string> _wanted = [];

    public FakeAudio Audio { get; } = new();

    public FakeVideo[] Video { get; } = [new(), new()];

    public FakeFusion Fusion { get; } = new();

    public FakeText Text { get; } = new();

    public FakeReader Reader { get; } = new();

    /// <summary>What the gateway and its services logged.</summary>
    public CapturedLog Log { get; } = new();

    /// <summary>Of the gateway; its timers are the system's, whatever it shows.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Of the gateway: what takes the place of its own.</summary>
    public Action<IServiceCollection> Replace { get; init; } = _ => { };

    /// <summary>What every replica says it has loaded.</summary>
    public IReadOnlyList<string> Releases { get; set; } = [FakeAnswers.Release];

    public string WorkFolder { get; } = Directory.CreateTempSubdirectory("emotion-gateway-tests-").FullName;

    public HttpClient Http { get; private set; } = new();

    /// <summary>Of the gateway.</summary>
    public Dictionary<string, string?> Settings { get; private set; } = [];

    public WebApplication Gateway => _gateway ?? throw new InvalidOperationException("Not started.");

    public IReadOnlyList<OfferedRelease> Offered => Gateway.Services.GetRequiredService<ReleaseOffer>().Offered;

    public Rollout Rollout => Gateway.Services.GetRequiredService<Rollout>();

    /// <summary>Outlives the gateway.</summary>
    public string DataFolder { get; } = Directory.CreateTempSubdirectory("emotion-gateway-data-").FullName;

    /// <summary>What is left of clips: those of the data folder, and all files of the media workspace but its lock and launchers.</summary>
    public IEnumerable<string> LeftOnDisk => Directory.EnumerateDirectories(WorkFolder)
        .SelectMany(workspace => Directory.EnumerateDirectories(workspace).Where(folder => Path.GetFileName(folder) != "bin"))
        .SelectMany(FilesOf)
        .Concat(ClipsLeft);

    public RunningAnalyses Running => Gateway.Services.GetRequiredService<RunningAnalyses>();

    private IEnumerable<string> ClipsLeft => Directory.Exists(Path.Combine(DataFolder, "clips")) ? Directory.EnumerateFiles(Path.Combine(DataFolder, "clips")) : [];

    public static async Task<FakeSystem> StartAsync(params (string Key, string Value)[] settings)
    {
        var system = new FakeSystem();
        await system.RunAsync(settings);
        return system;
    }

    /// <param name="replace">What takes the place of the gateway's own.</param>
    public static async Task<FakeSystem> StartWithAsync(TimeProvider clock, Action<IServiceCollection> replace, params (string Key, string Value)[] settings)
    {
        var system = new FakeSystem { Clock = clock, Replace = replace };
        await system.RunAsync(settings);
        return system;
    }

    /// <summary>Whose gateway lets in who has a key, and nobody else.</summary>
    public static async Task<FakeSystem> StartWithKeysAsync(TimeProvider clock, params (string Key, string Value)[] settings)
    {
        var system = new FakeSystem { Clock = clock };
        await system.RunAsync([("Gateway:Keys:Mode", "Required"), .. settings]);
        return system;
    }

    /// <summary>All but the gateway, which is to be given <see cref="Settings"/>.</summary>
    public static async Task<FakeSystem> StartServicesAsync(params (string Key, string Value)[] settings)
    {
        var system = new FakeSystem();
        await system.ServeAsync(settings);
        return system;
    }

    public static async Task<FakeSystem> StartWithoutReleasesAsync()
    {
        var system = new FakeSystem { Releases = [] };
        await system.RunAsync([]);
        return system;
    }

    /// <summary>A new key, made as by an administrator.</summary>
    public async Task<MadeKey> MakeKeyAsync(params KeyScope[] scopes) => await Gateway.Services.GetRequiredService<KeyMaker>().MakeAsync(
        new NewKey { Name = "test", Scopes = scopes, IntendedUse = new IntendedUse { Area = UseArea.Development, Description = "Tests." } }, by: "", CancellationToken.None);

    /// <summary>Asks with a key.</summary>
    public HttpClient As(string secret) =>
        new() { BaseAddress = Http.BaseAddress, Timeout = Http.Timeout, DefaultRequestHeaders = { Authorization = new("Bearer", secret) } };

    /// <summary>Asks with a new key.</summary>
    public async Task<HttpClient> AsAsync(params KeyScope[] scopes) => As((await MakeKeyAsync(scopes)).Secret);

    public Task KillVideoAsync(int index) => KillAsync(_replicas[1 + index]);

    /// <param name="host">As a call to it names it.</param>
    public Task KillAsync(string host) => KillAsync(_replicas.Single(replica => AddressOf(replica).Authority == host));

    /// <summary>The text service has loaded a model that tells emotions by words, and the gateway knows.</summary>
    public async Task ReadTextAsync()
    {
        Reader.Reads = true;
        await WaitUntilAsync(() => Offered is [{ HasText: true, ReadsText: true }]);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_gateway is not null)
        {
            await _gateway.StopAsync();
            _wanted = await WantedAsync();
            await _gateway.DisposeAsync();
        }

        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        Assert.Empty(LeftOnDisk.Except(_wanted));
        Directory.Delete(WorkFolder, recursive: true);
        Directory.Delete(DataFolder, recursive: true);
    }

    /// <summary>Clips of analyses that go on once a gateway is there again, or that can be tried again.</summary>
    private async Task<List<string>> WantedAsync()
    {
        var clips = ClipsLeft.ToList();
        var wanted = await Gateway.Services.GetRequiredService<JobUpkeep>().WantedAsync([.. clips.Select(clip => Path.GetFileName(clip))], CancellationToken.None);
        return [.. clips.Where(clip => wanted.Contains(Path.GetFileName(clip)))];
    }

    /// <summary>Of one that may go meanwhile.</summary>
    private static IEnumerable<string> FilesOf(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    public static Uri AddressOf(WebApplication app) => new(app.Services.GetRequiredService<IServer>()
        .Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    private async Task RunAsync((string Key, string Value)[] settings)
    {
        await ServeAsync(settings);
        await StartGatewayAsync();
    }

    private async Task ServeAsync((string Key, string Value)[] settings)
    {
        (Audio.Loads, Fusion.Loads, Video[0].Loads, Video[1].Loads) = (NewLoads(), NewLoads(), NewLoads(), NewLoads());
        var audio = await ServeAsync("audio", Audio.Loads, services => services.AddSingleton(Audio), app => app.MapGrpcService<FakeAudio>());
        var video1 = await ServeAsync("video", Video[0].Loads!, services => services.AddSingleton(Video[0]), app => app.MapGrpcService<FakeVideo>());
        var video2 = await ServeAsync("video", Video[1].Loads!, services => services.AddSingleton(Video[1]), app => app.MapGrpcService<FakeVideo>());
        var fusion = await ServeAsync("fusion", Fusion.Loads, services => services.AddSingleton(Fusion), app => app.MapGrpcService<FakeFusion>());

        var (text1, text2) = (await ServeTextAsync(), await ServeTextAsync());
        Settings = new Dictionary<string, string?>
        {
            ["services:audio-1:http:0"] = audio.ToString(),
            ["services:video-1:http:0"] = video1.ToString(),
            ["services:video-2:http:0"] = video2.ToString(),
            ["services:fusion-1:http:0"] = fusion.ToString(),
            ["services:text-1:http:0"] = text1.ToString(),
            ["services:text-2:http:0"] = text2.ToString(),
            ["Media:WorkFolder"] = WorkFolder,
            ["Gateway:Jobs:DataFolder"] = DataFolder,
            ["Gateway:Keys:Mode"] = "Off", // Most tests are about something else.
            ["Gateway:Jobs:PollPeriod"] = "00:00:00.050",
            ["Gateway:Jobs:FirstRetry"] = "00:00:00.020",
            ["Gateway:Calls:StatusPeriod"] = "00:00:00.100",
            ["Gateway:Calls:FirstBackOff"] = "00:00:00.020",

            // A busy machine is no replica that hangs, no receiver that does not answer, and no gateway that has gone: tests of those have limits of their own.
            ["Gateway:Calls:StatusDeadline"] = "00:00:30",
            ["Gateway:Calls:HungAfter"] = "00:05:00",
            ["Gateway:Calls:AudioDeadline"] = "00:05:00",
            ["Gateway:Calls:TextDeadline"] = "00:05:00",
            ["Gateway:Calls:ReadingDeadline"] = "00:05:00",
            ["Gateway:Calls:SegmentDeadline"] = "00:05:00",
            ["Gateway:Calls:SequenceDeadline"] = "00:05:00",
            ["Gateway:Calls:FusionDeadline"] = "00:05:00",
            ["Gateway:Callbacks:ConnectDeadline"] = "00:01:00",
            ["Gateway:Callbacks:Deadline"] = "00:01:00",
            ["Gateway:Jobs:Lease"] = "00:01:00",
            ["Grpc:Client:ConnectTimeout"] = "00:01:00",
            ["Grpc:Client:KeepAliveTimeout"] = "00:02:00",
            ["Media:ProbeDeadline"] = "00:02:00",
            ["Host:ShutdownTimeout"] = "00:01:00",
        };
        foreach (var (key, value) in settings)
        {
            Settings[key] = value;
        }
    }

    /// <summary>A gateway with the data folder and the database of the last one, which must have stopped.</summary>
    public async Task RestartGatewayAsync()
    {
        Http.Dispose();
        await Gateway.DisposeAsync();
        await StartGatewayAsync();
    }

    private async Task StartGatewayAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(Settings);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter<CapturedLog>(_ => true).AddProvider(Log);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // Who asks is as busy.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        builder.Services.AddSingleton(Clock);
        builder.AddServiceDefaults();
        builder.AddServiceClients();
        builder.AddAnalyses();
        builder.AddApi();
        Replace(builder.Services);
        _gateway = builder.Build();
        _gateway.UseExceptionHandler();
        _gateway.UseStatusCodePages();
        _gateway.UseKeys();
        _gateway.MapDefaultEndpoints();
        _gateway.MapApi();
        await _gateway.StartAsync();
        Http = new HttpClient { BaseAddress = AddressOf(_gateway), Timeout = TimeSpan.FromMinutes(5) };
        if (Releases.Count > 0)
        {
            await WaitUntilAsync(() => Offered.Count > 0);
        }
    }

    /// <summary>Ends a test that would hang.</summary>
    public static async Task WaitUntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!condition())
        {
            await Task.Delay(20, deadline.Token);
        }
    }

    /// <summary>Ends the replica abruptly, as a crash would: breaks off its connections at once. Disposing alone would take its services away while calls still come in.</summary>
    private static async Task KillAsync(WebApplication replica)
    {
        await replica.StopAsync(new CancellationToken(canceled: true));
        await replica.DisposeAsync();
    }

    private Task<Uri> ServeTextAsync() => ServeAsync(
        "text",
        NewLoads(),
        services => services.AddSingleton(Text).AddSingleton(Reader),
        app =>
        {
            app.MapGrpcService<FakeText>();
            app.MapGrpcService<FakeReader>();
        });

    private FakeLoads NewLoads() => new(() => Releases);

    private async Task<Uri> ServeAsync(string model, FakeLoads loads, Action<IServiceCollection> add, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(options => options.Interceptors.Add<ErrorInterceptor>());
        builder.Services.AddSingleton(new FakeModelStatus(model, loads, () => Releases, () => model == "text" ? Reader.Covered : FakeAnswers.AllLabels));
        add(builder.Services);
        var app = builder.Build();
        map(app);
        app.MapGrpcService<FakeModelStatus>();
        await app.StartAsync();
        _replicas.Add(app);
        return AddressOf(app);
    }
}

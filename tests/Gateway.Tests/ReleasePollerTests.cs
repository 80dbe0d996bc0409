using System.Net;
using System.Net.Sockets;
using Emotion.Contracts.Common.V1;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Releases;
using Emotion.ServiceDefaults;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Tests;

/// <summary>Two video replicas behind one name, as a headless service has them: on two loopback addresses and one port.</summary>
public sealed class ReleasePollerTests : IAsyncLifetime
{
    private const string Name = "video-service";

    private readonly Replica _audio = new(), _fusion = new(), _first = new(), _second = new();
    private readonly ReleaseOffer _offer = new();
    private readonly JobsWorld _jobs = new(null, null, TimeProvider.System, new GatewayOptions(), new JobsOptions());
    private IPAddress[] _addresses = [];
    private ReplicaWatches? _watches;
    private ReleasePoller? _poller;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _jobs.Database.OpenAsync(Cancelled);
        await _audio.StartAsync(IPAddress.Loopback, 0);
        await _fusion.StartAsync(IPAddress.Loopback, 0);
        await _first.StartAsync(IPAddress.Loopback, 0);
        await _second.StartAsync(IPAddress.Parse("127.0.0.2"), _first.Address.Port);
        _addresses = [IPAddress.Loopback];
    }

    public async ValueTask DisposeAsync()
    {
        await (_poller?.StopAsync(CancellationToken.None) ?? Task.CompletedTask);
        _poller?.Dispose();
        _watches?.Dispose();
        _jobs.Dispose();
        foreach (var replica in (Replica[])[_audio, _fusion, _first, _second])
        {
            await replica.DisposeAsync();
        }
    }

    [Fact]
    public async Task Offer_SecondReplicaBehindTheNameLacksARelease_HoldsItBackUntilItHasIt()
    {
        _addresses = [IPAddress.Loopback, IPAddress.Parse("127.0.0.2")];
        await StartAsync();
        await UntilOfferedAsync("r1");

        (_audio.Releases, _fusion.Releases, _first.Releases) = (["r2", "r1"], ["r2", "r1"], ["r2", "r1"]);
        await _first.AskedTwiceMoreAsync();
        await _second.AskedTwiceMoreAsync();
        Assert.Equal(["r1"], Offered);

        _second.Releases = ["r2", "r1"];
        await UntilOfferedAsync("r2", "r1");
    }

    [Fact]
    public async Task Offer_ReplicaComesToTheNameWithoutTheNextRelease_HoldsItBack()
    {
        await StartAsync();
        await UntilOfferedAsync("r1");
        _addresses = [IPAddress.Loopback, IPAddress.Parse("127.0.0.2")];
        await _second.AskedTwiceMoreAsync();

        (_audio.Releases, _fusion.Releases, _first.Releases) = (["r2", "r1"], ["r2", "r1"], ["r2", "r1"]);
        await _first.AskedTwiceMoreAsync();
        await _second.AskedTwiceMoreAsync();
        Assert.Equal(["r1"], Offered);

        _addresses = [IPAddress.Loopback];
        await UntilOfferedAsync("r2", "r1");
    }

    [Fact]
    public async Task Health_AServiceDoesNotTakeTheToken_SaysSo()
    {
        _audio.Refuses = true;
        await StartAsync();

        async Task<string?> SaidAsync() => (await _poller!.CheckHealthAsync(new HealthCheckContext(), Cancelled)).Description;
        await FakeSystem.WaitUntilAsync(() => SaidAsync().Result!.Contains("audio service has no ready replica of 1, and does not take this gateway's token", StringComparison.Ordinal));
        Assert.DoesNotContain("fusion", await SaidAsync(), StringComparison.Ordinal);

        _audio.Refuses = false;
        await UntilOfferedAsync("r1");
        await FakeSystem.WaitUntilAsync(() => !SaidAsync().Result!.Contains("token", StringComparison.Ordinal));
    }

    private IEnumerable<string> Offered => _offer.Offered.Select(release => release.Name);

    private async Task UntilOfferedAsync(params string[] releases) => await FakeSystem.WaitUntilAsync(() => Offered.SequenceEqual(releases));

    private async Task StartAsync()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["services:audio:http:0"] = _audio.Address.ToString(),
            ["services:fusion:http:0"] = _fusion.Address.ToString(),
            ["services:video:http:0"] = $"http://{Name}:{_first.Address.Port}",
        }).Build();
        _watches = new ReplicaWatches(
            configuration,
            (host, _) => host == Name ? Task.FromResult(_addresses) : throw new SocketException((int)SocketError.HostNotFound),
            Options.Create(new GrpcClientOptions { NameRefresh = TimeSpan.FromMilliseconds(50) }), TimeProvider.System, NullLogger<ReplicaWatch>.Instance);
        _poller = new ReleasePoller(
            configuration, _watches, ServiceToken.None, _offer, _jobs.Store,
            // A replica that is late because the machine is busy must not lose its say.
            Options.Create(new CallOptions { StatusPeriod = TimeSpan.FromMilliseconds(50), StatusDeadline = TimeSpan.FromMinutes(1), HungAfter = TimeSpan.FromMinutes(5) }),
            TimeProvider.System, NullLogger<ReleasePoller>.Instance);
        await _poller.StartAsync(Cancelled);
    }

    /// <summary>Says what it has loaded, the default first.</summary>
    private sealed class Replica : ModelStatus.ModelStatusBase, IAsyncDisposable
    {
        private WebApplication? _app;
        private int _asked;

        public string[] Releases { get; set; } = ["r1"];

        /// <summary>It asks for another token than the caller shows.</summary>
        public bool Refuses { get; set; }

        public Uri Address => FakeSystem.AddressOf(_app!);

        public async Task StartAsync(IPAddress address, int port)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.Configuration["AllowedHosts"] = "*"; // The gateway's own appsettings.json lies beside the tests.
            builder.WebHost.UseUrls($"http://{address}:{port}");
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http2));
            builder.Services.AddGrpc();
            builder.Services.AddSingleton(this);
            _app = builder.Build();
            _app.MapGrpcService<Replica>();
            await _app.StartAsync(Cancelled);
        }

        public override Task<GetModelStatusResponse> Get(GetModelStatusRequest request, ServerCallContext context)
        {
            if (Refuses)
            {
                throw new RpcException(new Status(StatusCode.Unauthenticated, "Who are you?"));
            }

            var releases = Releases;
            var answer = new GetModelStatusResponse { DefaultRelease = releases[0] };
            answer.Loaded.AddRange(releases.Select(release => new GetModelStatusResponse.Types.Loaded
            {
                Release = release, Model = FakeAnswers.Version("video"), ClipWindow = new() { LengthSeconds = 4, MinimumTailSeconds = 1.5 },
            }));
            Interlocked.Increment(ref _asked);
            return Task.FromResult(answer);
        }

        /// <summary>The second question from now begins after the answer to the first was seen.</summary>
        public async Task AskedTwiceMoreAsync()
        {
            var before = Volatile.Read(ref _asked);
            await FakeSystem.WaitUntilAsync(() => Volatile.Read(ref _asked) >= before + 3);
        }

        public async ValueTask DisposeAsync()
        {
            if (_app is not null)
            {
                await _app.DisposeAsync();
            }
        }
    }
}

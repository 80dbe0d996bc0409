using Emotion.ServiceDefaults.Tests.Wire;
using Grpc.Net.Client;

namespace Emotion.ServiceDefaults.Tests;

public sealed class ReplicaWatchTests : IDisposable
{
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(1);

    private readonly SteppedTime _time = new();
    private readonly NameServer _names = new();
    private ReplicaWatches? _watches;

    public void Dispose() => _watches?.Dispose();

    [Fact]
    public async Task Name_OfThreeReplicas_StandsForAllOfThem()
    {
        _names.Addresses = ["10.0.0.3", "10.0.0.1", "10.0.0.2"];
        var changes = new Changes(Watch("http://video-service:8080"));

        Assert.Equal("video-service", await _names.AskedAsync());
        Assert.Equal(["10.0.0.1:8080", "10.0.0.2:8080", "10.0.0.3:8080"], await changes.UntilAsync(3));
    }

    [Fact]
    public async Task Name_WhenReplicasComeAndGo_IsLookedUpAgain()
    {
        _names.Addresses = ["10.0.0.1", "10.0.0.2"];
        var changes = new Changes(Watch("http://video-service:8080"));
        await changes.UntilAsync(2);

        _names.Addresses = ["10.0.0.2", "10.0.0.3", "fd00::7"];
        _time.Advance(Refresh);

        Assert.Equal(["10.0.0.2:8080", "10.0.0.3:8080", "[fd00::7]:8080"], await changes.UntilAsync(3));
    }

    [Fact]
    public async Task Name_ThatIsNotFoundForAWhile_KeepsTheAddressesOfBefore()
    {
        _names.Addresses = ["10.0.0.1", "10.0.0.2"];
        var watch = Watch("http://video-service:8080");
        var changes = new Changes(watch);
        await changes.UntilAsync(2);
        await _names.AskedAsync();

        _names.Addresses = [];
        _time.Advance(Refresh);
        await _names.AskedAsync();
        _time.Advance(Refresh);
        await _names.AskedAsync(); // The one before has been dealt with by now.

        Assert.Equal(2, watch.Current.Count);
        _names.Addresses = ["10.0.0.9"];
        _time.Advance(Refresh);
        Assert.Equal(["10.0.0.9:8080"], await changes.UntilAsync(1));
    }

    [Theory]
    [InlineData("http://127.0.0.1:5101")]
    [InlineData("http://[::1]:5101")]
    [InlineData("http://localhost:5101")]
    public void Address_ThatIsNoName_IsNeverLookedUp(string address)
    {
        var watch = Watch(address);
        _time.Advance(Refresh);

        Assert.Equal([new Uri(address)], watch.Current);
        Assert.False(_names.AskedAsync().IsCompleted);
    }

    [Fact]
    public async Task Replicas_WhenOneGoes_KeepTheOthersAndCloseItsChannelLater()
    {
        _names.Addresses = ["10.0.0.1", "10.0.0.2"];
        var watch = Watch("http://video-service:8080");
        var changes = new Changes(watch);
        await changes.UntilAsync(2);
        var connected = new List<string>();
        using var replicas = new Replicas<Oracle.OracleClient>(watch, address =>
        {
            connected.Add(address.Host);
            return GrpcChannel.ForAddress(address);
        }, ServiceToken.None, _time, TimeSpan.FromSeconds(5), keepGone: TimeSpan.FromMinutes(5));
        changes = new Changes(watch); // Behind the replicas: what it has heard, they have.
        var before = new[] { replicas.Next([]), replicas.Next([]) }.OrderBy(replica => replica.Address).ToArray();

        _names.Addresses = ["10.0.0.2", "10.0.0.3"];
        _time.Advance(Refresh);
        await changes.UntilAsync(last => last.Contains("10.0.0.3:8080"));

        Assert.Equal(2, replicas.Count);
        Assert.Contains(before[1], Enumerable.Range(0, 2).Select(_ => replicas.Next([])));
        Assert.Equal(["10.0.0.1", "10.0.0.2", "10.0.0.3"], connected);
        using (before[0].Client.AskAsync(new Question(), cancellationToken: TestContext.Current.CancellationToken))
        {
            _time.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Throws<ObjectDisposedException>(() => before[0].Client.AskAsync(new Question(), cancellationToken: TestContext.Current.CancellationToken));
    }

    private ReplicaWatch Watch(string address)
    {
        _watches = _names.Watch(_time, ("services:video:http:0", address));
        return _watches.Of("video");
    }

    /// <summary>What a follower hears.</summary>
    private sealed class Changes
    {
        private volatile string[] _last = [];

        public Changes(ReplicaWatch watch) => watch.Follow(addresses => _last = [.. addresses.Select(address => address.Authority)]);

        public Task<string[]> UntilAsync(int count) =>
            UntilAsync(last => last.Length == count && !last[0].StartsWith("video", StringComparison.Ordinal));

        public async Task<string[]> UntilAsync(Func<string[], bool> wish)
        {
            while (!wish(_last))
                await Task.Delay(5, TestContext.Current.CancellationToken);
            return _last;
        }
    }
}

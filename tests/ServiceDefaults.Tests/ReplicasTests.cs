using Emotion.ServiceDefaults.Tests.Wire;
using Grpc.Net.Client;

namespace Emotion.ServiceDefaults.Tests;

public sealed class ReplicasTests : IDisposable
{
    private readonly SteppedTime _time = new();
    private readonly Replicas<Oracle.OracleClient> _replicas;

    private readonly ReplicaWatches _watches;

    public ReplicasTests()
    {
        _watches = new NameServer().Watch(
            _time, [.. Enumerable.Range(1, 3).Select(number => ($"services:oracle-{number}:http:0", $"http://127.0.0.1:{number}"))]);
        _replicas = new Replicas<Oracle.OracleClient>(
            _watches.Of("oracle"), GrpcChannel.ForAddress, ServiceToken.None, _time, TimeSpan.FromSeconds(5), keepGone: TimeSpan.FromMinutes(5));
    }

    public void Dispose()
    {
        _replicas.Dispose();
        _watches.Dispose();
    }

    [Fact]
    public void Next_NothingTried_GoesRound()
    {
        var picked = Enumerable.Range(0, 6).Select(_ => _replicas.Next([])).ToList();

        Assert.Equal(3, picked.Take(3).Distinct().Count());
        Assert.Equal(picked.Take(3), picked.Skip(3));
    }

    [Fact]
    public void Next_SomeTried_IsAlwaysAnother()
    {
        var first = _replicas.Next([]);

        // Others take turns in between, which must not lead back to the one that was tried.
        for (var others = 0; others < 7; others++)
        {
            var second = _replicas.Next([first]);
            Assert.NotSame(first, second);
            Assert.DoesNotContain(_replicas.Next([first, second]), new[] { first, second });
        }
    }

    [Fact]
    public void Next_OneRests_IsLeftOutUntilItsTimeIsOver()
    {
        var tired = _replicas.Next([]);
        _replicas.Rest(tired);

        Assert.DoesNotContain(tired, Enumerable.Range(0, 6).Select(_ => _replicas.Next([])));

        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Contains(tired, Enumerable.Range(0, 3).Select(_ => _replicas.Next([])));
    }

    [Fact]
    public void Next_OneIsAway_IsTakenLastByAllWhoChooseAmongThem()
    {
        using var others = new Replicas<Oracle.OracleClient>(
            _watches.Of("oracle"), GrpcChannel.ForAddress, ServiceToken.None, _time, TimeSpan.FromSeconds(5), keepGone: TimeSpan.FromMinutes(5));
        var asked = others.All[0];

        others.Say(asked, isAway: true);
        Assert.DoesNotContain(asked.Address, Enumerable.Range(0, 6).Select(_ => _replicas.Next([]).Address));
        Assert.Equal(asked.Address, _replicas.Next([.. _replicas.All.Skip(1)]).Address);

        others.Say(asked, isAway: false);
        Assert.Contains(asked.Address, Enumerable.Range(0, 3).Select(_ => _replicas.Next([]).Address));
    }

    [Fact]
    public void Next_OthersWereTried_TakesTheOneThatRests()
    {
        var tired = _replicas.Next([]);
        var others = Enumerable.Range(0, 2).Select(_ => _replicas.Next([])).ToList();
        _replicas.Rest(tired);

        Assert.Same(tired, _replicas.Next(others));
    }

    [Fact]
    public void Next_AllRest_StillAnswers()
    {
        foreach (var replica in Enumerable.Range(0, 3).Select(_ => _replicas.Next([])).ToList())
        {
            _replicas.Rest(replica);
        }

        Assert.NotNull(_replicas.Next([]));
    }
}

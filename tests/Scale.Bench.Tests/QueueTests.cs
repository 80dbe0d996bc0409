using Emotion.ScaleBench.Simulation;

namespace Emotion.Scale.Bench.Tests;

/// <summary>The simulation against what queueing theory has in closed form; draws are seeded, so each run is the same.</summary>
public sealed class QueueTests
{
    private const int Long = 100_000;
    private const int Unbounded = int.MaxValue;

    /// <summary>M/M/1: a call is inside for 1 / (mu - lambda).</summary>
    [Theory]
    [InlineData(0.3)]
    [InlineData(0.7)]
    public void Open_ExponentialTimes_TakeAsLongAsTheoryHasIt(double load)
    {
        var run = Run(Times.Exponential(1), slots: 1, Unbounded, load);

        Assert.Equal(load, run.PerSecond, 0.01);
        Assert.Equal(1 / (1 - load), run.Latencies.Average(), 0.05 / (1 - load));
    }

    /// <summary>M/D/1, Pollaczek and Khinchine: one waits load / (2 mu (1 - load)).</summary>
    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    public void Open_FixedTimes_TakeAsLongAsTheoryHasIt(double load)
    {
        var run = Run(Times.Fixed(1), slots: 1, Unbounded, load);

        Assert.Equal(1 + load / (2 * (1 - load)), run.Latencies.Average(), 0.05 * run.Latencies.Average());
    }

    /// <summary>M/G/1 with times of 0.5 and 1.5, each as likely: one waits lambda E[s²] / (2 (1 - load)), E[s²] = 1.25.</summary>
    [Fact]
    public void Open_MeasuredTimes_TakeAsLongAsTheoryHasIt()
    {
        var run = Run(Times.Measured([0.5, 1.5]), slots: 1, Unbounded, rate: 0.7);

        Assert.Equal(1 + 0.7 * 1.25 / (2 * 0.3), run.Latencies.Average(), 0.05 * run.Latencies.Average());
    }

    /// <summary>M/M/c, Erlang's C: of 3 slots with 2 erlangs, 4/9 wait, and the mean wait is that over (3 - 2).</summary>
    [Fact]
    public void Open_ThreeSlots_WaitAsErlangHasIt()
    {
        var run = Run(Times.Exponential(1), slots: 3, Unbounded, rate: 2);

        Assert.Equal(1 + 4.0 / 9, run.Latencies.Average(), 0.07);
    }

    /// <summary>M/M/1/K: with places for K = 3 at load 2, 2³ / (1 + 2 + 2² + 2³) = 8/15 are refused.</summary>
    [Fact]
    public void Open_BoundedQueueAtTwiceThePeak_RefusesWhatTheoryRefuses()
    {
        var run = Run(Times.Exponential(1), slots: 1, waiting: 2, rate: 2);

        Assert.Equal(8.0 / 15, run.Refused, 0.01);
        Assert.Equal(2 * 7.0 / 15, run.PerSecond, 0.01);
    }

    [Fact]
    public void Closed_MoreCallersThanSlots_AreAnsweredAsFastAsSlotsWork()
    {
        var simulator = new Simulator();
        var station = new Station(simulator, new Random(1), slots: 2, waiting: 8);

        var run = Load.Closed(simulator, done => station.TryTake(Times.Fixed(0.5), done), callers: 6, pause: 0.001, warmUp: 10, seconds: 100);

        Assert.Equal(4, run.PerSecond, 0.02);
        Assert.Equal(0, run.Refused);
        Assert.Equal(2 * 110, station.Worked, 2.0);
    }

    [Fact]
    public void Replicas_InTurn_GrowThroughputByOneEach()
    {
        double PerSecond(int count)
        {
            var (simulator, random) = (new Simulator(), new Random(1));
            var replicas = new Replicas(
                [.. Enumerable.Range(0, count).Select(_ => new Station(simulator, random, slots: 1, waiting: 16))], callers: 1, Choice.InTurn, random);
            return Load.Closed(simulator, done => replicas.TryTake(Times.Fixed(1), done), 3 * count, pause: 0.001, warmUp: 10, seconds: 200).PerSecond;
        }

        Assert.Equal(3, PerSecond(3) / PerSecond(1), 0.02);
    }

    [Fact]
    public void Replicas_OneIsFull_AnotherTakesIt()
    {
        var (simulator, random) = (new Simulator(), new Random(1));
        var full = new Station(simulator, random, slots: 1, waiting: 0);
        Assert.True(full.TryTake(Times.Fixed(1000), () => { }));
        var replicas = new Replicas([full, new Station(simulator, random, slots: 1, waiting: 1)], callers: 1, Choice.InTurn, random);

        Assert.True(replicas.TryTake(Times.Fixed(1), () => { }));
        Assert.True(replicas.TryTake(Times.Fixed(1), () => { }));
        Assert.False(replicas.TryTake(Times.Fixed(1), () => { }));
    }

    [Fact]
    public void Batches_WhatComesWhileOneRuns_GoesTogether()
    {
        var simulator = new Simulator();
        var ends = new List<double>();
        var graph = new BatchStation(simulator, size => 1 + size, largest: 4, delay: 0.5, waiting: 5);
        for (var at = 0; at < 6; at++)
        {
            simulator.After(0.1 * at, () => Assert.True(graph.TryTake(() => ends.Add(simulator.Now))));
        }

        simulator.RunUntil(100);

        // Four fill a batch at 0.3 s, which takes 5 s; the other two wait for it, and half a second for more.
        Assert.Equal([5.3, 5.3, 5.3, 5.3, 8.8, 8.8], ends.Select(end => Math.Round(end, 3)));
        Assert.Equal((2, 6), (graph.Batches, graph.Items));
    }

    [Fact]
    public void Run_SameSeed_IsTheSame()
    {
        Assert.Equal(
            Run(Times.Exponential(1), slots: 2, waiting: 4, rate: 2.5).Latencies.Take(1000),
            Run(Times.Exponential(1), slots: 2, waiting: 4, rate: 2.5).Latencies.Take(1000));
    }

    private static Load Run(Times service, int slots, int waiting, double rate)
    {
        var (simulator, random) = (new Simulator(), new Random(7));
        var station = new Station(simulator, random, slots, waiting);
        return Load.Open(simulator, done => station.TryTake(service, done), Times.Exponential(1 / rate), random, warmUp: 1000, seconds: Long);
    }
}

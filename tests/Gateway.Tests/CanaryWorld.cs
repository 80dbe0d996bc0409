using Emotion.Gateway.Api;
using Emotion.Gateway.Canary;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Releases;
using Emotion.ModelRegistry.Releases;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Tests;

/// <summary>How a release answers: some 1 % fail, most are neutral or happy, and times differ by a factor of two either way.</summary>
/// <param name="Errors">Share of the requests that fail.</param>
/// <param name="Slower">Times as long.</param>
/// <param name="Weights">Of the eight emotions.</param>
internal sealed record Behaviour(double Errors, double Slower, params double[] Weights)
{
    public static readonly Behaviour Usual = new(0.01, 1, 30, 3, 25, 10, 14, 8, 5, 5);

    public AnalysisOutcome Draw(Random random)
    {
        if (random.NextDouble() < Errors)
        {
            return new AnalysisOutcome(null, new Refusal(503, "services-failed", ""));
        }

        var at = random.NextDouble() * Weights.Sum();
        var label = Enumerable.Range(0, Weights.Length).First(i => (at -= Weights[i]) < 0);
        var spread = Math.Exp(0.6 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return Answer(FakeAnswers.AllLabels[label], 400 * Slower * spread);
    }

    public static AnalysisOutcome Answer(string prediction, double milliseconds) => new(
        new Analysis
        {
            Id = "a",
            Status = AnalysisStatus.Done,
            Clip = new ClipDescription(4, "mp4", true, true),
            Fused = new FusedAnswer { Status = FusedStatus.Certain, Prediction = prediction },
            Timings = new Dictionary<string, double> { ["total"] = milliseconds },
        },
        null);
}

/// <summary>Requests through the gateway's own routing and judgement, without a network: what a canary lives through.</summary>
internal sealed class CanaryWorld
{
    public const string Stable = "r1", Tried = "r2";

    private readonly ReleaseRouter _router;
    private readonly Random _random;
    private int _requests;

    public CanaryWorld(double share, int seed, CanaryOptions? options = null)
    {
        var offer = new ReleaseOffer();
        offer.Exchange([.. new[] { Stable, Tried }.Select(name => new OfferedRelease(name, new() { LengthSeconds = 4, MinimumTailSeconds = 1.5 }))]);
        Rollout = new Rollout(Options.Create(options ?? new CanaryOptions()), NullLogger<Rollout>.Instance);
        _router = new ReleaseRouter(offer, Rollout);
        _random = new Random(seed);
        Seed = seed;
        Rollout.Follow(new ChannelPlan(Tried, share, 1), null);
    }

    public int Seed { get; }

    public Rollout Rollout { get; }

    /// <summary>Requests that the canary has answered.</summary>
    public int Canaries { get; private set; }

    /// <summary>Until the canary has answered so many, or is gone.</summary>
    /// <returns>Why it is gone; null where it is not.</returns>
    public ChannelHalt? Run(int canaries, Behaviour stable, Behaviour canary)
    {
        for (var until = _requests + 1_000_000; Canaries < canaries && Rollout.Halt is null && _requests < until;)
        {
            Send(null, stable, canary);
        }

        return Rollout.Halt;
    }

    public void Send(string? client, Behaviour stable, Behaviour canary)
    {
        var route = _router.Choose(null, $"{Seed}-{++_requests}", client);
        Canaries += route.Arm == Arm.Canary ? 1 : 0;
        Rollout.Observe(route, (route.Arm == Arm.Canary ? canary : stable).Draw(_random));
    }
}

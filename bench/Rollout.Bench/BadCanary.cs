using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Releases;

namespace Emotion.RolloutBench;

/// <param name="Seconds">When it was answered, since the beginning.</param>
/// <param name="Latency">Seconds of analysis for each second of clip.</param>
/// <param name="Prediction">Null where it failed, or nothing was told.</param>
/// <param name="IsCoherent">Every model that it names is of the release that it names.</param>
internal sealed record CanaryAnswer(double Seconds, bool IsCanary, bool Failed, double Latency, string? Prediction, bool IsCoherent);

/// <param name="RolledBackAfter">Seconds from the promotion until the registry says so; null: it was not.</param>
internal sealed record CanaryLife(
    double PromotedAt, double? RolledBackAfter, string Rule, string Why, IReadOnlyList<CanaryAnswer> Answers, IReadOnlyList<(double Seconds, double Share)> Shares);

/// <summary>
/// Clips at the real gateway while a release that hears nothing gets half of them. The gateway may follow the canary of the load for a moment
/// still: such an answer counts with those of stable.
/// </summary>
internal static class BadCanary
{
    private const int Clients = 2;
    private const double Share = 0.5;

    /// <summary>Sound alone, and words of a language that is not read: what is wrong with the canary is what it hears, and writing down takes the longest.</summary>
    private static readonly Uri Question = new("v1/analyses?wait=true&language=de", UriKind.Relative);

    private static readonly TimeSpan Before = TimeSpan.FromSeconds(6), After = TimeSpan.FromSeconds(6), Limit = TimeSpan.FromMinutes(10);

    public static async Task<CanaryLife> RunAsync(
        RolloutSystem system, IReadOnlyDictionary<string, ReleaseManifest> releases, ReleaseManifest bad, IReadOnlyList<ClipInput> clips, CancellationToken cancellationToken)
    {
        var registry = system.Registry();
        using var http = new HttpClient { BaseAddress = system.Address("gateway"), Timeout = TimeSpan.FromMinutes(10) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", system.Key());
        var (start, answers, shares) = (Stopwatch.GetTimestamp(), new ConcurrentQueue<CanaryAnswer>(), new List<(double, double)> { (0, 0) });
        double Now() => Stopwatch.GetElapsedTime(start).TotalSeconds;
        using var stop = new CancellationTokenSource();
        var traffic = Enumerable.Range(0, Clients).Select(number => Task.Run(
            async () =>
            {
                for (var i = number; !stop.IsCancellationRequested; i += Clients)
                {
                    answers.Enqueue(await AskAsync(http, clips[i % clips.Count], releases, bad.Release, Now, cancellationToken));
                }
            },
            cancellationToken)).ToArray();

        await Task.Delay(Before, cancellationToken);
        await registry.PromoteAsync(ChannelManifest.Canary, bad.Release, Share, "proof", "a bad one", cancellationToken);
        var promoted = Now();
        shares.Add((promoted, Share));
        ChannelManifest? halted = null;
        while (halted is null && Now() - promoted < Limit.TotalSeconds)
        {
            await Task.Delay(50, cancellationToken);
            halted = await registry.ChannelAsync(ChannelManifest.Canary, cancellationToken) is { Channel: { Share: 0 } channel } ? channel : null;
        }

        var rolledBack = Now();
        if (halted is not null)
        {
            shares.Add((rolledBack, 0));
            await Task.Delay(After, cancellationToken);
        }

        await stop.CancelAsync();
        await Task.WhenAll(traffic);
        shares.Add((Now(), halted is null ? Share : 0));
        var halt = halted?.Halt();
        return new CanaryLife(promoted, halt is null ? null : rolledBack - promoted, halt?.HaltedBy ?? "", halt?.Why ?? "", [.. answers], shares);
    }

    private static async Task<CanaryAnswer> AskAsync(
        HttpClient http, ClipInput clip, IReadOnlyDictionary<string, ReleaseManifest> releases, string bad, Func<double> now, CancellationToken cancellationToken)
    {
        try
        {
            using var content = new ByteArrayContent(clip.Sound);
            using var response = await http.PostAsync(Question, content, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return new CanaryAnswer(now(), false, true, 0, null, true);
            }

            var analysis = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken))!;
            var models = analysis["models"]!;
            var release = (string)models["release"]!;
            var of = releases[release].Models;
            var coherent = ((string[])["audio", "text", "fusion"]).All(name => models[name] is null || (string?)models[name] == of[name]);
            return new CanaryAnswer(
                now(), (bool)models["canary"]! && release == bad, false, (double)analysis["timings"]!["total"]! / 1000 / clip.Seconds, (string?)analysis["fused"]?["prediction"], coherent);
        }
        catch (HttpRequestException)
        {
            return new CanaryAnswer(now(), false, true, 0, null, true);
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using Emotion.Contracts.Audio.V1;
using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Fusion.V1;
using Emotion.Contracts.Text.V1;
using Emotion.Contracts.Video.V1;
using Emotion.ModelRegistry.Releases;
using Google.Protobuf;
using Grpc.Core;

namespace Emotion.RolloutBench;

/// <summary>
/// Units of load, evenly paced: each chooses one of the offered releases, reads a sentence and fuses it with what that release heard and
/// saw of a clip; every so often it hears and sees the clip anew. So many units are under way at once at the most that none waits for others.
/// </summary>
internal sealed class LoadGenerator(GatewaySide gateway, IReadOnlyDictionary<string, ReleaseManifest> releases, IReadOnlyList<ClipInput> clips, LoadLedger ledger)
{
    private const int Workers = 16, HearEvery = 20, SeeEvery = 400;

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<(string Release, int Clip), ModalityEvidence> _heard = new(), _seen = new();
    private readonly ConcurrentDictionary<int, string> _underWay = new();
    private int _unit = -1;

    /// <summary>Releases that units under way have chosen: replicas must keep them to the end, as of a gateway's analyses.</summary>
    public IEnumerable<string> UnderWay => _underWay.Values.Distinct();

    /// <summary>Requests of a unit, when what releases first hear and see is left out.</summary>
    public const double RequestsPerUnit = 2 + 1.0 / HearEvery + 2.0 / SeeEvery;

    /// <summary>Until so many requests were sent, and beyond that until <paramref name="atLeast"/> is done.</summary>
    public async Task RunAsync(int requests, double rate, Task atLeast, CancellationToken cancellationToken)
    {
        var first = Volatile.Read(ref _unit) + 1;
        var until = ledger.Requests + requests;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(
            async () =>
            {
                while (ledger.Requests < until || !atLeast.IsCompleted)
                {
                    var unit = Interlocked.Increment(ref _unit);
                    var early = TimeSpan.FromSeconds((unit - first) * RequestsPerUnit / rate) - Stopwatch.GetElapsedTime(start);
                    if (early > TimeSpan.Zero)
                    {
                        await Task.Delay(early, cancellationToken);
                    }

                    await RunUnitAsync(unit, cancellationToken);
                }
            },
            cancellationToken)));
    }

    private async Task RunUnitAsync(int unit, CancellationToken cancellationToken)
    {
        var offered = gateway.Offer.Offered;
        var release = releases[offered[unit % offered.Count].Name];
        _underWay[unit] = release.Release;
        var (clip, sentence) = (unit / offered.Count % clips.Count, unit / 7 % Sentences.All.Length);
        try
        {
            if (unit % HearEvery == 0 || !_heard.ContainsKey((release.Release, clip)))
            {
                _heard[(release.Release, clip)] = await AudioAsync(release, clip, cancellationToken);
            }

            if (unit % SeeEvery == 0 || !_seen.ContainsKey((release.Release, clip)))
            {
                _seen[(release.Release, clip)] = await VideoAsync(release, clip, cancellationToken);
            }

            var read = await TextAsync(release, sentence, cancellationToken);
            await FuseAsync(release, clip, sentence, [_heard[(release.Release, clip)], _seen[(release.Release, clip)], read], cancellationToken);
        }
        catch (UnitFailedException)
        {
            // Counted where it failed; what would have come after it was not asked.
        }
        finally
        {
            _underWay.TryRemove(unit, out _);
        }
    }

    private async Task<ModalityEvidence> AudioAsync(ReleaseManifest release, int clip, CancellationToken cancellationToken)
    {
        var input = clips[clip];
        var answer = await AskAsync("audio", release, token => gateway.Retry.RunAsync(gateway.Audio, Deadline, Counted<AudioClassifier.AudioClassifierClient, ClassifyResponse>(
            async (client, deadline, cancelled) =>
            {
                using var call = client.Classify(deadline: deadline, cancellationToken: cancelled);
                await call.RequestStream.WriteAsync(
                    new ClassifyRequest { Start = new() { ClipId = "load", Release = release.Release, Windows = { Window(input.Seconds) } } }, cancelled);
                await call.RequestStream.WriteAsync(new ClassifyRequest { Pcm = UnsafeByteOperations.UnsafeWrap(input.Pcm) }, cancelled);
                await call.RequestStream.CompleteAsync();
                return await call.ResponseStream.MoveNext(cancelled) ? call.ResponseStream.Current : throw Nothing("a window");
            }), token), cancellationToken);
        Check("audio", input.Name, release, answer.Release, answer.Model, answer.Posterior, "");
        return new ModalityEvidence { Modality = "audio", Posterior = answer.Posterior, FeatureMap = answer.FeatureMap, Quality = Math.Clamp(answer.SpeechRatio, 0, 1) };
    }

    private async Task<ModalityEvidence> VideoAsync(ReleaseManifest release, int clip, CancellationToken cancellationToken)
    {
        var input = clips[clip];
        var segment = await AskAsync("video", release, token => gateway.Retry.RunAsync(gateway.Video, Deadline, Counted<VideoClassifier.VideoClassifierClient, AnalyzeSegmentResponse>(
            async (client, deadline, cancelled) =>
            {
                using var call = client.AnalyzeSegment(deadline: deadline, cancellationToken: cancelled);
                await call.RequestStream.WriteAsync(
                    new AnalyzeSegmentRequest { Start = new() { ClipId = "load", Release = release.Release, EndSeconds = ClipInput.SegmentSeconds, Container = "matroska" } },
                    cancelled);
                await call.RequestStream.WriteAsync(new AnalyzeSegmentRequest { Data = UnsafeByteOperations.UnsafeWrap(input.Segment) }, cancelled);
                await call.RequestStream.CompleteAsync();
                return await call;
            }), token), cancellationToken);
        Check("video", $"{input.Name} pictures", release, segment.Release, segment.Model, segment.FaceFrames.FirstOrDefault()?.Posterior, "");
        var track = await AskAsync("video", release, token => gateway.Retry.RunAsync(gateway.Video, Deadline, Counted<VideoClassifier.VideoClassifierClient, ClassifySequenceResponse>(
            async (client, deadline, cancelled) =>
            {
                using var call = client.ClassifySequence(deadline: deadline, cancellationToken: cancelled);
                await call.RequestStream.WriteAsync(
                    new ClassifySequenceRequest { Start = new() { ClipId = "load", Release = release.Release, Windows = { Window(ClipInput.SegmentSeconds) } } }, cancelled);
                await call.RequestStream.WriteAsync(new ClassifySequenceRequest { Batch = new() { FaceFrames = { segment.FaceFrames } } }, cancelled);
                await call.RequestStream.CompleteAsync();
                ClassifySequenceResponse? window = null;
                await foreach (var answer in call.ResponseStream.ReadAllAsync(cancelled))
                {
                    window ??= answer.ContentCase == ClassifySequenceResponse.ContentOneofCase.Window ? answer : null;
                }

                return window ?? throw Nothing("a window");
            }), token), cancellationToken);
        Check("video", $"{input.Name} sequence", release, track.Release, track.Model, track.Window.Posterior, "");
        return new ModalityEvidence { Modality = "video", Posterior = track.Window.Posterior, FeatureMap = track.Window.FeatureMap, Quality = 1 };
    }

    private async Task<ModalityEvidence> TextAsync(ReleaseManifest release, int sentence, CancellationToken cancellationToken)
    {
        var answer = await AskAsync("text", release, token => gateway.Retry.RunAsync(gateway.Text, Deadline, Counted<TextClassifier.TextClassifierClient, ClassifyTextResponse>(
            async (client, deadline, cancelled) => await client.ClassifyAsync(
                new ClassifyTextRequest { ClipId = "load", Release = release.Release, Texts = { Sentences.All[sentence] } }, deadline: deadline, cancellationToken: cancelled)),
            token), cancellationToken);
        var reading = answer.Readings[0];
        Check("text", $"sentence {sentence}", release, answer.Release, answer.Model, reading.Posterior, string.Join(' ', reading.Labels));
        return new ModalityEvidence { Modality = "text", Posterior = reading.Posterior, FeatureMap = reading.FeatureMap, Quality = 1 };
    }

    private async Task FuseAsync(ReleaseManifest release, int clip, int sentence, ModalityEvidence[] evidence, CancellationToken cancellationToken)
    {
        // No fallback: feature maps of another release's models must be refused, and would be seen.
        var request = new FuseRequest
        {
            ClipId = "load", Release = release.Release, Windows = { new FuseRequest.Types.Window { ClipWindow = Window(ClipInput.SegmentSeconds), Evidence = { evidence.Where(one => one.FeatureMap is not null) } } },
        };
        var answer = await AskAsync("fusion", release, token => gateway.Retry.RunAsync(gateway.Fusion, Deadline, Counted<FusionClassifier.FusionClassifierClient, FuseResponse>(
            async (client, deadline, cancelled) => await client.FuseAsync(request, deadline: deadline, cancellationToken: cancelled)), token), cancellationToken);
        Check("fusion", $"{clips[clip].Name} and sentence {sentence}", release, answer.Release, answer.Model, answer.Posterior, answer.Uncertain ? "uncertain" : "certain");
    }

    private async Task<T> AskAsync<T>(string service, ReleaseManifest release, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        var phase = ledger.Phase;
        var start = Stopwatch.GetTimestamp();
        try
        {
            var answer = await call(cancellationToken);
            ledger.Answered(phase, service, Stopwatch.GetElapsedTime(start));
            return answer;
        }
        catch (RpcException failure)
        {
            ledger.Fail(service, release.Release, failure.Status.ToString());
            throw new UnitFailedException(failure);
        }
    }

    /// <summary>Counts the tries that fail.</summary>
    private Func<TClient, DateTime, CancellationToken, Task<T>> Counted<TClient, T>(Func<TClient, DateTime, CancellationToken, Task<T>> call) =>
        async (client, deadline, cancellationToken) =>
        {
            try
            {
                return await call(client, deadline, cancellationToken);
            }
            catch (RpcException failure)
            {
                ledger.BreakTry(typeof(TClient).Name, failure.StatusCode.ToString());
                throw;
            }
        };

    private void Check(string service, string question, ReleaseManifest release, string said, ModelVersion? model, Posterior? posterior, string words) =>
        ledger.Check(service, question, (release.Release, release.Models[service]), (said, model?.Version), posterior?.Probabilities ?? Enumerable.Empty<float>(), words);

    private static ClipWindow Window(double seconds) => new() { EndSeconds = seconds };

    private static RpcException Nothing(string what) => new(new Status(StatusCode.DataLoss, $"The service ended without {what}."));

    private sealed class UnitFailedException(Exception inner) : Exception(inner.Message, inner);
}

using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Text.V1;
using Emotion.Features;
using Emotion.Gateway.Jobs;
using Emotion.ServiceDefaults;
using Grpc.Core;
using Microsoft.Extensions.Options;
using ClipWindow = Emotion.Contracts.Common.V1.ClipWindow;

namespace Emotion.Gateway.Analyses;

/// <summary>Asks the text service what the words of a clip carry, and spreads that over the windows.</summary>
/// <param name="replicas">Null where no text service runs.</param>
public sealed class ReadingStage(
    ReplicaRetry retry, IOptions<CallOptions> options, Replicas<TextClassifier.TextClassifierClient>? replicas = null)
{
    private static readonly Abstention WordlessClip = new()
    {
        Reason = Abstention.Types.Reason.NoWords, Detail = "The transcript has no word that falls into the clip's time.",
    };

    /// <param name="found">The words, and the version of the model that heard them, which stays where nobody reads them.</param>
    public async Task<TextFinding> RunAsync(
        AnalysisJob job, IReadOnlyList<ClipWindow> windows, TextFinding found, StageClock.Stage stage, CancellationToken cancellationToken)
    {
        if (replicas is null || found.Transcript is not { } words)
        {
            return found;
        }

        try
        {
            var passages = (found.IsOfCues ? Passage.OfCues(words) : Passage.Of(words)).ToList();
            var (readings, version) = (new List<TextReading>(), found.Version);
            foreach (var batch in passages.Chunk(options.Value.PassagesPerCall))
            {
                var request = new ClassifyTextRequest { ClipId = job.Id, Release = job.Release.Name, Texts = { batch.Select(passage => passage.Text) } };
                var answer = await retry.RunAsync(
                    replicas, options.Value.ReadingDeadline, (client, deadline, token) => CallAsync(client, request, deadline, token), cancellationToken);
                readings.AddRange(answer.Readings);
                version = answer.Model?.Version ?? version;
                stage.Count(readings.Count, passages.Count, "passages");
            }

            return Spread(windows, passages, readings) with { Transcript = words, Version = version, Confidence = found.Confidence };
        }
        catch (WrongReleaseException wrong)
        {
            return found with { Verdict = Verdict.WrongRelease(wrong) };
        }
        catch (RpcException failure) when (failure.StatusCode == StatusCode.FailedPrecondition)
        {
            return found;
        }
        catch (RpcException failure)
        {
            return found with { Verdict = Verdict.NoService("text", failure.StatusCode) };
        }
    }

    /// <summary>
    /// A window's posterior is the mean of its passages', each weighted by its words that fall into the window; the clip's is that over
    /// all windows, so that each word in the clip counts once.
    /// </summary>
    /// <param name="readings">Of the passages, in their order; those that abstain do not count.</param>
    public static TextFinding Spread(IReadOnlyList<ClipWindow> windows, IReadOnlyList<Passage> passages, IReadOnlyList<TextReading> readings)
    {
        var (clip, byWindow) = (new WeightedMean(), new Dictionary<uint, TextWindow>());
        foreach (var window in windows)
        {
            var (mean, longest, most) = (new WeightedMean(), 0, 0.0);
            for (var i = 0; i < passages.Count; i++)
            {
                if (readings[i].Posterior is { } posterior && passages[i].WordsIn(window) is var words and > 0)
                {
                    mean.Add(posterior, words);
                    clip.Add(posterior, words);
                    (longest, most) = words > most ? (i, words) : (longest, most);
                }
            }

            if (mean.Value is { } ofWindow)
            {
                byWindow[window.Index] = new TextWindow(ofWindow, readings[longest].FeatureMap);
            }
        }

        return clip.Value is { } ofClip
            ? new TextFinding(Verdict.Used) { Posterior = ofClip, Windows = byWindow }
            : new TextFinding(Verdict.Used) { Abstention = WordlessClip };
    }

    private static async Task<ClassifyTextResponse> CallAsync(
        TextClassifier.TextClassifierClient client, ClassifyTextRequest request, DateTime deadline, CancellationToken cancellationToken)
    {
        var answer = await client.ClassifyAsync(request, deadline: deadline, cancellationToken: cancellationToken);
        WrongReleaseException.ThrowIfOther("text", request.Release, answer.Release);
        return answer.Readings.Count == request.Texts.Count
            && answer.Readings.All(reading => reading.Posterior is null || reading.Posterior.Probabilities.Count == EmotionLabels.Count)
                ? answer
                : throw new RpcException(new Status(
                    StatusCode.Internal, $"The text service answered {request.Texts.Count} texts with {answer.Readings.Count} readings, or with some of another length."));
    }

    private sealed class WeightedMean
    {
        private readonly double[] _sums = new double[EmotionLabels.Count];
        private double _weight;
        private IEnumerable<string> _covered = [];

        /// <summary>Null of nothing.</summary>
        public Posterior? Value => _weight > 0
            ? new Posterior { Probabilities = { _sums.Select(sum => (float)(sum / _weight)) }, CoveredLabels = { _covered } }
            : null;

        public void Add(Posterior posterior, double weight)
        {
            _weight += weight;
            _covered = posterior.CoveredLabels; // One model, one set of labels.
            for (var label = 0; label < _sums.Length; label++)
            {
                _sums[label] += weight * posterior.Probabilities[label];
            }
        }
    }
}

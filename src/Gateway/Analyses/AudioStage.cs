using Emotion.Contracts.Audio.V1;
using Emotion.Contracts.Common.V1;
using Emotion.Media;
using Emotion.ServiceDefaults;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Analyses;

/// <summary>Streams the sound to the audio service while it is still being taken out of the clip; one answer per window.</summary>
public sealed class AudioStage(Replicas<AudioClassifier.AudioClassifierClient> replicas, ReplicaRetry retry, IOptions<CallOptions> options)
{
    public async Task<AudioFinding> RunAsync(
        string clipId, string release, IReadOnlyList<ClipWindow> windows, SplitClip clip, StageClock.Stage stage, CancellationToken cancellationToken)
    {
        var start = new ClassifyRequest
        {
            Start = new() { ClipId = clipId, Release = release, Windows = { windows } },
        };
        try
        {
            return await retry.RunAsync(
                replicas,
                options.Value.AudioDeadline + windows[^1].EndSeconds * options.Value.DeadlinePerSecond,
                (client, deadline, token) => CallAsync(client, start, clip, stage, deadline, token),
                cancellationToken);
        }
        catch (WrongReleaseException wrong)
        {
            return new AudioFinding(Verdict.WrongRelease(wrong));
        }
        catch (RpcException failure)
        {
            return new AudioFinding(Verdict.NoService("audio", failure.StatusCode));
        }
    }

    private static async Task<AudioFinding> CallAsync(
        AudioClassifier.AudioClassifierClient client, ClassifyRequest start, SplitClip clip, StageClock.Stage stage, DateTime deadline,
        CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var call = client.Classify(deadline: deadline, cancellationToken: over.Token);
        var sending = SoundUpload.SendAsync(
            call.RequestStream, start, pcm => new ClassifyRequest { Pcm = pcm }, clip, start.Start.Windows[^1].EndSeconds, over);
        try
        {
            var windows = new Dictionary<uint, ClassifyResponse>();
            await foreach (var answer in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                WrongReleaseException.ThrowIfOther("audio", start.Start.Release, answer.Release);
                windows[answer.WindowIndex] = answer;
                stage.Count(windows.Count, start.Start.Windows.Count, "windows");
            }

            return new AudioFinding(Verdict.Used, windows);
        }
        finally
        {
            // A service that has ended the call wants no more sound; what it said of the call counts, not that sending broke off.
            await over.CancelAsync();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

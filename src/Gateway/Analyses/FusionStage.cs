using Emotion.Contracts.Audio.V1;
using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Fusion.V1;
using Emotion.Contracts.Video.V1;
using Emotion.ServiceDefaults;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Analyses;

/// <summary>Sends what each modality found in each window to the fusion service.</summary>
public sealed partial class FusionStage(
    Replicas<FusionClassifier.FusionClassifierClient> replicas, ReplicaRetry retry, IOptions<CallOptions> options, ILogger<FusionStage> logger)
{
    public const string Audio = "audio";
    public const string Video = "video";
    public const string Text = "text";

    /// <summary>All that was found is sent: what this release's fusion was not trained on it leaves out, and says so.</summary>
    /// <exception cref="RefusedException">No replica answered: without fusion there is no answer.</exception>
    public async Task<FuseResponse> RunAsync(
        string clipId,
        string release,
        IReadOnlyList<ClipWindow> windows,
        AudioFinding audio,
        VideoFinding video,
        SpeakingFace.Choice faces,
        TextFinding text,
        CancellationToken cancellationToken)
    {
        var request = new FuseRequest { ClipId = clipId, Release = release, AcceptFallback = options.Value.AcceptFallback };
        foreach (var window in windows)
        {
            var evidence = new FuseRequest.Types.Window { ClipWindow = window };
            if (audio.Windows.TryGetValue(window.Index, out var voice) && voice.OutcomeCase == ClassifyResponse.OutcomeOneofCase.Posterior)
            {
                evidence.Evidence.Add(new ModalityEvidence
                {
                    Modality = Audio, Posterior = voice.Posterior, FeatureMap = voice.FeatureMap, Quality = Share(voice.SpeechRatio),
                });
            }

            if (faces.ByWindow.TryGetValue(window.Index, out var face))
            {
                evidence.Evidence.Add(new ModalityEvidence
                {
                    Modality = Video, Posterior = face.Posterior, FeatureMap = face.FeatureMap, Quality = FaceShare(window, face, video),
                });
            }

            if (text.Windows.TryGetValue(window.Index, out var words) && words.FeatureMap is not null)
            {
                evidence.Evidence.Add(new ModalityEvidence
                {
                    Modality = Text, Posterior = words.Posterior, FeatureMap = words.FeatureMap, Quality = Share(text.Confidence),
                });
            }

            request.Windows.Add(evidence);
        }

        try
        {
            var deadline = options.Value.FusionDeadline + windows[^1].EndSeconds * options.Value.DeadlinePerSecond;
            var answer = await FuseAsync(request, deadline, cancellationToken);
            if (answer.Fallback)
            {
                LogFallback(clipId, release, answer.FallbackReason);
                GatewayInstruments.Fallbacks.Add(1);
            }

            return answer;
        }
        catch (RpcException failure)
        {
            LogFailed(clipId, failure.Status);
            throw new RefusedException(
                new Refusal(
                    StatusCodes.Status503ServiceUnavailable,
                    "fusion-failed",
                    Reason(failure))
                {
                    RetryAfter = TimeSpan.FromSeconds(5),
                },
                failure);
        }
    }

    /// <summary>What does not fit does not fit again: that is for whoever publishes releases, and is told in full.</summary>
    private static string Reason(RpcException failure) => failure.StatusCode switch
    {
        StatusCode.FailedPrecondition when failure is not WrongReleaseException => $"The release's fusion cannot answer. {failure.Status.Detail}",
        _ => (failure is WrongReleaseException ? failure.Status.Detail : $"The fusion service did not answer ({failure.StatusCode}).") + " Try again.",
    };

    /// <summary>A fusion service of the version before words took part in the answer refuses them, where a newer one leaves them out.</summary>
    private async Task<FuseResponse> FuseAsync(FuseRequest request, TimeSpan deadline, CancellationToken cancellationToken)
    {
        try
        {
            return await TryAsync(request, deadline, cancellationToken);
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.InvalidArgument && request.Windows.Any(window => window.Evidence.Any(IsText)))
        {
            LogWithoutWords(request.ClipId, refused.Status.Detail);
            var without = request.Clone();
            foreach (var window in without.Windows)
            {
                window.Evidence.Remove(window.Evidence.SingleOrDefault(IsText));
            }

            return await TryAsync(without, deadline, cancellationToken);
        }
    }

    private Task<FuseResponse> TryAsync(FuseRequest request, TimeSpan deadline, CancellationToken cancellationToken) => retry.RunAsync(
        replicas,
        deadline,
        async (client, until, token) =>
        {
            var answer = await client.FuseAsync(request, deadline: until, cancellationToken: token);
            WrongReleaseException.ThrowIfOther("fusion", request.Release, answer.Release);
            return answer;
        },
        cancellationToken);

    private static bool IsText(ModalityEvidence evidence) => evidence.Modality == Text;

    /// <summary>In how many of the window's sampled pictures the face was read.</summary>
    private static float FaceShare(ClipWindow window, TrackWindow face, VideoFinding video)
    {
        var pictures = video.PicturesPerSecond * (window.EndSeconds - window.StartSeconds);
        return pictures > 0 ? Share((float)(face.FaceFrames / pictures)) : 0;
    }

    private static float Share(float value) => float.IsFinite(value) ? Math.Clamp(value, 0, 1) : 0;

    [LoggerMessage(LogLevel.Error, "Analysis {Id} was not fused: {Status}")]
    private partial void LogFailed(string id, Status status);

    [LoggerMessage(LogLevel.Warning, "Analysis {Id} was fused without the network of release {Release}: {Reason}")]
    private partial void LogFallback(string id, string release, string reason);

    [LoggerMessage(LogLevel.Warning, "Fusion refused analysis {Id}: {Detail} It is asked once more without the words.")]
    private partial void LogWithoutWords(string id, string detail);
}

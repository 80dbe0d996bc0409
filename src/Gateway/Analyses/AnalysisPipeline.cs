using Emotion.Features;
using Emotion.Gateway.Api;
using Emotion.Gateway.Canary;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Overlays;
using Emotion.Media;
using Microsoft.Extensions.Options;
using ClipWindow = Emotion.Contracts.Common.V1.ClipWindow;

namespace Emotion.Gateway.Analyses;

/// <summary>
/// One clip from file to answer: probe, then, all at the same time, split, sound to the audio service, segments to the video replicas
/// and words from where they are; then the face that speaks, then fusion.
/// </summary>
public sealed class AnalysisPipeline(
    MediaProbe probe, ClipSplitter splitter, AudioStage audioStage, VideoStage videoStage, TextStage textStage, FusionStage fusionStage,
    OverlayStage overlayStage, IOptions<GatewayOptions> options, TimeProvider clock)
{
    private const string Notice =
        "Expressed emotion as a model trained on acted corpora reads it; not what a person feels. For research: not for decisions about people.";

    /// <exception cref="RefusedException">The clip cannot be analysed, or the services could not.</exception>
    public async Task<Analysis> RunAsync(AnalysisJob job, CancellationToken cancellationToken)
    {
        var stages = new StageClock(clock, job.Progress);
        stages.Record("upload", job.Clip.Upload);
        stages.Record("queued", job.WaitingSince);
        var startedAt = clock.GetTimestamp();
        try
        {
            var clip = await stages.TimeAsync("probe", () => probe.ProbeAsync(job.Clip.Path, cancellationToken));
            var windows = ClipWindows.Cut(clip.Seconds, job.Release.ClipWindow)
                .Select(window => new ClipWindow
                {
                    Index = (uint)window.Index, StartSeconds = window.StartSeconds, EndSeconds = window.EndSeconds,
                })
                .ToList();
            RefuseIfTooLong(windows.Count);
            var (audio, video, text) = await ListenAndLookAsync(job, clip, windows, stages, cancellationToken);
            RefuseIfOnlyFailed(job.Options, audio, video, text);

            var faces = SpeakingFace.Choose(windows, video.Windows, audio.Windows);
            var fused = await stages.TimeAsync(
                "fusion", () => fusionStage.RunAsync(job.Id, job.Release.Name, windows, audio, video, faces, text, cancellationToken));
            var answer = new AnswerBuilder(new Findings(windows, audio, video, text, faces, fused));
            var versions = answer.Models(job.Release.Name);
            var whole = new Analysis
            {
                Id = job.Id,
                Status = AnalysisStatus.Done,
                Clip = new ClipDescription(Math.Round(clip.Seconds, 3), clip.Container.Name, clip.Sound is not null, clip.Picture is not null),
                Fused = answer.Fused(),
                Modalities = answer.Modalities(),
                Windows = answer.Windows(),
                Faces = answer.Faces(),
                Transcript = job.Text.IncludeTranscript ? text.Transcript : null,
                Models = versions with { Canary = job.Route.Arm == Arm.Canary, Licences = job.Release.Licences.Of(versions) },
                TraceId = job.TraceId,
                Notice = Notice,
            };
            var overlay = job.Options.Overlay ? await stages.TimeAsync("overlay", () => overlayStage.RunAsync(job, clip, whole, cancellationToken)) : null;
            stages.Record("total", startedAt);
            return job.Options.Trim(whole with { Overlay = overlay, Timings = stages.Milliseconds });
        }
        catch (MediaRefusedException refused)
        {
            cancellationToken.ThrowIfCancellationRequested(); // A process that was killed for it says nothing about the clip.
            throw new RefusedException(Refusal.OfMedia(refused), refused);
        }
    }

    private async Task<(AudioFinding Audio, VideoFinding Video, TextFinding Text)> ListenAndLookAsync(
        AnalysisJob job, ClipProbe clip, IReadOnlyList<ClipWindow> windows, StageClock stages, CancellationToken cancellationToken)
    {
        var (release, asked) = (job.Release.Name, job.Options);
        var (listens, looks, reads) = (asked.Asks(FusionStage.Audio), asked.Asks(FusionStage.Video), asked.Asks(FusionStage.Text));
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var split = splitter.Start(job.Clip.Path, Needed(clip, listens || reads, looks), failed.Token);
        var splitting = SplitAsync(split, stages, failed);
        var audio = !listens ? Task.FromResult(new AudioFinding(asked.NotAsked))
            : clip.Sound is null ? Task.FromResult(new AudioFinding(Verdict.Absent("no-track: The clip has no sound track.")))
            : stages.TimeAsync("audio", stage => audioStage.RunAsync(job.Id, release, windows, split, stage, failed.Token));
        var video = !looks ? Task.FromResult(new VideoFinding(asked.NotAsked))
            : clip.Picture is null ? Task.FromResult(new VideoFinding(Verdict.Absent("no-track: The clip has no picture track.")))
            : videoStage.RunAsync(job.Id, release, windows, clip.Seconds, split.ReadSegmentsAsync(failed.Token), stages, failed.Token);
        var text = !reads ? Task.FromResult(new TextFinding(asked.NotAsked))
            : stages.TimeAsync("text", stage => textStage.RunAsync(job, clip, windows, split, stage, failed.Token));
        await Task.WhenAll(splitting, audio, video, text); // Of several failures the first in this order is told: the clip's own.
        return (await audio, await video, await text);
    }

    /// <summary>What nobody asks for is not split; where nothing is needed all is, since that is what tells a damaged clip.</summary>
    private static ClipProbe Needed(ClipProbe clip, bool sound, bool picture)
    {
        var needed = clip with { Sound = sound ? clip.Sound : null, Picture = picture ? clip.Picture : null };
        return needed is { Sound: null, Picture: null } ? clip : needed;
    }

    /// <summary>A clip that turns out to be damaged ends what is done with its first part.</summary>
    private static async Task SplitAsync(SplitClip split, StageClock stages, CancellationTokenSource failed)
    {
        try
        {
            await stages.TimeAsync("split", () => split.Completion);
        }
        catch
        {
            await failed.CancelAsync();
            throw;
        }
    }

    private void RefuseIfTooLong(int windows)
    {
        if (windows > options.Value.MaximumWindows)
        {
            throw new RefusedException(new Refusal(
                StatusCodes.Status422UnprocessableEntity, "too-long",
                $"The clip falls into {windows} windows; {options.Value.MaximumWindows} are allowed. Send it in parts."));
        }
    }

    /// <summary>A clip of which nothing could be read is answered; one that nobody looked at is not.</summary>
    private static void RefuseIfOnlyFailed(AnswerOptions asked, AudioFinding audio, VideoFinding video, TextFinding text)
    {
        Verdict[] verdicts = asked.Asks(FusionStage.Audio) || asked.Asks(FusionStage.Video) ? [audio.Verdict, video.Verdict] : [text.Verdict];
        var failures = verdicts.Where(verdict => verdict.Status == ModalityStatus.Failed).ToList();
        if (failures.Count == 0 || verdicts.Any(verdict => verdict.Status is not (ModalityStatus.Failed or ModalityStatus.Absent)))
        {
            return;
        }

        var reasons = string.Join(' ', failures.Select(failure => failure.Reason));
        throw new RefusedException(failures.All(failure => failure.IsFaultOfClip)
            ? new Refusal(StatusCodes.Status422UnprocessableEntity, "damaged", reasons)
            : new Refusal(StatusCodes.Status503ServiceUnavailable, "services-failed", reasons + " Try again.")
            {
                RetryAfter = TimeSpan.FromSeconds(5),
            });
    }
}

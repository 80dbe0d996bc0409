using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Text.V1;
using Emotion.Features.Transcripts;
using Emotion.Features.Words;
using Emotion.Gateway.Api;
using Emotion.Gateway.Jobs;
using Emotion.Media;
using Emotion.ServiceDefaults;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Analyses;

/// <summary>
/// The words of a clip: those that came with it, else those of its subtitles, else those that the text service hears; and what they carry,
/// where the release has a model for it. No log and no span has any of them.
/// </summary>
/// <param name="replicas">Null where no text service runs: then nobody listens.</param>
public sealed partial class TextStage(
    ReplicaRetry retry,
    ReadingStage reading,
    SubtitleReader subtitles,
    IOptions<CallOptions> calls,
    IOptions<GatewayOptions> options,
    ILogger<TextStage> logger,
    Replicas<Transcriber.TranscriberClient>? replicas = null)
{
    private const string Speech = "speech";
    private const string NoTranscript = "no-transcript: The clip came without a transcript.";

    public async Task<TextFinding> RunAsync(
        AnalysisJob job, ClipProbe clip, IReadOnlyList<ClipWindow> windows, SplitClip split, StageClock.Stage stage, CancellationToken cancellationToken)
    {
        var found = await FindAsync(job, clip, split, cancellationToken);
        return found.Transcript is not null && found.Verdict == Verdict.NotRead && job.Release.ReadsText
            ? await reading.RunAsync(job, windows, found, stage, cancellationToken)
            : found;
    }

    private async Task<TextFinding> FindAsync(AnalysisJob job, ClipProbe clip, SplitClip split, CancellationToken cancellationToken)
    {
        var (given, language, include) = job.Text;
        if (!SpokenLanguage.MayBeEnglish(language))
        {
            var detail = $"The language was given as '{language}'; only English is understood.";
            return new TextFinding(Verdict.Used, given is null ? null : Words("caller", language, given, clip))
            {
                Abstention = new() { Reason = Abstention.Types.Reason.NotEnglish, Detail = detail },
            };
        }

        if (given is not null)
        {
            return Written("caller", language, given, clip);
        }

        // Without a model that reads them, the words are for who asks for them.
        return !include && !job.Release.ReadsText ? new TextFinding(Verdict.Absent(NoTranscript))
            : await SubtitlesAsync(job, clip, cancellationToken)
                ?? (clip.Sound is not null && job.Release.HasText && replicas is not null
                    ? await ListenAsync(replicas, job, clip, split, cancellationToken)
                    : new TextFinding(Verdict.Absent(NoTranscript)));
    }

    private async Task<TextFinding?> SubtitlesAsync(AnalysisJob job, ClipProbe clip, CancellationToken cancellationToken)
    {
        if (clip.Subtitles.FirstOrDefault(track => SubtitleReader.CanRead(track) && SpokenLanguage.MayBeEnglish(track.Language)) is not { } track)
        {
            return null;
        }

        try
        {
            var bytes = await subtitles.ReadAsync(job.Clip.Path, clip, track, options.Value.MaximumTranscriptBytes, cancellationToken);
            var transcript = TranscriptParser.Parse(bytes, TranscriptFormat.SubRip, options.Value.TranscriptLimits);
            return Written("subtitles", job.Text.Language, transcript, clip);
        }
        catch (Exception unreadable) when (unreadable is MediaRefusedException or TranscriptException)
        {
            // Subtitles come second to sound and picture: a clip is not refused for them.
            LogNoSubtitles(job.Id, track.Codec, unreadable is MediaRefusedException refused ? refused.Reason.ToString() : unreadable.Message);
            return null;
        }
    }

    private async Task<TextFinding> ListenAsync(
        Replicas<Transcriber.TranscriberClient> services, AnalysisJob job, ClipProbe clip, SplitClip split, CancellationToken cancellationToken)
    {
        var start = new TranscribeRequest
        {
            Start = new() { ClipId = job.Id, Release = job.Release.Name, Language = SpokenLanguage.ForTranscriber(job.Text.Language) },
        };
        try
        {
            var heard = await retry.RunAsync(
                services,
                calls.Value.TextDeadline + clip.Seconds * calls.Value.DeadlinePerSecond,
                (client, deadline, token) => CallAsync(client, start, split, clip.Seconds, deadline, token),
                cancellationToken);
            return heard.Abstention is null
                ? new TextFinding(Verdict.NotRead, Words(job.Text.Language, heard)) { Version = heard.Model?.Version, Confidence = heard.Confidence }
                : new TextFinding(Verdict.Used) { Source = Speech, Abstention = heard.Abstention, Version = heard.Model?.Version };
        }
        catch (WrongReleaseException wrong)
        {
            return new TextFinding(Verdict.WrongRelease(wrong));
        }
        catch (RpcException failure)
        {
            return new TextFinding(failure.StatusCode == StatusCode.ResourceExhausted && !ReplicaRetry.IsFull(failure)
                ? Verdict.TooMuchSound
                : Verdict.NoService("text", failure.StatusCode));
        }
    }

    // Whatever the language was said to be: words that are clearly of another one would be read as English ones.
    private static TextFinding Written(string source, string language, Features.Transcripts.Transcript transcript, ClipProbe clip)
    {
        var words = new TextFinding(Verdict.NotRead, Words(source, language, transcript, clip))
        {
            IsOfCues = transcript.Format is not TranscriptFormat.PlainText,
        };
        return EnglishWords.AreClearlyMissing(transcript.Segments.Select(segment => segment.Text))
            ? words with
            {
                Verdict = Verdict.Used,
                Abstention = new()
                {
                    Reason = Abstention.Types.Reason.NotEnglish, Detail = "The words are clearly of another language; only English is understood.",
                },
            }
            : words;
    }

    private static async Task<TranscribeResponse> CallAsync(
        Transcriber.TranscriberClient client, TranscribeRequest start, SplitClip split, double seconds, DateTime deadline,
        CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var call = client.Transcribe(deadline: deadline, cancellationToken: over.Token);
        var sending = SoundUpload.SendAsync(call.RequestStream, start, pcm => new TranscribeRequest { Pcm = pcm }, split, seconds, over);
        try
        {
            var answer = await call.ResponseAsync;
            WrongReleaseException.ThrowIfOther("text", start.Start.Release, answer.Release);
            return answer;
        }
        finally
        {
            await over.CancelAsync();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static Api.Transcript Words(string language, TranscribeResponse heard) => new(
        Speech, Tag(language), [.. heard.Segments.Select(segment => new Api.TranscriptSegment(
            Math.Round(segment.StartSeconds, 3), Math.Round(segment.EndSeconds, 3), segment.Text))]);

    // Plain text does not say when: each of its lines is somewhere in the clip.
    private static Api.Transcript Words(string source, string language, Features.Transcripts.Transcript transcript, ClipProbe clip) => new(
        source, Tag(language), [.. transcript.Segments.Select(segment => new Api.TranscriptSegment(
            segment.StartSeconds ?? 0, segment.EndSeconds ?? Math.Round(clip.Seconds, 3), segment.Text))]);

    private static string? Tag(string language) => language.Length > 0 ? language : null;

    [LoggerMessage(LogLevel.Warning, "Subtitles ({Codec}) of analysis {Id} cannot be read: {Reason}")]
    private partial void LogNoSubtitles(string id, string codec, string reason);
}

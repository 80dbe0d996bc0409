using System.Text.Json;
using Emotion.Media;

namespace Emotion.Gateway;

/// <summary>Why a clip or a request is not answered: an HTTP status, a word for programs, a sentence for people.</summary>
/// <param name="Status">HTTP status code.</param>
/// <param name="Reason">One word, joined by hyphens; programs may rely on it.</param>
/// <param name="Detail">What was wrong, and what to do.</param>
public sealed record Refusal(int Status, string Reason, string Detail)
{
    /// <summary>It is worth trying again after this.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static Refusal TooLarge(long maximumBytes) => new(
        StatusCodes.Status413PayloadTooLarge, "too-many-bytes", $"The clip is larger than {maximumBytes:N0} bytes. Send a shorter or more compressed one.");

    /// <summary>Media's refusals keep their names, <c>TooLong</c> as <c>too-long</c>.</summary>
    public static Refusal OfMedia(MediaRefusedException refused) => new(
        refused.Reason switch
        {
            MediaRefusal.UnsupportedContainer => StatusCodes.Status415UnsupportedMediaType,
            MediaRefusal.TooManyBytes => StatusCodes.Status413PayloadTooLarge,
            _ => StatusCodes.Status422UnprocessableEntity,
        },
        JsonNamingPolicy.KebabCaseLower.ConvertName(refused.Reason.ToString()),
        refused.Message);

    /// <summary>Heard by nobody: another gateway may have begun the analysis anew, or this one does.</summary>
    public static Refusal HoldLost { get; } = new(
        StatusCodes.Status503ServiceUnavailable, "hold-lost", "The gateway that worked on the analysis could not renew its hold on it.");

    public static Refusal ClipLost { get; } = new(
        StatusCodes.Status500InternalServerError, "clip-lost", "The clip of the analysis is not where it was put. Send it again.");

    public static Refusal ClipUnreachable(TimeSpan patience) => new(
        StatusCodes.Status503ServiceUnavailable, "clip-unreachable",
        $"The clip of the analysis could not be fetched for {patience}. Try it again once the store of clips and the gateway's disk are well.");

    public static Refusal UnknownAnalysis { get; } = new(
        StatusCodes.Status404NotFound, "unknown-analysis", "There is no such analysis, or its answer was deleted or kept long enough.");

    public static Refusal CallerLeft { get; } = Cancelled("The caller that waited for the answer went away.");

    public static Refusal CancelledByCaller { get; } = Cancelled("The analysis was cancelled.");

    public static Refusal Deleted { get; } = Cancelled("The analysis was deleted before it was done.");

    /// <summary>Its clip may be what ends them.</summary>
    public static Refusal Interrupted(int attempts) => new(
        StatusCodes.Status500InternalServerError,
        "interrupted",
        $"The gateways that worked on the analysis went away {attempts} times before it was done. Try it again once the reason is found.");

    public static Refusal Stopping { get; } = new(
        StatusCodes.Status503ServiceUnavailable, "stopping", "The gateway is stopping. Try again on another one.") { RetryAfter = TimeSpan.FromSeconds(5) };

    private static Refusal Cancelled(string detail) => new(StatusCodes.Status410Gone, "cancelled", detail);
}

/// <summary>What a problem calls an analysis by.</summary>
public sealed record AnalysisName(string Id, string TraceId);

/// <summary>Ends a request or an analysis with a <see cref="Gateway.Refusal"/>.</summary>
public sealed class RefusedException(Refusal refusal, Exception? inner = null) : Exception(refusal.Detail, inner)
{
    public Refusal Refusal { get; } = refusal;

    /// <summary>The analysis that ended so; null when it is the request that was refused.</summary>
    public AnalysisName? Analysis { get; init; }
}

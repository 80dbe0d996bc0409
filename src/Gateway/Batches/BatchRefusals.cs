using System.Text.Json;
using Emotion.Media.Archives;

namespace Emotion.Gateway.Batches;

/// <summary>What is said of batches that cannot be.</summary>
internal static class BatchRefusals
{
    public static Refusal Unknown { get; } = new(StatusCodes.Status404NotFound, "unknown-batch", "There is no such batch, or all of it was deleted or kept long enough.");

    public static Refusal Ended { get; } = new(StatusCodes.Status409Conflict, "already-ended", "All of the batch has ended already. Delete it if its answers are not wanted.");

    public static Refusal BadRequest(string reason, string detail) => new(StatusCodes.Status400BadRequest, reason, detail);

    public static Refusal TooMany(int batches, TimeSpan retryAfter) =>
        new(StatusCodes.Status503ServiceUnavailable, "too-many-batches", $"{batches} batches are under way already. Try again later.") { RetryAfter = retryAfter };

    public static Refusal TooLarge(long bytes) =>
        new(StatusCodes.Status413PayloadTooLarge, "too-many-bytes", $"The batch is larger than {bytes:N0} bytes. Send it in parts.");

    public static Refusal TooManyItems(int items) =>
        new(StatusCodes.Status413PayloadTooLarge, "too-many-items", $"The batch has more than {items:N0} clips. Send it in parts.");

    /// <summary>The archive's refusals keep their names, <c>RatioTooHigh</c> as <c>zip-ratio-too-high</c>.</summary>
    public static Refusal OfArchive(ArchiveRefusedException refused) => new(
        refused.Reason is ArchiveRefusal.TooManyBytes or ArchiveRefusal.TooManyUnpackedBytes or ArchiveRefusal.TooManyEntries or ArchiveRefusal.EntryTooLarge
            ? StatusCodes.Status413PayloadTooLarge
            : StatusCodes.Status422UnprocessableEntity,
        "zip-" + JsonNamingPolicy.KebabCaseLower.ConvertName(refused.Reason.ToString()),
        refused.Message);
}

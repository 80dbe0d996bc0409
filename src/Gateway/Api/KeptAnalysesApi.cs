using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using Emotion.Gateway.Audit;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Keys;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Emotion.Gateway.Api;

/// <summary>What was taken in: GET /v1/analyses, POST /v1/analyses/{id}/cancel and /retry, and DELETE /v1/analyses/{id}.</summary>
public static class KeptAnalysesApi
{
    public const int LongestPage = 100;

    private const int UsualPage = 20;

    /// <summary>By the words that the answers use.</summary>
    public static readonly IReadOnlyDictionary<string, AnalysisState> States =
        Enum.GetValues<AnalysisState>().ToDictionary(state => JsonNamingPolicy.CamelCase.ConvertName(state.ToString()));

    public static void MapKeptAnalysesApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/analyses").WithTags("Analyses").ProducesProblem(StatusCodes.Status500InternalServerError);

        group.MapGet("/", ListAsync)
            .WithName("ListAnalyses")
            .RequireScope(KeyScope.Read)
            .AddOpenApiOperationTransformer(ApiDocument.DescribeStates)
            .ProducesProblem(StatusCodes.Status400BadRequest);

        group.MapPost("/{id}/cancel", CancelAsync)
            .WithName("CancelAnalysis")
            .Audited("analysis.cancel")
            .RequireOwnAnalysis(KeyScope.Analyse)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

        group.MapPost("/{id}/retry", RetryAsync)
            .WithName("RetryAnalysis")
            .Audited("analysis.retry")
            .RequireOwnAnalysis(KeyScope.Analyse)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);

        group.MapDelete("/{id}", DeleteAsync)
            .WithName("DeleteAnalysis")
            .Audited("analysis.delete")
            .RequireOwnAnalysis(KeyScope.Analyse)
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    /// <summary>The analyses that are under way or kept, the newest first, a page at a time: the key's own, and those of all keys with the scope admin.</summary>
    /// <param name="limit">How many, from 1 to 100; 20 where it is not said.</param>
    /// <param name="after">The next of the page before; the first page where it is not said.</param>
    /// <param name="status">Only those that are queued, running, done or failed; all of them where it is not said.</param>
    /// <param name="retryable">Only those that failed and can be tried again, or only the others; all of them where it is not said.</param>
    public static async Task<Ok<AnalysisList>> ListAsync(
        [FromQuery] int? limit,
        [FromQuery] string? after,
        [FromQuery] string? status,
        [FromQuery] bool? retryable,
        ClaimsPrincipal user,
        JobStore store,
        CancellationToken cancellationToken)
    {
        if (limit is < 1 or > LongestPage)
        {
            throw BadRequest($"The limit must be from 1 to {LongestPage}.");
        }

        var (rows, next) = await store.ListAsync(Caller.Of(user).OnlyOf, limit ?? UsualPage, BeforeOf(after), StateOf(status), retryable, cancellationToken);
        return TypedResults.Ok(new AnalysisList([.. rows.Select(Summary)], next?.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Ends an analysis that waits or runs. Answered when it has ended and its clip is deleted; asking again does no harm.</summary>
    /// <remarks>Its outcome is the problem cancelled, kept as any other. One that had ended otherwise stays as it is, and is answered with 409.</remarks>
    /// <param name="id">As given by the POST.</param>
    public static async Task<NoContent> CancelAsync(string id, KnownAnalyses known, AnalysisEnding ending, CancellationToken cancellationToken)
    {
        var analysis = await known.FindAsync(id, cancellationToken);
        if (!analysis.HasEnded)
        {
            await ending.CancelAsync(id, Refusal.CancelledByCaller, cancellationToken);
            analysis = await known.WaitForEndAsync(id, cancellationToken);
        }

        return analysis.Row.Reason == Refusal.CancelledByCaller.Reason
            ? TypedResults.NoContent()
            : throw new RefusedException(new Refusal(
                StatusCodes.Status409Conflict, "already-ended", "The analysis has ended already. Delete it if its answer is not wanted."))
            {
                Analysis = analysis.Name,
            };
    }

    /// <summary>Forgets an analysis and its answer at once, and ends it first where it waits or runs. Answered when its clip is deleted too.</summary>
    /// <param name="id">As given by the POST.</param>
    public static async Task<NoContent> DeleteAsync(string id, AnalysisEnding ending, CancellationToken cancellationToken)
    {
        await ending.DeleteAsync(id, cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary>Begins an analysis anew that failed by no fault of its clip: services that failed, gateways that went away, time that ran out.</summary>
    /// <remarks>Those are retryable in the list. Any other is answered with 409.</remarks>
    /// <param name="id">As given by the POST.</param>
    public static async Task<AcceptedAtRoute<Analysis>> RetryAsync(
        string id, KnownAnalyses known, JobStore store, AnalysisQueue queue, CancellationToken cancellationToken)
    {
        var analysis = await known.FindAsync(id, cancellationToken);
        if (!await store.RetryAsync(id, cancellationToken))
        {
            throw new RefusedException(new Refusal(
                StatusCodes.Status409Conflict, "not-retryable", "Only an analysis that has failed by no fault of its clip can be begun anew."))
            {
                Analysis = analysis.Name,
            };
        }

        queue.Wake();
        return TypedResults.AcceptedAtRoute((await known.FindAsync(id, cancellationToken)).Pending, "GetAnalysis", new { id });
    }

    /// <returns>Null where it is not said.</returns>
    /// <exception cref="RefusedException">It is none.</exception>
    internal static AnalysisState? StateOf(string? status) => string.IsNullOrEmpty(status)
        ? null
        : States.TryGetValue(status, out var state) ? state : throw BadRequest($"The status must be one of {string.Join(", ", States.Keys)}.");

    private static AnalysisSummary Summary(JobRow row) => new()
    {
        Id = row.Id,
        Key = row.Owner.Length > 0 ? row.Owner : null,
        Status = row.State,
        AcceptedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
        Release = row.Release,
        Batch = row.Batch,
        Name = row.Name,
        Reason = row.Reason,
        Attempts = row.Attempts,
        Retryable = row.Retryable,
        Seconds = row.Seconds,
        Prediction = row.Prediction,
        Certainty = row.Certainty,
    };

    private static long? BeforeOf(string? after) => string.IsNullOrEmpty(after)
        ? null
        : long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var before)
            ? before
            : throw BadRequest("What is given as after must be the next of another page.");

    private static RefusedException BadRequest(string detail) => new(new Refusal(StatusCodes.Status400BadRequest, "bad-request", detail));
}

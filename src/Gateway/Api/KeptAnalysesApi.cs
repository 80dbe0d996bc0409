using System.Globalization;
using System.Text.Json;
using Emotion.Gateway.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Emotion.Gateway.Api;

/// <summary>What was taken in: GET /v1/analyses, POST /v1/analyses/{id}/cancel and DELETE /v1/analyses/{id}.</summary>
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

        group.MapGet("/", List)
            .WithName("ListAnalyses")
            .AddOpenApiOperationTransformer(ApiDocument.DescribeStates)
            .ProducesProblem(StatusCodes.Status400BadRequest);

        group.MapPost("/{id}/cancel", CancelAsync)
            .WithName("CancelAnalysis")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);

        group.MapDelete("/{id}", DeleteAsync)
            .WithName("DeleteAnalysis")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    /// <summary>The analyses that are under way or kept, the newest first, a page at a time.</summary>
    /// <param name="limit">How many, from 1 to 100; 20 where it is not said.</param>
    /// <param name="after">The next of the page before; the first page where it is not said.</param>
    /// <param name="status">Only those that are queued, running, done or failed; all of them where it is not said.</param>
    public static Ok<AnalysisList> List(
        [FromQuery] int? limit, [FromQuery] string? after, [FromQuery] string? status, AnalysisStore store)
    {
        if (limit is < 1 or > LongestPage)
        {
            throw BadRequest($"The limit must be from 1 to {LongestPage}.");
        }

        AnalysisState? wanted = string.IsNullOrEmpty(status)
            ? null
            : States.TryGetValue(status, out var state) ? state : throw BadRequest($"The status must be one of {string.Join(", ", States.Keys)}.");
        var (jobs, next) = store.List(limit ?? UsualPage, BeforeOf(after), job => wanted is null || StateOf(job) == wanted);
        return TypedResults.Ok(new AnalysisList([.. jobs.Select(Summary)], next?.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Ends an analysis that waits or runs. Answered when it has ended and its clip is deleted; asking again does no harm.</summary>
    /// <remarks>Its outcome is the problem cancelled, kept as any other. One that had ended otherwise stays as it is, and is answered with 409.</remarks>
    /// <param name="id">As given by the POST.</param>
    public static async Task<NoContent> CancelAsync(
        string id, AnalysisStore store, AnalysisEnding ending, CancellationToken cancellationToken)
    {
        var job = store.Find(id);
        ending.Cancel(job, Refusal.CancelledByCaller);
        var outcome = await job.Outcome.WaitAsync(cancellationToken);
        return outcome.Refusal?.Reason == Refusal.CancelledByCaller.Reason
            ? TypedResults.NoContent()
            : throw new RefusedException(new Refusal(
                StatusCodes.Status409Conflict, "already-ended", "The analysis has ended already. Delete it if its answer is not wanted."))
            {
                Job = job,
            };
    }

    /// <summary>Forgets an analysis and its answer at once, and ends it first where it waits or runs. Answered when its clip is deleted too.</summary>
    /// <param name="id">As given by the POST.</param>
    public static async Task<NoContent> DeleteAsync(
        string id, AnalysisStore store, AnalysisEnding ending, CancellationToken cancellationToken)
    {
        if (!store.TryRemove(id, out var job))
        {
            throw new RefusedException(Refusal.UnknownAnalysis);
        }

        ending.Cancel(job, Refusal.Deleted);
        await job.Outcome.WaitAsync(cancellationToken);
        return TypedResults.NoContent();
    }

    private static AnalysisState StateOf(AnalysisJob job) => job switch
    {
        { Ended.Analysis: not null } => AnalysisState.Done,
        { Ended: not null } => AnalysisState.Failed,
        { Status: AnalysisStatus.Queued } => AnalysisState.Queued,
        _ => AnalysisState.Running,
    };

    private static AnalysisSummary Summary(AnalysisJob job) => new()
    {
        Id = job.Id,
        Status = StateOf(job),
        AcceptedAt = job.Arrival.Time,
        Release = job.Release.Name,
        Reason = job.Ended?.Refusal?.Reason,
        Seconds = job.Ended?.Analysis?.Clip?.Seconds,
        Prediction = job.Ended?.Analysis?.Fused?.Prediction,
        Certainty = job.Ended?.Analysis?.Fused?.Status,
    };

    private static long? BeforeOf(string? after) => string.IsNullOrEmpty(after)
        ? null
        : long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var before)
            ? before
            : throw BadRequest("What is given as after must be the next of another page.");

    private static RefusedException BadRequest(string detail) => new(new Refusal(StatusCodes.Status400BadRequest, "bad-request", detail));
}

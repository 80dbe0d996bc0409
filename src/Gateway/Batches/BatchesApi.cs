using System.Globalization;
using System.Security.Claims;
using Emotion.Gateway.Api;
using Emotion.Gateway.Audit;
using Emotion.Gateway.Keys;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Emotion.Gateway.Batches;

/// <summary>Many clips in, as many answers out: /v1/batches.</summary>
public static class BatchesApi
{
    private const int UsualPage = 100, LongestPage = 1000;

    public static void MapBatchesApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/batches").WithTags("Batches").ProducesProblem(StatusCodes.Status500InternalServerError);
        group.MapPost("/", CreateAsync)
            .WithName("CreateBatch")
            .Audited("batch.create")
            .RequireScope(KeyScope.Analyse)
            .AddOpenApiOperationTransformer(BatchDocument.DescribeUpload)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status408RequestTimeout)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group.MapGet("/", ListAsync).WithName("ListBatches").RequireScope(KeyScope.Read).ProducesProblem(StatusCodes.Status400BadRequest);
        group.MapGet("/{id}", GetAsync)
            .WithName("GetBatch")
            .RequireScope(KeyScope.Read)
            .AddOpenApiOperationTransformer(ApiDocument.DescribeStates)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound);
        group.MapPost("/{id}/cancel", CancelAsync)
            .WithName("CancelBatch")
            .Audited("batch.cancel")
            .RequireScope(KeyScope.Analyse)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group.MapDelete("/{id}", DeleteAsync).WithName("DeleteBatch").Audited("batch.delete").RequireScope(KeyScope.Analyse).ProducesProblem(StatusCodes.Status404NotFound);
    }

    /// <summary>Analyses many clips: parts of a form, or the files of one zip. A clip that is of no use has its problem; the others go on.</summary>
    /// <remarks>They wait until no single analysis does, and batches take turns.</remarks>
    /// <param name="request">The clips.</param>
    public static async Task<AcceptedAtRoute<Batch>> CreateAsync(
        HttpRequest request, [AsParameters] UploadFields asked, HttpResponse response, BatchIntake intake, BatchStore store, CancellationToken cancellationToken)
    {
        var (row, isReplay) = await intake.AcceptAsync(request, asked, cancellationToken);
        if (isReplay)
        {
            response.Headers[IdempotencyKey.ReplayedHeader] = "true";
        }

        return TypedResults.AcceptedAtRoute(await FindAsync(row.Id, request.HttpContext.User, store, cancellationToken), "GetBatch", new { id = row.Id });
    }

    /// <summary>The batches that are under way or kept, the newest first, a page at a time: the key's own, and those of all keys with the scope admin.</summary>
    /// <param name="limit">How many, from 1 to 1,000; 100 where it is not said.</param>
    /// <param name="after">The next of the page before; the first page where it is not said.</param>
    public static async Task<Ok<BatchList>> ListAsync(
        [FromQuery] int? limit, [FromQuery] string? after, ClaimsPrincipal user, BatchStore store, CancellationToken cancellationToken)
    {
        var (batches, next) = await store.ListAsync(Caller.Of(user).OnlyOf, LimitOf(limit), AfterOf(after), cancellationToken);
        return TypedResults.Ok(new BatchList(batches, next?.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>How far a batch is, and a page of its clips.</summary>
    /// <param name="id">As given by the POST.</param>
    /// <param name="limit">How many clips, from 1 to 1,000; 100 where it is not said.</param>
    /// <param name="after">The next of the page before; the first page where it is not said.</param>
    /// <param name="status">Only clips that are queued, running, done or failed; all of them where it is not said.</param>
    public static async Task<Ok<BatchPage>> GetAsync(
        string id, [FromQuery] int? limit, [FromQuery] string? after, [FromQuery] string? status, ClaimsPrincipal user, BatchStore store,
        CancellationToken cancellationToken)
    {
        var batch = await FindAsync(id, user, store, cancellationToken);
        var (items, next) = await store.ItemsAsync(
            id, LimitOf(limit), (int?)Math.Min(AfterOf(after) ?? -1, int.MaxValue), KeptAnalysesApi.StateOf(status), cancellationToken);
        return TypedResults.Ok(new BatchPage { Batch = batch, Items = items, Next = next?.ToString(CultureInfo.InvariantCulture) });
    }

    /// <summary>Ends all of a batch that waits or runs. Answered when it has ended; what has its answer keeps it.</summary>
    /// <param name="id">As given by the POST.</param>
    public static async Task<NoContent> CancelAsync(string id, ClaimsPrincipal user, BatchStore store, BatchEnding ending, CancellationToken cancellationToken)
    {
        await FindAsync(id, user, store, cancellationToken);
        await ending.CancelAsync(id, cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary>Forgets a batch, its analyses and their answers at once. Answered when its clips are deleted, too.</summary>
    /// <param name="id">As given by the POST.</param>
    public static async Task<NoContent> DeleteAsync(string id, ClaimsPrincipal user, BatchStore store, BatchEnding ending, CancellationToken cancellationToken)
    {
        await FindAsync(id, user, store, cancellationToken);
        await ending.DeleteAsync(id, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Batch> FindAsync(string id, ClaimsPrincipal user, BatchStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(id, Caller.Of(user).OnlyOf, cancellationToken) ?? throw new RefusedException(BatchRefusals.Unknown);

    private static int LimitOf(int? limit) => limit is < 1 or > LongestPage
        ? throw new RefusedException(BatchRefusals.BadRequest("bad-request", $"The limit must be from 1 to {LongestPage}."))
        : limit ?? UsualPage;

    private static long? AfterOf(string? after) => string.IsNullOrEmpty(after)
        ? null
        : long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new RefusedException(BatchRefusals.BadRequest("bad-request", "What is given as after must be the next of another page."));
}

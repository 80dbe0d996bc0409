using Emotion.Gateway.Api;
using Emotion.Gateway.Audit;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Keys;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Callbacks;

/// <summary>What became of callbacks: GET /v1/analyses/{id}/deliveries, and POST .../deliveries/{delivery}/redeliver.</summary>
public static class DeliveriesApi
{
    public static void MapDeliveriesApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/analyses/{id}/deliveries").WithTags("Callbacks")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status500InternalServerError);
        group.MapGet("/", ListAsync).WithName("ListDeliveries").RequireOwnAnalysis(KeyScope.Read);
        group.MapPost("/{delivery}/redeliver", RedeliverAsync)
            .WithName("Redeliver")
            .Audited("delivery.redeliver")
            .RequireOwnAnalysis(KeyScope.Analyse)
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    /// <summary>How far it is with telling the callback of an analysis, the newest first. Empty until the analysis has ended, and where it has no callback.</summary>
    /// <param name="id">As given by the POST.</param>
    public static async Task<Ok<DeliveryList>> ListAsync(string id, KnownAnalyses known, DeliveryStore store, CancellationToken cancellationToken)
    {
        await known.FindAsync(id, cancellationToken);
        return TypedResults.Ok(new DeliveryList([.. (await store.ListAsync(id, cancellationToken)).Select(Delivery.Of)]));
    }

    /// <summary>Sends a delivery again, under the same id, as often as a new one: one that is dead, or whose receiver has lost it.</summary>
    /// <param name="id">As given by the POST.</param>
    /// <param name="delivery">As listed.</param>
    public static async Task<Accepted<Delivery>> RedeliverAsync(
        string id, string delivery, KnownAnalyses known, DeliveryStore store, IOptions<CallbackOptions> options, CancellationToken cancellationToken)
    {
        var analysis = await known.FindAsync(id, cancellationToken);
        if (!options.Value.IsOn)
        {
            throw new RefusedException(CallbackAddress.Off(StatusCodes.Status409Conflict)) { Analysis = analysis.Name };
        }

        return await store.AgainAsync(id, delivery, cancellationToken) is { } row
            ? TypedResults.Accepted((string?)null, Delivery.Of(row))
            : throw new RefusedException(new Refusal(StatusCodes.Status404NotFound, "unknown-delivery", "The analysis has no such delivery.")) { Analysis = analysis.Name };
    }
}

/// <summary>What became of the callback of an analysis.</summary>
/// <param name="Items">The newest first.</param>
public sealed record DeliveryList(IReadOnlyList<Delivery> Items);

/// <summary>That the receiver of a callback is told of the outcome of an analysis.</summary>
public sealed record Delivery
{
    /// <summary>As the header webhook-id tells it, the same however often it is tried.</summary>
    public required string Id { get; init; }

    /// <summary>How far it is.</summary>
    public required DeliveryState Status { get; init; }

    /// <summary>Scheme and host of the receiver; the rest of the address may be a secret.</summary>
    public required string To { get; init; }

    /// <summary>How often it was tried.</summary>
    public required int Attempts { get; init; }

    /// <summary>When the analysis ended, in UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it is tried next; null where it is not.</summary>
    public DateTimeOffset? NextTryAt { get; init; }

    /// <summary>When the receiver had it; null until then.</summary>
    public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>HTTP status of its last answer; null where it did not answer.</summary>
    public int? LastStatus { get; init; }

    /// <summary>Why the last try failed: refused (by that status), timeout, no-such-host, no-connection, no-secure-connection, broken-off, forbidden-address, interrupted.</summary>
    public string? LastError { get; init; }

    internal static Delivery Of(DeliveryRow row) => new()
    {
        Id = row.Id,
        Status = row.State,
        To = new Uri(row.Url).GetLeftPart(UriPartial.Authority),
        Attempts = row.Attempts,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
        NextTryAt = row.State == DeliveryState.Pending ? DateTimeOffset.FromUnixTimeMilliseconds(row.NextTryAt) : null,
        DeliveredAt = row.DeliveredAt is { } time ? DateTimeOffset.FromUnixTimeMilliseconds(time) : null,
        LastStatus = row.LastStatus,
        LastError = row.LastError,
    };
}

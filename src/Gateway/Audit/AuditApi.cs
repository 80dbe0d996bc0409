using System.Globalization;
using System.Text.Json.Nodes;
using Emotion.Gateway.Keys;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Emotion.Gateway.Audit;

/// <summary>One page of the audit log.</summary>
/// <param name="Items">The newest first.</param>
/// <param name="Next">What to give as after for the next page; null on the last one.</param>
public sealed record AuditList(IReadOnlyList<AuditEntry> Items, string? Next);

/// <summary>One act.</summary>
public sealed record AuditEntry
{
    /// <summary>When it was over, in UTC.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Id of the key that did it; null where keys are off, and for what the gateway does by itself.</summary>
    public string? Key { get; init; }

    /// <summary>What was done, for example analysis.delete or key.create.</summary>
    public required string Action { get; init; }

    /// <summary>Id of the analysis or key that it was done to; null where there is none.</summary>
    public string? Subject { get; init; }

    /// <summary>The word done, or the reason for which it was refused.</summary>
    public required string Outcome { get; init; }

    /// <summary>What else is to be known, as what a key is for; null mostly.</summary>
    public JsonNode? Detail { get; init; }

    internal static AuditEntry Of(AuditRow row) => new()
    {
        At = DateTimeOffset.FromUnixTimeMilliseconds(row.At),
        Key = row.KeyId.Length > 0 ? row.KeyId : null,
        Action = row.Action,
        Subject = row.Subject,
        Outcome = row.Outcome,
        Detail = row.Detail is { } detail ? JsonNode.Parse(detail) : null,
    };
}

/// <summary>GET /v1/audit.</summary>
public static class AuditApi
{
    private const int UsualPage = 50, LongestPage = 1000;

    public static void MapAuditApi(this IEndpointRouteBuilder routes) => routes.MapGet("/v1/audit", ListAsync)
        .WithTags("Audit")
        .WithName("ListAudit")
        .RequireScope(KeyScope.Admin)
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status500InternalServerError);

    /// <summary>Who did what, when, and what came of it; the newest first, a page at a time. No media, no words, no secrets.</summary>
    /// <param name="limit">How many, from 1 to 1000; 50 where it is not said.</param>
    /// <param name="after">The next of the page before; the first page where it is not said.</param>
    /// <param name="key">Only what the key of that id did.</param>
    /// <param name="subject">Only what was done to the analysis or key of that id.</param>
    public static async Task<Ok<AuditList>> ListAsync(
        [FromQuery] int? limit, [FromQuery] string? after, [FromQuery] string? key, [FromQuery] string? subject, AuditLog log, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > LongestPage)
        {
            throw BadRequest($"The limit must be from 1 to {LongestPage}.");
        }

        long? before = string.IsNullOrEmpty(after) ? null
            : long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw BadRequest("What is given as after must be the next of another page.");
        var (rows, next) = await log.ListAsync(limit ?? UsualPage, before, key, subject, cancellationToken);
        return TypedResults.Ok(new AuditList([.. rows.Select(AuditEntry.Of)], next?.ToString(CultureInfo.InvariantCulture)));
    }

    private static RefusedException BadRequest(string detail) => new(new Refusal(StatusCodes.Status400BadRequest, "bad-request", detail));
}

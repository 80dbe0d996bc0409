using System.Globalization;
using Emotion.Gateway.Audit;
using Emotion.Gateway.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Emotion.Gateway.Keys;

/// <summary>Who may come in: POST, GET and DELETE /v1/keys, and POST /v1/keys/{id}/rotate.</summary>
public static class KeysApi
{
    private const int UsualPage = 20, LongestPage = 100;

    private const int LongestBody = 16 * 1024;

    public static void MapKeysApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/keys").WithTags("Keys").RequireScope(KeyScope.Admin).ProducesProblem(StatusCodes.Status500InternalServerError);

        group.MapPost("/", CreateAsync)
            .WithName("CreateKey")
            .Audited("key.create")
            .WithMetadata(new RequestSizeLimitAttribute(LongestBody))
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

        group.MapGet("/", ListAsync)
            .WithName("ListKeys")
            .ProducesProblem(StatusCodes.Status400BadRequest);

        group.MapGet("/{id}", GetAsync)
            .WithName("GetKey")
            .ProducesProblem(StatusCodes.Status404NotFound);

        group.MapPost("/{id}/rotate", RotateAsync)
            .WithName("RotateKey")
            .Audited("key.rotate")
            .WithMetadata(new RequestSizeLimitAttribute(LongestBody))
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);

        group.MapDelete("/{id}", RevokeAsync)
            .WithName("RevokeKey")
            .Audited("key.revoke")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    /// <summary>Makes a key. Its secret is in this answer and in no other.</summary>
    /// <remarks>
    /// Each key states what its answers are for. Workplace and education are refused (422 prohibited-use) unless a medical or safety ground
    /// is recorded with it.
    /// </remarks>
    public static async Task<Created<MadeKey>> CreateAsync(NewKey wanted, HttpContext context, KeyMaker maker, CancellationToken cancellationToken)
    {
        var act = AuditedAct.Of(context);
        act.Detail = JobJson.Write(new { wanted.Scopes, wanted.IntendedUse }); // Also of one that is refused for it.
        var made = await maker.MakeAsync(wanted, act.Key, cancellationToken);
        act.Subject = made.Key.Id;
        return TypedResults.Created($"/v1/keys/{made.Key.Id}", made);
    }

    /// <summary>The keys, the newest first, a page at a time; those that were revoked or have expired for a while yet.</summary>
    /// <param name="limit">How many, from 1 to 100; 20 where it is not said.</param>
    /// <param name="after">The next of the page before; the first page where it is not said.</param>
    public static async Task<Ok<KeyList>> ListAsync(
        [FromQuery] int? limit, [FromQuery] string? after, KeyStore store, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > LongestPage)
        {
            throw BadRequest($"The limit must be from 1 to {LongestPage}.");
        }

        long? before = string.IsNullOrEmpty(after) ? null
            : long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw BadRequest("What is given as after must be the next of another page.");
        var (rows, next) = await store.ListAsync(limit ?? UsualPage, before, cancellationToken);
        var now = clock.GetUtcNow();
        return TypedResults.Ok(new KeyList([.. rows.Select(row => KeySummary.Of(row, now))], next?.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>What is known of a key; not its secret.</summary>
    /// <param name="id">As it is in the key, between its underscores.</param>
    public static async Task<Ok<KeySummary>> GetAsync(string id, KeyStore store, TimeProvider clock, CancellationToken cancellationToken) =>
        TypedResults.Ok(KeySummary.Of(await store.FindAsync(id, cancellationToken) ?? throw new RefusedException(KeyMaker.UnknownKey), clock.GetUtcNow()));

    /// <summary>Gives a key another secret, told in this answer and in no other; what it sent stays its own.</summary>
    /// <remarks>The secret that it has is good for a while yet, so that it can be replaced everywhere before it ends.</remarks>
    /// <param name="id">As it is in the key, between its underscores.</param>
    public static async Task<Ok<MadeKey>> RotateAsync(string id, KeyRotation? rotation, KeyMaker maker, CancellationToken cancellationToken) =>
        TypedResults.Ok(await maker.RotateAsync(id, rotation?.GraceSeconds, cancellationToken));

    /// <summary>Ends a key at once and for good. Its analyses go on, and are kept as any other.</summary>
    /// <param name="id">As it is in the key, between its underscores.</param>
    public static async Task<NoContent> RevokeAsync(string id, KeyStore store, CancellationToken cancellationToken) =>
        await store.RevokeAsync(id, cancellationToken) ? TypedResults.NoContent() : throw new RefusedException(KeyMaker.UnknownKey);

    private static RefusedException BadRequest(string detail) => new(new Refusal(StatusCodes.Status400BadRequest, "bad-request", detail));
}

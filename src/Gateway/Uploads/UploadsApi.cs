using System.Globalization;
using System.Security.Claims;
using Emotion.Gateway.Audit;
using Emotion.Gateway.Keys;
using Emotion.Media;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Emotion.Gateway.Uploads;

/// <summary>
/// Clips in pieces by tus 1.0.0 (tus.io/protocols/resumable-upload), with its extensions creation, termination and expiration: POST, HEAD, PATCH, DELETE
/// and OPTIONS of /v1/uploads.
/// </summary>
public static class UploadsApi
{
    private const string Version = "1.0.0", Extensions = "creation,termination,expiration", PieceType = "application/offset+octet-stream";
    private const string Resumable = "Tus-Resumable", LengthHeader = "Upload-Length", OffsetHeader = "Upload-Offset", ExpiresHeader = "Upload-Expires";

    public static void MapUploadsApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/uploads").WithTags("Uploads")
            .ProducesProblem(StatusCodes.Status412PreconditionFailed)
            .ProducesProblem(StatusCodes.Status500InternalServerError);
        group.AddEndpointFilter(SpeakTusAsync);
        group.MapMethods("/", [HttpMethods.Options], Options).AllowAnonymous().ExcludeFromDescription();
        group.MapPost("/", Create)
            .WithName("CreateUpload")
            .Audited("upload.create")
            .RequireScope(KeyScope.Analyse)
            .AddOpenApiOperationTransformer((operation, _, _) => Describe(operation, (LengthHeader, "How many bytes are to come.")))
            .Produces(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        group.MapMethods("/{id}", [HttpMethods.Head], Look).WithName("GetUpload").RequireScope(KeyScope.Analyse).Produces(StatusCodes.Status200OK).ProducesProblem(StatusCodes.Status404NotFound);
        group.MapPatch("/{id}", AppendAsync)
            .WithName("AppendToUpload")
            .Audited("upload.append")
            .RequireScope(KeyScope.Analyse)
            .AddOpenApiOperationTransformer((operation, _, _) => Describe(operation, (OffsetHeader, "How many bytes the upload has already.")))
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status423Locked);
        group.MapDelete("/{id}", Delete)
            .WithName("DeleteUpload")
            .Audited("upload.delete")
            .RequireScope(KeyScope.Analyse)
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status423Locked);
    }

    /// <summary>What of tus is spoken here, and how large an upload may be.</summary>
    public static IResult Options(HttpResponse response, FFMpegGuard guard)
    {
        response.Headers["Tus-Version"] = Version;
        response.Headers["Tus-Extension"] = Extensions;
        response.Headers["Tus-Max-Size"] = Number(guard.Options.MaximumBytes);
        return Results.NoContent();
    }

    /// <summary>Begins an upload in pieces. Its address is in Location; once all of it has come, POST /v1/analyses?upload=ID analyses it.</summary>
    public static IResult Create(HttpRequest request, HttpResponse response, ClaimsPrincipal user, UploadStore store, FFMpegGuard guard)
    {
        var length = NumberOf(request, LengthHeader);
        if (length > guard.Options.MaximumBytes)
        {
            throw new RefusedException(Refusal.TooLarge(guard.Options.MaximumBytes));
        }

        var upload = store.Create(length, Caller.Of(user).Key);
        AuditedAct.Of(request.HttpContext).Subject = upload.Id;
        response.Headers[ExpiresHeader] = upload.Expires.ToString("R", CultureInfo.InvariantCulture);
        return Results.Created("/v1/uploads/" + upload.Id, null);
    }

    /// <summary>How many bytes have come.</summary>
    /// <param name="id">As in the Location of the POST.</param>
    public static IResult Look(string id, HttpResponse response, ClaimsPrincipal user, UploadStore store)
    {
        var upload = store.Find(id, Caller.Of(user).OnlyOf);
        response.Headers[LengthHeader] = Number(upload.Length);
        response.Headers.CacheControl = "no-store";
        Tell(response, upload);
        return Results.Ok();
    }

    /// <summary>Adds a piece. What has come of one that breaks off is kept: ask by HEAD, and go on from there.</summary>
    /// <param name="id">As in the Location of the POST.</param>
    public static async Task<IResult> AppendAsync(
        string id, HttpRequest request, HttpResponse response, ClaimsPrincipal user, UploadStore store, FFMpegGuard guard, CancellationToken cancellationToken)
    {
        if (!string.Equals(request.ContentType, PieceType, StringComparison.OrdinalIgnoreCase))
        {
            throw new RefusedException(new Refusal(StatusCodes.Status415UnsupportedMediaType, "no-piece", $"A piece of an upload must come as {PieceType}."));
        }

        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = guard.Options.MaximumBytes + 1;
        }

        Tell(response, await store.AppendAsync(id, Caller.Of(user).OnlyOf, NumberOf(request, OffsetHeader), request.Body, cancellationToken));
        return Results.NoContent();
    }

    /// <summary>Ends an upload and deletes what has come of it.</summary>
    /// <param name="id">As in the Location of the POST.</param>
    public static IResult Delete(string id, ClaimsPrincipal user, UploadStore store)
    {
        store.Delete(id, Caller.Of(user).OnlyOf);
        return Results.NoContent();
    }

    private static async ValueTask<object?> SpeakTusAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var (request, response) = (context.HttpContext.Request, context.HttpContext.Response);
        response.OnStarting(() =>
        {
            response.Headers[Resumable] = Version; // Of refusals, too, which begin the answer anew.
            return Task.CompletedTask;
        });
        if (!HttpMethods.IsOptions(request.Method) && request.Headers[Resumable] != Version)
        {
            response.OnStarting(() =>
            {
                response.Headers["Tus-Version"] = Version;
                return Task.CompletedTask;
            });
            throw new RefusedException(new Refusal(StatusCodes.Status412PreconditionFailed, "other-tus-version", $"Send the header {Resumable}: {Version}."));
        }

        return await next(context);
    }

    private static void Tell(HttpResponse response, OpenUpload upload)
    {
        response.Headers[OffsetHeader] = Number(upload.Offset);
        response.Headers[ExpiresHeader] = upload.Expires.ToString("R", CultureInfo.InvariantCulture);
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static long NumberOf(HttpRequest request, string header) =>
        long.TryParse(request.Headers[header], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && (number > 0 || header == OffsetHeader)
            ? number
            : throw new RefusedException(new Refusal(StatusCodes.Status400BadRequest, "bad-request", $"The header {header} must be a number of bytes."));

    private static Task Describe(OpenApiOperation operation, (string Name, string Description) header)
    {
        (operation.Parameters ??= []).Add(new OpenApiParameter
        {
            Name = header.Name,
            In = ParameterLocation.Header,
            Required = true,
            Description = header.Description,
            Schema = new OpenApiSchema { Type = JsonSchemaType.Integer },
        });
        return Task.CompletedTask;
    }
}

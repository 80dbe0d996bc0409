using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace Emotion.Gateway.Api;

/// <summary>The page at <c>/</c> for browsers; who asks there for no HTML hears where things are.</summary>
public static class PageEndpoints
{
    /// <summary>
    /// Nothing but our own files, and the clip that the browser itself holds (blob:). No other site may frame the page or be told where
    /// it was.
    /// </summary>
    private static readonly (string Name, string Value)[] Headers =
    [
        (HeaderNames.ContentSecurityPolicy,
            "default-src 'self'; img-src 'self' blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
        (HeaderNames.XContentTypeOptions, "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Permissions-Policy", "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ];

    public static void MapPage(this IEndpointRouteBuilder routes, PageFiles files)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        routes.MapMethods("/", methods, IResult (HttpRequest request, HttpResponse response) =>
        {
            response.Headers.Vary = HeaderNames.Accept;
            return files.Start is { } start && WantsHtml(request) ? Answer(start, response) : Places();
        }).ExcludeFromDescription();
        foreach (var file in files.All)
        {
            routes.MapMethods(file.Path, methods, (HttpResponse response) => Answer(file, response)).ExcludeFromDescription();
        }
    }

    private static FileContentHttpResult Answer(PageFile file, HttpResponse response)
    {
        foreach (var (name, value) in Headers)
        {
            response.Headers[name] = value;
        }

        response.Headers.CacheControl = file.IsHashed ? "public, max-age=31536000, immutable" : "no-cache";
        return TypedResults.Bytes(file.Bytes, file.ContentType, entityTag: new EntityTagHeaderValue(file.ETag));
    }

    private static bool WantsHtml(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(accepted => accepted.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase));

    private static IResult Places() => TypedResults.Ok(new
    {
        service = "emotion",
        page = "/",
        analyses = "/v1/analyses",
        description = "/openapi/v1.json",
        health = "/health",
    });
}

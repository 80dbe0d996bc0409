using System.ComponentModel;
using System.Text;
using Emotion.Gateway.Api;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Keys;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Emotion.Gateway.Renderings;

/// <summary>A finished analysis in forms for other programs: GET /v1/analyses/{id}/windows.csv and the like.</summary>
public static class RenderingsApi
{
    private static readonly Rendering[] Renderings =
    [
        new("windows.csv", "text/csv", "The answers over time, a line for each window and modality.", WindowsCsv.Write),
        new("emotions.srt", "application/x-subrip", "The answers over time as SubRip subtitles, a cue for each window.", EmotionCaptions.WriteSubRip),
        new("emotions.vtt", "text/vtt", "The answers over time as WebVTT, a cue for each window.", EmotionCaptions.WriteWebVtt),
        new("timeline.svg", "image/svg+xml", "The answers over time as a picture.", TimelineSvg.Write),
    ];

    public static void MapRenderingsApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/analyses/{id}").WithTags("Renderings").RequireOwnAnalysis(KeyScope.Read)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status410Gone)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status500InternalServerError)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .ProducesProblem(StatusCodes.Status504GatewayTimeout);
        foreach (var rendering in Renderings)
        {
            group.MapGet(rendering.Name, ([Description("As given by the POST.")] string id, KnownAnalyses known, CancellationToken cancellationToken) =>
                    RenderAsync(id, rendering, known, cancellationToken))
                .WithName("Get" + rendering.OperationName)
                .WithSummary(rendering.What)
                .AddOpenApiOperationTransformer(rendering.DescribeAsync);
        }
    }

    private static async Task<ContentHttpResult> RenderAsync(string id, Rendering rendering, KnownAnalyses analyses, CancellationToken cancellationToken)
    {
        var known = await analyses.FindAsync(id, cancellationToken);
        if (!known.HasEnded)
        {
            throw new RefusedException(new Refusal(
                StatusCodes.Status409Conflict, "not-ended", $"The analysis is under way. GET /v1/analyses/{id}?wait=true answers when it is done."))
            {
                Analysis = known.Name,
            };
        }

        var answer = known.Answer();
        return JobJson.Read<JobRequest>(known.Row.Request).Options.Windows
            ? TypedResults.Content(rendering.Write(answer), rendering.ContentType, Encoding.UTF8)
            : throw new RefusedException(new Refusal(StatusCodes.Status409Conflict, "no-windows", "The answer was asked for without windows: there is nothing over time to write."))
            {
                Analysis = known.Name,
            };
    }

    private sealed record Rendering(string Name, string ContentType, string What, Func<Analysis, string> Write)
    {
        /// <summary>windows.csv -> WindowsCsv.</summary>
        public string OperationName => string.Concat(Name.Split('.').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

        // The type of a text result does not tell its content type.
        public Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
        {
            (operation.Responses ??= [])["200"] = new OpenApiResponse
            {
                Description = What,
                Content = new Dictionary<string, OpenApiMediaType> { [ContentType] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String } } },
            };
            return Task.CompletedTask;
        }
    }
}

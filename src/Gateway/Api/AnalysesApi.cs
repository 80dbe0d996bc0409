using Emotion.Gateway.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Api;

/// <summary>Clips in, answers out: POST /v1/analyses and GET /v1/analyses/{id}.</summary>
public static class AnalysesApi
{
    public static void MapAnalysesApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/analyses").WithTags("Analyses")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status500InternalServerError)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .ProducesProblem(StatusCodes.Status504GatewayTimeout);

        group.MapPost("/", CreateAsync)
            .WithName("CreateAnalysis")
            .AddOpenApiOperationTransformer(ApiDocument.DescribeUpload)
            .ProducesProblem(StatusCodes.Status408RequestTimeout)
            .ProducesProblem(StatusCodes.Status409Conflict);

        group.MapGet("/{id}", GetAsync)
            .WithName("GetAnalysis")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status410Gone);
    }

    /// <summary>Analyses a clip: the emotions that are expressed in it, for the whole of it and over time.</summary>
    /// <remarks>
    /// What is no clip by its first bytes, or too large, is refused at once. What only a look inside shows (too long, damaged, neither
    /// sound nor picture) is a problem of the analysis: here with wait, at its address without.
    /// </remarks>
    /// <param name="request">The clip.</param>
    /// <param name="wait">
    /// Answer with the result (200) instead of its address (202). Bounded: when it takes too long, the address comes after all. Closing
    /// the connection ends the analysis.
    /// </param>
    /// <param name="language">What is spoken, as a BCP 47 tag such as en-GB. Words of another language than English are not understood.</param>
    /// <param name="includeTranscript">The answer is to have the words that are said in the clip.</param>
    /// <param name="release">The release that must answer; by default the one that every service has loaded and the channels choose.</param>
    public static async Task<Results<Ok<Analysis>, AcceptedAtRoute<Analysis>>> CreateAsync(
        HttpRequest request,
        [FromQuery] bool? wait,
        [FromQuery] string? release,
        [FromQuery] string? language,
        [FromQuery] bool? includeTranscript,
        AnalysisIntake intake,
        AnalysisEnding ending,
        IOptions<GatewayOptions> options,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var job = await intake.AcceptAsync(request, new UploadFields(release, language, includeTranscript), cancellationToken);
        if (wait == true)
        {
            try
            {
                await WaitAsync(job, options.Value.MaximumWait, clock, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                ending.Cancel(job, Refusal.CallerLeft); // The caller went away without having heard the address.
                throw;
            }
        }

        return wait == true && job.Outcome.IsCompleted
            ? TypedResults.Ok(await AnswerAsync(job))
            : TypedResults.AcceptedAtRoute(Pending(job), "GetAnalysis", new { id = job.Id });
    }

    /// <summary>How far an analysis is, and its answer once it is done.</summary>
    /// <param name="id">As given by the POST.</param>
    /// <param name="wait">Hold the request until the analysis is done, within bounds.</param>
    public static async Task<Ok<Analysis>> GetAsync(
        string id,
        [FromQuery] bool? wait,
        HttpResponse response,
        AnalysisStore store,
        IOptions<GatewayOptions> options,
        TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var job = store.Find(id);
        if (wait == true)
        {
            await WaitAsync(job, options.Value.MaximumWait, clock, cancellationToken);
        }

        if (job.Outcome.IsCompleted)
        {
            return TypedResults.Ok(await AnswerAsync(job));
        }

        response.Headers.RetryAfter = "1";
        return TypedResults.Ok(Pending(job));
    }

    private static async Task WaitAsync(AnalysisJob job, TimeSpan maximum, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(job.Outcome, Task.Delay(maximum, clock, over.Token));
        await over.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static async Task<Analysis> AnswerAsync(AnalysisJob job)
    {
        var outcome = await job.Outcome;
        return outcome.Analysis ?? throw new RefusedException(outcome.Refusal!) { Job = job };
    }

    private static Analysis Pending(AnalysisJob job) => new() { Id = job.Id, Status = job.Status, TraceId = job.TraceId };
}

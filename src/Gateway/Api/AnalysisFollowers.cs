using System.Text.Json;
using Emotion.Gateway.Jobs;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Api;

/// <summary>
/// Tells those who follow analyses how far they are. An event, a line each of name and data, ends with a blank line; what starts with a
/// colon is a comment:
/// <code>
/// event: progress
/// data: {"id":"...","status":"running","stages":[{"stage":"video","state":"running","done":4,"total":8,"unit":"seconds","fraction":0.5}]}
///
/// : still here
///
/// event: result
/// data: {"id":"...","status":"done", ...}
/// </code>
/// </summary>
public sealed class AnalysisFollowers(IOptions<GatewayOptions> options, IOptions<JsonOptions> json, TimeProvider clock)
{
    public const string MediaType = "text/event-stream";

    private static readonly byte[] Comment = ": still here\n\n"u8.ToArray();

    private readonly GatewayOptions _options = options.Value;
    private readonly SemaphoreSlim _places = new(options.Value.Followers);

    public int FreePlaces => _places.CurrentCount;

    /// <summary>Until the analysis ends or the follower leaves.</summary>
    /// <exception cref="RefusedException">All places are taken.</exception>
    public async Task FollowAsync(AnalysisJob job, HttpResponse response, CancellationToken cancellationToken)
    {
        if (!_places.Wait(TimeSpan.Zero, CancellationToken.None))
        {
            throw new RefusedException(new Refusal(
                StatusCodes.Status503ServiceUnavailable, "too-many-followers", $"{_options.Followers} requests follow analyses already. Ask for the analysis instead.")
            {
                RetryAfter = _options.RetryAfter,
            });
        }

        try
        {
            response.ContentType = MediaType;
            response.Headers.CacheControl = "no-store";
            response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await TellAsync(job, response, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The follower left, as it may.
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task TellAsync(AnalysisJob job, HttpResponse response, CancellationToken cancellationToken)
    {
        var (stages, changed) = job.Progress.Look();
        var isUnderWay = false;
        while (job.Ended is null)
        {
            isUnderWay = true;
            await WriteAsync(response, "progress", Report(job, stages), cancellationToken);
            while (!await MovesAsync(job, changed, cancellationToken))
            {
                await response.Body.WriteAsync(Comment, cancellationToken);
                await response.Body.FlushAsync(cancellationToken);
            }

            (stages, changed) = job.Progress.Look();
        }

        if (isUnderWay)
        {
            // The last stages may have ended while a report was being written.
            await WriteAsync(response, "progress", Report(job, job.Progress.Look().Stages), cancellationToken);
        }

        var outcome = await job.Outcome;
        await (outcome.Analysis is { } analysis
            ? WriteAsync(response, "result", analysis, cancellationToken)
            : WriteAsync(response, "problem", RefusalHandler.Problem(outcome.Refusal!, job), cancellationToken));
    }

    private static ProgressReport Report(AnalysisJob job, IReadOnlyList<StageReport> stages) => new()
    {
        Id = job.Id,
        Status = job.Status == AnalysisStatus.Queued ? AnalysisStatus.Queued : AnalysisStatus.Running, // Done is told by what is done.
        Stages = stages,
    };

    /// <returns>False where nothing has moved for a heartbeat.</returns>
    private async Task<bool> MovesAsync(AnalysisJob job, Task changed, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var beat = Task.Delay(_options.Heartbeat, clock, over.Token);
        var first = await Task.WhenAny(changed, job.Outcome, beat);
        await over.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return first != beat;
    }

    private async Task WriteAsync<T>(HttpResponse response, string name, T data, CancellationToken cancellationToken)
    {
        await response.WriteAsync($"event: {name}\ndata: ", cancellationToken);
        await JsonSerializer.SerializeAsync(response.Body, data, json.Value.SerializerOptions, cancellationToken);
        await response.WriteAsync("\n\n", cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }
}

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
public sealed class AnalysisFollowers(
    KnownAnalyses analyses, RunningAnalyses running, IOptions<GatewayOptions> options, IOptions<JobsOptions> jobs, IOptions<JsonOptions> json, TimeProvider clock)
{
    public const string MediaType = "text/event-stream";

    private static readonly byte[] Comment = ": still here\n\n"u8.ToArray();

    private readonly GatewayOptions _options = options.Value;
    private readonly SemaphoreSlim _places = new(options.Value.Followers);

    public int FreePlaces => _places.CurrentCount;

    /// <summary>Until the analysis ends or the follower leaves.</summary>
    /// <exception cref="RefusedException">There is none of that name, or all places are taken.</exception>
    public async Task FollowAsync(string id, HttpResponse response, CancellationToken cancellationToken)
    {
        var known = await analyses.FindAsync(id, cancellationToken);
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
            await TellAsync(known, response, cancellationToken);
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

    private async Task TellAsync(KnownAnalysis known, HttpResponse response, CancellationToken cancellationToken)
    {
        var told = new Told();
        while (true)
        {
            var changed = running.Changed(known.Id); // Before the look: what changes after it is heard.
            if (await analyses.TryFindAsync(known.Id, cancellationToken) is not { } now)
            {
                await WriteAsync(response, "problem", RefusalHandler.Problem(Refusal.Deleted, known.Name), cancellationToken);
                return;
            }

            known = now;
            if (known.HasEnded)
            {
                break;
            }

            var (stages, moved) = known.Live?.Progress.Look() ?? (known.Stages(), changed);
            await TellAsync(told, new ProgressReport { Id = known.Id, Status = known.Status, Stages = stages }, response, cancellationToken);
            told.Live = known.Live ?? told.Live;
            await MoveAsync(told, response, changed, moved, cancellationToken);
            if (running.Over.IsCancellationRequested)
            {
                return; // What follows asks again, and another gateway answers.
            }
        }

        var answer = known.Problem is null ? known.Answer() : null;
        if (told.Report is not null && (told.Live?.Progress.Look().Stages ?? StagesOf(answer)) is { } ended)
        {
            // The last stages may have ended while a report was being written.
            await TellAsync(told, new ProgressReport { Id = known.Id, Status = AnalysisStatus.Running, Stages = ended }, response, cancellationToken);
        }

        await (answer is not null
            ? WriteAsync(response, "result", answer, cancellationToken)
            : WriteAsync(response, "problem", RefusalHandler.Problem(known.Problem!, known.Name), cancellationToken));
    }

    /// <summary>Of an analysis that ran elsewhere: its stages as they ended. Null where it has none.</summary>
    private static IReadOnlyList<StageReport>? StagesOf(Analysis? answer) => answer is null
        ? null
        : [.. answer.Timings.Where(stage => stage.Key != "total").Select(stage => new StageReport { Stage = stage.Key, State = StageState.Ended, Milliseconds = stage.Value })];

    /// <summary>Only what is new.</summary>
    private async Task TellAsync(Told told, ProgressReport report, HttpResponse response, CancellationToken cancellationToken)
    {
        if (told.Report is { } last && last.Status == report.Status && last.Stages.SequenceEqual(report.Stages))
        {
            return;
        }

        told.Report = report;
        told.At = clock.GetTimestamp();
        await WriteAsync(response, "progress", report, cancellationToken);
    }

    /// <summary>Until something has moved here, or it is time to see whether it has elsewhere; says meanwhile that the connection stands.</summary>
    private async Task MoveAsync(Told told, HttpResponse response, Task changed, Task moved, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, running.Over);
        var look = Task.Delay(jobs.Value.PollPeriod, clock, over.Token);
        while (true)
        {
            var silence = _options.Heartbeat - clock.GetElapsedTime(told.At);
            var beat = Task.Delay(silence > TimeSpan.Zero ? silence : TimeSpan.Zero, clock, over.Token);
            var first = await Task.WhenAny(changed, moved, look, beat);
            cancellationToken.ThrowIfCancellationRequested();
            if (first != beat || over.IsCancellationRequested)
            {
                await over.CancelAsync();
                return;
            }

            told.At = clock.GetTimestamp();
            await response.Body.WriteAsync(Comment, cancellationToken);
            await response.Body.FlushAsync(cancellationToken);
        }
    }

    private async Task WriteAsync<T>(HttpResponse response, string name, T data, CancellationToken cancellationToken)
    {
        await response.WriteAsync($"event: {name}\ndata: ", cancellationToken);
        await JsonSerializer.SerializeAsync(response.Body, data, json.Value.SerializerOptions, cancellationToken);
        await response.WriteAsync("\n\n", cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }

    /// <summary>What one follower has heard.</summary>
    private sealed class Told
    {
        public ProgressReport? Report { get; set; }

        /// <summary>When it last heard anything.</summary>
        public long At { get; set; }

        /// <summary>The attempt that it last heard of.</summary>
        public AnalysisJob? Live { get; set; }
    }
}

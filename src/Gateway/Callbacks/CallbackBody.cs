using System.Text.Json;
using Emotion.Gateway.Api;
using Emotion.Gateway.Jobs;
using Microsoft.AspNetCore.Mvc;

namespace Emotion.Gateway.Callbacks;

/// <summary>
/// What a receiver is told:
/// <code>
/// {"type":"analysis.done","timestamp":"2026-11-29T19:00:00+00:00",
///  "data":{"id":"...","status":"done","batch":null,"name":null,"location":"/v1/analyses/...","analysis":{...},"problem":null}}
/// </code>
/// </summary>
internal static class CallbackBody
{
    /// <param name="maximumBytes">What would be larger comes without the analysis.</param>
    /// <param name="ended">An analysis that has ended.</param>
    public static byte[] Of(JobRow ended, int maximumBytes)
    {
        var known = new KnownAnalysis(ended, null);
        var problem = known.Problem is { } refusal ? RefusalHandler.Problem(refusal, known.Name) : null;
        var outcome = new Outcome(ended.Id, ended.State, ended.Batch, ended.Name, "/v1/analyses/" + ended.Id, problem is null ? known.Answer() : null, problem);
        var message = new Message(
            problem is null ? "analysis.done" : "analysis.failed", DateTimeOffset.FromUnixTimeMilliseconds(ended.EndedAt ?? ended.CreatedAt), outcome);
        var bytes = Write(message);
        return bytes.Length <= maximumBytes ? bytes : Write(message with { Data = outcome with { Analysis = null } });
    }

    private static byte[] Write(Message message) => JsonSerializer.SerializeToUtf8Bytes(message, JobJson.Options);

    private sealed record Message(string Type, DateTimeOffset Timestamp, Outcome Data);

    private sealed record Outcome(string Id, AnalysisState Status, string? Batch, string? Name, string Location, Analysis? Analysis, ProblemDetails? Problem);
}

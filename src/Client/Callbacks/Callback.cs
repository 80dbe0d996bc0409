using System.Text.Json.Serialization;

namespace Emotion.Client;

/// <summary>How an analysis ended, as its callback is told.</summary>
public sealed record Callback
{
    /// <summary>The header webhook-id. The same one may come more than once: take it once.</summary>
    [JsonIgnore]
    public string DeliveryId { get; init; } = "";

    /// <summary>When the analysis ended, in UTC.</summary>
    [JsonIgnore]
    public DateTimeOffset At { get; init; }

    /// <summary>Of the analysis.</summary>
    public required string Id { get; init; }

    /// <summary>Done or failed.</summary>
    public required AnalysisState Status { get; init; }

    /// <summary>The batch that it belongs to; null where its clip came alone.</summary>
    public string? Batch { get; init; }

    /// <summary>Of its file in the batch.</summary>
    public string? Name { get; init; }

    /// <summary>Where the gateway has the answer.</summary>
    public required string Location { get; init; }

    /// <summary>Null where it failed, and where it is too large to be sent: <see cref="EmotionClient.GetAsync(string, CancellationToken)"/> has it.</summary>
    public Analysis? Analysis { get; init; }

    /// <summary>Why it failed; null where it did not.</summary>
    public CallbackProblem? Problem { get; init; }
}

/// <summary>Why an analysis has no answer.</summary>
/// <param name="Status">HTTP status that its address answers with.</param>
/// <param name="Reason">A word for programs.</param>
/// <param name="Detail">A sentence for people.</param>
public sealed record CallbackProblem(int Status, string Reason, string Detail);

/// <summary>A callback that is not from the gateway, or not of now.</summary>
public sealed class CallbackRefusedException(string message) : Exception(message);

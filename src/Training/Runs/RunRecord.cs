using System.Text.Json.Serialization;

namespace Emotion.Training.Runs;

/// <summary>As the contract's <c>RunState</c>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunPhase>))]
public enum RunPhase
{
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    Interrupted,
}

/// <summary>A process, told from a later one of the same number.</summary>
/// <param name="Group">Its number, and that of its group.</param>
/// <param name="StartTicks">Since the machine started; see proc(5), <c>stat</c>, field 22.</param>
/// <param name="Boot">Of the machine: <c>/proc/sys/kernel/random/boot_id</c>.</param>
public sealed record RunProcessId(int Group, long StartTicks, string Boot);

/// <summary>What is known of a run: <c>run.json</c> in its folder, always whole. Everything else about it is in the files beside.</summary>
public sealed record RunRecord
{
    public required string Id { get; init; }
    public required string Network { get; init; }

    /// <summary>The shipped recipe that it began from, or <c>given</c>.</summary>
    public required string Recipe { get; init; }

    /// <summary>Of the command <c>train</c>, behind the network.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }
    public required int Epochs { get; init; }
    public required RunPhase Phase { get; init; }
    public required DateTimeOffset Created { get; init; }

    /// <summary>Its place in the queue.</summary>
    public required DateTimeOffset Queued { get; init; }
    public DateTimeOffset? Started { get; init; }
    public DateTimeOffset? Ended { get; init; }
    public int Tries { get; init; }
    public RunProcessId? Process { get; init; }

    /// <summary>When somebody asked it to stop.</summary>
    public DateTimeOffset? CancelAsked { get; init; }
    public string? Error { get; init; }

    /// <summary>The trace of the call that started it (W3C traceparent), which its spans belong to.</summary>
    public string? Trace { get; init; }

    [JsonIgnore]
    public bool HasEnded => Phase is not (RunPhase.Queued or RunPhase.Running);
}

using Grpc.Core;

namespace Emotion.ServiceDefaults;

/// <summary>
/// Whether calls are made for a clip of a batch, which goes behind what somebody waits for. It belongs to the asynchronous flow that it is set in, as a
/// trace does, and travels with every call of the clients of this system as metadata <c>emotion-priority: batch</c>.
/// </summary>
public static class CallPriority
{
    private const string Name = "emotion-priority", Batch = "batch";

    private static readonly AsyncLocal<bool> OfBatch = new();

    /// <summary>From here on in this flow.</summary>
    public static bool IsOfBatch
    {
        get => OfBatch.Value;
        set => OfBatch.Value = value;
    }

    /// <summary>What the caller said. Whoever says nothing, or something unknown, is waited for.</summary>
    public static bool IsSaid(Metadata headers) => headers.GetValue(Name) == Batch;

    /// <summary>The headers of a call for a clip of a batch.</summary>
    internal static Metadata With(Metadata? headers)
    {
        var all = new Metadata();
        foreach (var entry in headers ?? [])
            all.Add(entry);
        all.Add(Name, Batch);
        return all;
    }
}

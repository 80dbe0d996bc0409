namespace Emotion.AppHost.Publishing;

/// <summary>What a pod of a service asks for and may take, and how many there may be.</summary>
/// <param name="Cpu">Cores that are set aside, and the most it may take.</param>
/// <param name="Memory">Memory that is set aside, and the most it may take.</param>
/// <param name="Tmp">Its private folder for temporary files: uploads, segments, recordings; see docs/operations.md#options.</param>
/// <param name="Replicas">The fewest and the most; null: one, and no autoscaler.</param>
internal sealed record PodSize((string Request, string Limit) Cpu, (string Request, string Limit) Memory, string Tmp, (int Least, int Most)? Replicas)
{
    /// <summary>What two clips of 200 MB are split into, their copies where clips are in blob storage or looked at by a shadow (2 GB), and two batches as zip and unpacked (4 GB).</summary>
    public static PodSize Gateway { get; } = new(("500m", "2"), ("512Mi", "2Gi"), "8Gi", null);

    public static PodSize Audio { get; } = new(("1", "2"), ("512Mi", "1Gi"), "64Mi", (2, 10));

    /// <summary>20 segments of 200 MB at 4 cores, and its decoders.</summary>
    public static PodSize Video { get; } = new(("2", "4"), ("1Gi", "4Gi"), "5Gi", (2, 20));

    /// <summary>12 recordings of 10 minutes at 4 cores.</summary>
    public static PodSize Text { get; } = new(("1", "4"), ("512Mi", "1536Mi"), "512Mi", (2, 10));

    public static PodSize Fusion { get; } = new(("250m", "1"), ("256Mi", "512Mi"), "64Mi", (2, 4));

    public static PodSize Seed { get; } = new(("250m", "1"), ("128Mi", "512Mi"), "512Mi", null);

    public static PodSize Training { get; } = new(("4", "8"), ("8Gi", "16Gi"), "2Gi", null);
}

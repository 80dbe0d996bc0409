using System.ComponentModel.DataAnnotations;

namespace Emotion.Serving;

/// <summary>Section <c>Serving</c>: what the services of all modalities have in common.</summary>
public sealed class ServingOptions
{
    /// <summary>The section of configuration.</summary>
    public const string Section = "Serving";

    /// <summary>
    /// How far this process steps back behind others of its machine, as of <c>nice</c>: where models and the gateway share cores, callers of its API are not
    /// to wait for models. 0: not at all. Linux alone; in a cluster the pods' shares of the CPU say it.
    /// </summary>
    [Range(0, 19)]
    public int Niceness { get; set; }

    /// <summary>
    /// Threads of the pool that are made as soon as there is work for them. Graphs and front ends hold theirs while they compute; with one for each core, as
    /// .NET has it, whoever is to be told that the service is full waits until one of those ends.
    /// </summary>
    [Range(1, 1024)]
    public int PoolThreads { get; set; } = 16 + (2 * Environment.ProcessorCount);

    /// <summary>
    /// Calls that one connection may have open. A call that is refused before all of it was read stays open for its caller's rest, up to 5 s: where they were
    /// too many (twice this), Kestrel would close the connection, with all the calls on it that it works on. What is worked on has limits of its own.
    /// </summary>
    [Range(100, 100_000)]
    public int StreamsPerConnection { get; set; } = 1_000;
}

using System.ComponentModel.DataAnnotations;

namespace Emotion.Inference.Sessions;

/// <summary>Section <c>Inference</c>: how graphs run. Nothing here changes the numbers beyond rounding.</summary>
public sealed class InferenceOptions
{
    public const string SectionName = "Inference";

    /// <summary><c>auto</c> takes CUDA where it loads and else the CPU; <c>cuda</c> fails where it does not load; <c>cpu</c>.</summary>
    [AllowedValues("auto", "cpu", "cuda")]
    public string Provider { get; set; } = "auto";

    [Range(0, 64)]
    public int CudaDevice { get; set; }

    /// <summary>Threads inside of one operator. 0: one per core, of those that the control group leaves this process: ONNX Runtime itself would count the machine's.</summary>
    [Range(0, 512)]
    public int IntraOpThreads { get; set; }

    /// <summary><see cref="IntraOpThreads"/> as a number.</summary>
    internal int IntraOpThreadCount => IntraOpThreads > 0 ? IntraOpThreads : Environment.ProcessorCount;

    /// <summary>Operators of one graph at a time.</summary>
    [Range(1, 512)]
    public int InterOpThreads { get; set; } = 1;

    /// <summary>
    /// Windows of sound that go through the front end of a network at once, each on about a core; others wait, so that they do not take the cores from
    /// whoever is to be answered.
    /// </summary>
    [Range(1, 512)]
    public int FrontEndsAtOnce { get; set; } = Environment.ProcessorCount;

    /// <summary>Threads that burn a core while they wait for work: a little faster alone, ruinous beside anything else.</summary>
    public bool Spinning { get; set; }

    /// <summary>
    /// All graphs of the process run on one pool of threads, so that those who swap do not bring threads with them. Off: each graph has its own, and is
    /// built at the priority of everything else. A second set of options in a process has its own in any case.
    /// </summary>
    public bool SharedThreads { get; set; } = true;

    /// <summary>
    /// Versions that hold the same file of a graph run one copy of it: a swap builds what changed and no more. Off: each builds all of its own, to compare with.
    /// </summary>
    public bool ShareGraphs { get; set; } = true;

    /// <summary>Lets the runtime join and rearrange operators. Off: slower; the graph as it was written, to compare with.</summary>
    public bool Optimise { get; set; } = true;

    /// <summary>Keeps freed memory for the next run. Off: slower, and memory goes back at once.</summary>
    public bool MemoryArena { get; set; } = true;
}

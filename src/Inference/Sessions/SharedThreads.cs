using Microsoft.ML.OnnxRuntime;

namespace Emotion.Inference.Sessions;

/// <summary>
/// ONNX Runtime's one pool of threads for all graphs of the process, made before its first graph. Graphs with a pool of their own each would
/// be many threads for few cores, and a pool has the priority of the thread that builds its graph: docs/decisions/memory-over-swaps.md.
/// </summary>
internal static class SharedThreads
{
    private static readonly Lock Gate = new();
    private static (int IntraOp, int InterOp, bool Spinning)? _made;

    /// <returns>False where the process has a pool by other options already, or none because something else came first.</returns>
    public static bool TryShare(InferenceOptions options)
    {
        var asked = (options.IntraOpThreadCount, options.InterOpThreads, options.Spinning);
        lock (Gate)
        {
            if (_made is null && !OrtEnv.IsCreated)
            {
                using var threads = new OrtThreadingOptions
                {
                    GlobalIntraOpNumThreads = options.IntraOpThreadCount,
                    GlobalInterOpNumThreads = options.InterOpThreads,
                    GlobalSpinControl = options.Spinning,
                };
                threads.SetGlobalDenormalAsZero();
                var creation = new EnvironmentCreationOptions { logId = "emotion", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING, threadOptions = threads };
                OrtEnv.CreateInstanceWithOptions(ref creation);
                _made = asked;
            }

            return _made == asked;
        }
    }
}

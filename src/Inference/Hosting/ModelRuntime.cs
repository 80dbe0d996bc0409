using Emotion.Inference.Sessions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Emotion.Inference.Hosting;

/// <summary>What models need to run: sessions, batching, turns for what is computed before a graph, the clock.</summary>
public sealed record ModelRuntime(GraphSessionFactory Sessions, BatchOptions Batching, Turnstile FrontEnds, TimeProvider Clock)
{
    /// <summary>For programs without services, such as evaluation.</summary>
    public static ModelRuntime Create(InferenceOptions options, BatchOptions batching) => new(
        new GraphSessionFactory(Options.Create(options), NullLogger<GraphSessionFactory>.Instance), batching,
        new Turnstile(options.FrontEndsAtOnce, batching.QueueLength), TimeProvider.System);
}

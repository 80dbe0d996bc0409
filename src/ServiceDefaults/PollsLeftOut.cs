using System.Diagnostics;
using OpenTelemetry.Trace;

namespace Emotion.ServiceDefaults;

/// <summary>
/// Leaves out requests that nobody's request has caused: looks at channels, every few seconds, which would bury the traces that somebody looks for. What else a
/// process does of itself has a span of its own around it.
/// </summary>
internal sealed class PollsLeftOut(Sampler others) : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        samplingParameters.Kind == ActivityKind.Client && samplingParameters.ParentContext.TraceId == default
            ? new SamplingResult(SamplingDecision.Drop)
            : others.ShouldSample(samplingParameters);
}

using Emotion.Serving;
using Microsoft.Extensions.Options;

namespace Emotion.FusionService;

/// <summary>A call is one message, which is in memory before it has a place: the places bound how many there are.</summary>
public sealed class CallLimits(IOptions<FusionServiceOptions> options)
{
    public CallLimiter Fuse { get; } = new("fusion", options.Value.CallsAtOnce, options.Value.CallsWaiting);
}

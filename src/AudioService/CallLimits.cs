using Emotion.Serving;
using Microsoft.Extensions.Options;

namespace Emotion.AudioService;

/// <summary>A call of sound that comes as it is spoken has a place as long as it lasts; who computes when is up to the model.</summary>
public sealed class CallLimits(IOptions<AudioServiceOptions> options)
{
    public CallLimiter Calls { get; } = new("audio", atOnce: 0, waiting: options.Value.MaximumCalls);
}

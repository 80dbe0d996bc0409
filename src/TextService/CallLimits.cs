using Emotion.Serving;
using Microsoft.Extensions.Options;

namespace Emotion.TextService;

/// <summary>One limit for each of the calls: reading a few sentences must not wait until a long recording is written down.</summary>
public sealed class CallLimits(IOptions<TextServiceOptions> options)
{
    public CallLimiter Transcribe { get; } = new("text.transcribe", options.Value.CallsAtOnce, options.Value.CallsWaiting);

    public CallLimiter Classify { get; } = new("text.classify", options.Value.ClassifyCallsAtOnce, options.Value.ClassifyCallsWaiting);
}

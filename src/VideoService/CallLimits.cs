using Emotion.Inference.Video;
using Emotion.Serving;
using Microsoft.Extensions.Options;

namespace Emotion.VideoService;

/// <summary>One limit for each of the calls: a clip whose faces are all found must not wait behind segments, which take a hundred times as long.</summary>
public sealed class CallLimits(IOptions<SegmentOptions> segments, IOptions<VideoServiceOptions> options)
{
    public CallLimiter Segments { get; } = new("video.segments", segments.Value.MaxConcurrent, segments.Value.QueueLength);

    public CallLimiter Sequences { get; } = new("video.sequences", options.Value.SequencesAtOnce, options.Value.SequencesWaiting);
}

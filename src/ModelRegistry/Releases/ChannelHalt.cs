namespace Emotion.ModelRegistry.Releases;

/// <summary>A gateway's decision that a channel must get no requests any more.</summary>
/// <param name="Generation">That it was decided on: whatever moved the channel since was decided by somebody who knew more, and stands.</param>
/// <param name="Rule">One word for programs, such as <c>errors</c>.</param>
/// <param name="Why">A sentence for people; kept in the history.</param>
public sealed record ChannelHalt(string Channel, long Generation, string Rule, string Who, string Why);

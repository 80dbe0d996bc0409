using Emotion.Features.Transcripts;

namespace Emotion.Gateway.Jobs;

/// <summary>What a caller says of the words of a clip, and whether the answer is to have them.</summary>
/// <param name="Given">The transcript that came with the clip; null where none did.</param>
/// <param name="Language">BCP 47 tag of what is spoken; empty where the caller does not say.</param>
/// <param name="IncludeTranscript">A transcript is private: only who asks for it gets it.</param>
public sealed record TextRequest(Transcript? Given, string Language, bool IncludeTranscript);

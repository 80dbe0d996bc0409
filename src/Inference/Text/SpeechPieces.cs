using Emotion.Inference.Audio;

namespace Emotion.Inference.Text;

/// <summary>A stretch of speech that is transcribed by itself, in samples of the recording.</summary>
/// <param name="Earliest">From here on the sound is nobody else's: it begins in the middle of the pause before.</param>
/// <param name="Latest">The middle of the pause behind.</param>
internal readonly record struct SpeechPiece(int First, int End, int Earliest, int Latest)
{
    /// <summary>The speech with so many samples around it, where there are so many.</summary>
    public Range With(int margin) => Math.Max(Earliest, First - margin)..Math.Min(Latest, End + margin);
}

/// <summary>Cuts a recording at its pauses, and speech without a pause where it sounds least like speech.</summary>
internal static class SpeechPieces
{
    /// <param name="probabilities">Of speech, one a chunk.</param>
    /// <param name="samples">Of the whole recording.</param>
    public static List<SpeechPiece> Of(ReadOnlySpan<float> probabilities, int samples, VoiceActivitySpec voice, TranscriberSpec spec)
    {
        var chunks = new List<(int First, int End)>();
        foreach (var region in SpeechRegions.Of(probabilities, voice))
        {
            var end = (int)Math.Round(region.EndSeconds / voice.ChunkSeconds);
            for (var first = (int)Math.Round(region.StartSeconds / voice.ChunkSeconds); first < end;)
            {
                var cut = Cut(probabilities, first, end, (int)(spec.MaximumPieceSeconds / voice.ChunkSeconds));
                chunks.Add((first, cut));
                first = cut;
            }
        }

        var pieces = new List<SpeechPiece>(chunks.Count);
        for (var i = 0; i < chunks.Count; i++)
        {
            var (first, end) = (chunks[i].First * voice.ChunkSamples, Math.Min(samples, chunks[i].End * voice.ChunkSamples));
            var before = i == 0 ? 0 : (Math.Min(samples, chunks[i - 1].End * voice.ChunkSamples) + first) / 2;
            var behind = i == chunks.Count - 1 ? samples : (end + chunks[i + 1].First * voice.ChunkSamples) / 2;
            pieces.Add(new SpeechPiece(first, end, before, behind));
        }

        return pieces;
    }

    // Behind the chunk that is least like speech, in the second half of what a piece may hold.
    private static int Cut(ReadOnlySpan<float> probabilities, int first, int end, int longest)
    {
        if (end - first <= longest)
        {
            return end;
        }

        var best = first + longest / 2;
        for (var chunk = best; chunk < first + longest; chunk++)
        {
            best = probabilities[chunk] < probabilities[best] ? chunk : best;
        }

        return best + 1;
    }
}

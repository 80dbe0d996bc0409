namespace Emotion.Inference.Audio;

/// <summary>Probabilities of speech to regions of speech, with hysteresis: <see cref="VoiceActivitySpec"/> says how.</summary>
public static class SpeechRegions
{
    /// <summary>The regions in order, none touching the next.</summary>
    /// <param name="probabilities">One a chunk, from the beginning of the sound.</param>
    public static IReadOnlyList<SpeechRegion> Of(ReadOnlySpan<float> probabilities, VoiceActivitySpec spec)
    {
        var regions = new List<SpeechRegion>();
        for (var at = 0; Next(probabilities, ref at, spec) is { } region;)
        {
            regions.Add(region);
        }

        return regions;
    }

    /// <summary>Seconds of speech in all regions; allocates nothing.</summary>
    public static double Seconds(ReadOnlySpan<float> probabilities, VoiceActivitySpec spec)
    {
        var seconds = 0.0;
        for (var at = 0; Next(probabilities, ref at, spec) is { } region;)
        {
            seconds += region.Seconds;
        }

        return seconds;
    }

    // The first region that begins at the chunk or behind it; then the chunk is the one behind the region.
    private static SpeechRegion? Next(ReadOnlySpan<float> probabilities, ref int at, VoiceActivitySpec spec)
    {
        while (at < probabilities.Length)
        {
            if (probabilities[at] < spec.Begin)
            {
                at++;
                continue;
            }

            var first = at;
            var end = End(probabilities, first, spec);
            at = end;
            if ((end - first) * spec.ChunkSeconds >= spec.RegionSeconds)
            {
                return new SpeechRegion(first * spec.ChunkSeconds, end * spec.ChunkSeconds);
            }
        }

        return null;
    }

    // Behind the last chunk of at least End before a long pause.
    private static int End(ReadOnlySpan<float> probabilities, int first, VoiceActivitySpec spec)
    {
        var end = first + 1;
        for (var chunk = end; chunk < probabilities.Length && (chunk == end || (chunk - end) * spec.ChunkSeconds < spec.PauseSeconds); chunk++)
        {
            end = probabilities[chunk] >= spec.End ? chunk + 1 : end;
        }

        return end;
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using Emotion.Media;

namespace Emotion.Inference.Tests;

/// <summary>Somebody who says what is asked, by espeak-ng; 16 kHz mono.</summary>
internal static class Speaker
{
    private static readonly ConcurrentDictionary<(string, string), short[]> Said = [];

    /// <summary>To be read only: who asks for the same gets the same.</summary>
    public static async Task<short[]> SayAsync(string text, string voice = "en-us")
    {
        if (Said.TryGetValue((text, voice), out var before))
        {
            return before;
        }

        var token = TestContext.Current.CancellationToken;
        var file = Path.Combine(Path.GetTempPath(), $"emotion-{Guid.NewGuid():n}.wav");
        try
        {
            using var process = Process.Start("espeak-ng", ["-v", voice, "-w", file, text]);
            await process.WaitForExitAsync(token);
            using var guard = new FFMpegGuard(new MediaOptions());
            return Said[(text, voice)] = await new AudioDecoder(guard).DecodeSamplesAsync(file, token);
        }
        finally
        {
            File.Delete(file);
        }
    }
}

using System.Diagnostics;
using Emotion.Media;

namespace Emotion.Inference.Tests;

/// <summary>Somebody who says what is asked, by espeak-ng; 16 kHz mono.</summary>
internal static class Speaker
{
    public static async Task<short[]> SayAsync(string text, string voice = "en-us")
    {
        var token = TestContext.Current.CancellationToken;
        var file = Path.Combine(Path.GetTempPath(), $"emotion-{Guid.NewGuid():n}.wav");
        try
        {
            using var process = Process.Start("espeak-ng", ["-v", voice, "-w", file, text]);
            await process.WaitForExitAsync(token);
            using var guard = new FFMpegGuard(new MediaOptions());
            return await new AudioDecoder(guard).DecodeSamplesAsync(file, token);
        }
        finally
        {
            File.Delete(file);
        }
    }
}

using Emotion.Media;
using Google.Protobuf;
using Grpc.Core;

namespace Emotion.Gateway.Analyses;

/// <summary>Sends the sound of a clip to a service while it is still being taken out of the clip.</summary>
internal static class SoundUpload
{
    private const int BytesPerSample = sizeof(short);

    /// <summary>Sends the start, then the sound of so many seconds, and says that this was all.</summary>
    /// <param name="wrap">Makes a message of a piece of PCM.</param>
    /// <param name="over">Ends sending; cancelled where the sound breaks off, since the service would wait for the rest of it.</param>
    public static async Task SendAsync<TRequest>(
        IClientStreamWriter<TRequest> requests, TRequest start, Func<ByteString, TRequest> wrap, SplitClip clip, double seconds,
        CancellationTokenSource over)
    {
        try
        {
            if (!await requests.TryWriteAsync(start, over.Token))
            {
                return;
            }

            var left = BytesPerSample * (long)Math.Round(seconds * AudioDecoder.SampleRate);
            await foreach (var pcm in clip.ReadSoundAsync(over.Token))
            {
                // A probe can only guess the length of some files: what lies beyond the planned windows is not heard.
                var planned = pcm[..(int)Math.Min(pcm.Length, left)];
                left -= planned.Length;
                if (planned.IsEmpty)
                {
                    break;
                }

                if (!await requests.TryWriteAsync(wrap(UnsafeByteOperations.UnsafeWrap(planned)), over.Token))
                {
                    return;
                }
            }

            await requests.TryCompleteAsync();
        }
        catch (MediaRefusedException)
        {
            await over.CancelAsync();
            throw;
        }
    }
}

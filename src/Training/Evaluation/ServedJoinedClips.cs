using System.Runtime.InteropServices;
using Emotion.Features;
using Emotion.Inference.Audio;
using Emotion.Inference.Fusion;
using Emotion.Inference.Video;

namespace Emotion.Training.Evaluation;

/// <summary>Joined clips through the code that serves clips: the sound as a stream, cut by the release's window rule; faces as tracks; fusion.</summary>
public sealed class ServedJoinedClips(AudioModel audio, VideoModel video, FusionModel fusion, ClipWindowSpec plan)
{
    /// <param name="stretches">What is left of the clip, joined; one or more.</param>
    public async Task<FusedClip> FuseAsync(IReadOnlyList<JoinedWindow> stretches, CancellationToken cancellationToken)
    {
        short[] pcm = [.. stretches.SelectMany(stretch => stretch.Pcm)];
        var windows = ClipWindows.Cut((double)pcm.Length / audio.SampleRate, plan);
        var evidence = windows.ToDictionary(window => window.Index, _ => new List<ModalityEvidence>());
        await foreach (var heard in audio.ClassifyAsync(Pieces(pcm), windows, 0, cancellationToken))
        {
            if (heard.Abstention is null)
            {
                evidence[heard.Window.Index].Add(Evidence(AudioModel.ModelName, audio.Package.Version, heard.Posterior, heard.Embedding, heard.SpeechRatio));
            }
        }

        var rate = video.Aligner.Spec.PicturesPerSecond;
        List<FaceFrame> frames = [.. stretches.SelectMany((stretch, i) => ServedVideo.Frames(stretch.Faces, Start(stretches, i), rate))];
        foreach (var seen in video.ClassifySequence(frames, windows, cancellationToken).Windows.Where(seen => seen.Abstention is null)
            .GroupBy(seen => seen.Window.Index).Select(window => window.MaxBy(seen => seen.FaceFrames)!))
        {
            var share = seen.FaceFrames / (rate * seen.Window.LengthSeconds);
            evidence[seen.Window.Index].Add(Evidence(VideoModel.ModelName, video.Package.Version, seen.Posterior, seen.Embedding, (float)share));
        }

        return fusion.Fuse([.. windows.Select(window => new WindowEvidence(window.Index, evidence[window.Index]))], cancellationToken);
    }

    private double Start(IReadOnlyList<JoinedWindow> stretches, int index) =>
        stretches.Take(index).Sum(stretch => (double)stretch.Pcm.Length) / audio.SampleRate;

    private static ModalityEvidence Evidence(string modality, string version, float[] posterior, float[] embedding, float quality) =>
        new(modality, modality, version, posterior, embedding, Math.Clamp(quality, 0, 1));

    // As it comes over the wire, a second at a time.
    private async IAsyncEnumerable<ReadOnlyMemory<byte>> Pieces(short[] pcm)
    {
        for (var start = 0; start < pcm.Length; start += audio.SampleRate)
        {
            yield return MemoryMarshal.AsBytes(pcm.AsSpan(start, Math.Min(audio.SampleRate, pcm.Length - start))).ToArray();
        }

        await Task.CompletedTask;
    }
}

using System.Buffers;

namespace Emotion.Inference.Video;

/// <summary>
/// The cut faces of one segment on their way through the frame network, which reads some while later pictures are decoded and searched:
/// decoding leaves cores idle. What it answers is put into <paramref name="frames"/>. Crops come from the shared pool and go back to it. Not thread-safe.
/// </summary>
internal sealed class FaceReading(VideoModel model, List<FaceFrame> frames, CancellationToken cancellationToken) : IAsyncDisposable
{
    private static readonly Task<FaceAnswer> Refused = Task.FromResult(default(FaceAnswer));

    private readonly Queue<(int Frame, float[] Crop)> _cut = [];
    private readonly Queue<(int Frame, float[] Crop, Task<FaceAnswer> Answer)> _asked = [];

    /// <summary>Faces whose answers were not taken yet.</summary>
    public int Pending => _cut.Count + _asked.Count;

    /// <param name="frame">Its place in the frames.</param>
    /// <param name="crop">Of the shared pool; this gives it back.</param>
    public void Add(int frame, float[] crop) => _cut.Enqueue((frame, crop));

    /// <summary>Gives the network all that were added, if they are so many: a few together cost it less than one by one.</summary>
    public void Ask(int atLeast)
    {
        if (_cut.Count < atLeast)
        {
            return;
        }

        while (_cut.TryPeek(out var face))
        {
            _asked.Enqueue((face.Frame, face.Crop, frames[face.Frame].Refusal is null ? model.Frames.RunAsync(face.Crop, cancellationToken) : Refused));
            _cut.Dequeue();
        }
    }

    /// <summary>Asks for the rest, and waits for every answer.</summary>
    public async Task FinishAsync()
    {
        Ask(atLeast: 1);
        while (_asked.TryPeek(out var face))
        {
            var answer = await face.Answer;
            var frame = frames[face.Frame];
            frames[face.Frame] = frame.Refusal is null ? frame with { Posterior = answer.Posterior, Embedding = answer.Embedding } : frame;
            _asked.Dequeue();
            ArrayPool<float>.Shared.Return(face.Crop);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // After a failure the others still read their crops; they end by themselves.
        await ((Task)Task.WhenAll(_asked.Select(face => face.Answer))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var crop in _asked.Select(face => face.Crop).Concat(_cut.Select(face => face.Crop)))
        {
            ArrayPool<float>.Shared.Return(crop);
        }
    }
}

using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Inference.Hosting;
using Emotion.Inference.Sessions;

namespace Emotion.Inference.Video;

/// <summary>Aligned faces <c>[1, side, side]</c> -> ResNet-34 -> posterior <c>[8]</c> and embedding, in batches shared by all segments.</summary>
public sealed class FaceFrameModel : IAsyncDisposable
{
    private static readonly string[] InputNames = ["faces"], OutputNames = ["posterior", "embedding"];

    private readonly GraphSession _graph;
    private readonly int _side;
    private readonly BatchQueue<float[], FaceAnswer> _queue;

    internal FaceFrameModel(GraphSession graph, FaceFrameSpec spec, ModelRuntime runtime)
    {
        _graph = graph;
        _side = spec.CropSize;
        graph.RequireInput("faces", -1, 1, _side, _side);
        graph.RequireOutput("posterior", -1, EmotionLabels.Count);
        EmbeddingLength = graph.RequireOutputLength("embedding");
        _queue = new BatchQueue<float[], FaceAnswer>("video.frame", runtime.Batching, runtime.Clock, RunBatch);
    }

    public int EmbeddingLength { get; }

    /// <summary>Waits where others are before it: how many faces there are at once is bounded by the segments that are admitted.</summary>
    /// <param name="face">At least <c>side * side</c> floats; not to be changed until the answer is there.</param>
    public Task<FaceAnswer> RunAsync(float[] face, CancellationToken cancellationToken) => _queue.RunWhenThereIsRoomAsync(face, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        _graph.Dispose();
    }

    private void RunBatch(ReadOnlySpan<float[]> inputs, Span<FaceAnswer> results)
    {
        using var faces = new PooledTensor<float>(inputs.Length, 1, _side, _side);
        using var posterior = new PooledTensor<float>(inputs.Length, EmotionLabels.Count);
        using var embedding = new PooledTensor<float>(inputs.Length, EmbeddingLength);
        for (var i = 0; i < inputs.Length; i++)
        {
            inputs[i].AsSpan(0, _side * _side).CopyTo(faces.Row(i));
        }

        _graph.Run(InputNames, [faces.Value], OutputNames, [posterior.Value, embedding.Value]);
        for (var i = 0; i < inputs.Length; i++)
        {
            results[i] = new FaceAnswer(posterior.Row(i).ToArray(), embedding.Row(i).ToArray());
        }
    }
}

/// <summary>What the frame network says of one face.</summary>
public readonly record struct FaceAnswer(float[] Posterior, float[] Embedding);

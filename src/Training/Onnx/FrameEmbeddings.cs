namespace Emotion.Training.Onnx;

/// <summary>The frozen face network, as it is shipped: aligned faces to embeddings.</summary>
public sealed class FrameEmbeddings(Proto.ModelProto frameGraph, int side, int threads) : IDisposable
{
    private const int BatchSize = 32;
    private readonly GraphRunner _runner = new(frameGraph, threads);

    /// <param name="faces">Tensors <c>[1, side, side]</c>.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <returns>An embedding for each, in order.</returns>
    public float[][] Of(IEnumerable<float[]> faces, CancellationToken cancellationToken)
    {
        var embeddings = new List<float[]>();
        foreach (var batch in faces.Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var values = new float[batch.Length * side * side];
            for (var i = 0; i < batch.Length; i++)
            {
                batch[i].CopyTo(values, i * side * side);
            }

            var rows = _runner.Run([("faces", values, [batch.Length, 1, side, side])], "embedding")[0];
            embeddings.AddRange(rows.Chunk(rows.Length / batch.Length));
        }

        return [.. embeddings];
    }

    public void Dispose() => _runner.Dispose();
}

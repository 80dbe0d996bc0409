using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace Emotion.Training.Onnx;

/// <summary>Runs a graph in ONNX Runtime: for parity with the training network, and for embeddings of a frozen network.</summary>
public sealed class GraphRunner : IDisposable
{
    private readonly InferenceSession _session;

    public GraphRunner(Proto.ModelProto model, int threads)
    {
        using var options = new SessionOptions { IntraOpNumThreads = threads };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        _session = new InferenceSession(model.ToByteArray(), options);
    }

    /// <returns>The wanted outputs, flat.</returns>
    public float[][] Run(IReadOnlyList<(string Name, Array Values, long[] Shape)> inputs, params string[] outputs)
    {
        var values = inputs.Select(input => input.Values switch
        {
            int[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, input.Shape),
            long[] numbers => OrtValue.CreateTensorValueFromMemory(numbers, input.Shape),
            _ => OrtValue.CreateTensorValueFromMemory((float[])input.Values, input.Shape),
        }).ToList();
        try
        {
            using var options = new RunOptions();
            using var results = _session.Run(options, [.. inputs.Select(input => input.Name)], values, outputs);
            return [.. results.Select(result => result.GetTensorDataAsSpan<float>().ToArray())];
        }
        finally
        {
            values.ForEach(value => value.Dispose());
        }
    }

    public void Dispose() => _session.Dispose();
}

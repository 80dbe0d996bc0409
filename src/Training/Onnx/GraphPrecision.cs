using Emotion.Training.Onnx.Quantization;

namespace Emotion.Training.Onnx;

/// <summary>How a graph's weights are stored, and what it computes with.</summary>
public static class GraphPrecision
{
    public const string Float32 = "float32", Float16 = "float16", Int8 = "int8";

    public static IReadOnlyList<string> Names { get; } = [Float32, Float16, Int8];

    /// <param name="precision">One of <see cref="Names"/>: float16 stores halves and computes with floats, int8 stores and computes with integers.</param>
    /// <param name="graph">As our writers make it.</param>
    /// <param name="calibration">Example inputs; asked for only where ranges are to be measured.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    public static Proto.ModelProto Apply(
        string precision, Proto.ModelProto graph, Func<IReadOnlyCollection<GraphFeed>> calibration, CancellationToken cancellationToken) => precision switch
        {
            Float32 => graph,
            Float16 => HalfWeights.Apply(graph),
            Int8 => StaticQuantizer.Quantize(graph, calibration(), QuantizationSpec.Default, cancellationToken),
            _ => throw new ArgumentException($"'{precision}' is no precision of a graph: say {string.Join(", ", Names.SkipLast(1))} or {Names[^1]}."),
        };
}

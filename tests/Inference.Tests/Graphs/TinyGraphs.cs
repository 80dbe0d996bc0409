using Emotion.Features;

namespace Emotion.Inference.Tests.Graphs;

/// <summary>Graphs with the inputs and outputs of the real ones and seeded weights: real runs, in milliseconds.</summary>
internal static class TinyGraphs
{
    /// <summary>features [batch, 1, 300, 40] -> mean over time -> embedding [batch, 512] -> posterior [batch, 8].</summary>
    public static byte[] Audio(int seed = 1) => Head(
        new OnnxGraph()
            .Input("features", "batch", 1, 300, 40)
            .Constant("scale", [0.05f], 1)
            .Node("ReduceMean", ["features"], ["mean"], ("axes", new long[] { 1, 2 }), ("keepdims", 0L))
            .Node("Mul", ["mean", "scale"], ["scaled"]),
        "scaled", 40, 512, seed);

    /// <summary>The same with a second input, encoder [batch, 4], that adds to the embedding before the posterior.</summary>
    public static byte[] AudioWithEncoder() => Head(
        new OnnxGraph()
            .Input("features", "batch", 1, 300, 40).Input("encoder", "batch", 4)
            .Constant("scale", [0.05f], 1)
            .Node("ReduceMean", ["features"], ["mean"], ("axes", new long[] { 1, 2 }), ("keepdims", 0L))
            .Node("Mul", ["mean", "scale"], ["scaled"])
            .Node("Concat", ["scaled", "encoder"], ["both"], ("axis", 1L)),
        "both", 44, 512, 1);

    /// <summary>input_values [1, samples] -> largest, smallest, mean and mean square: pooled [1, 4].</summary>
    public static byte[] Encoder() => new OnnxGraph()
        .Input("input_values", "batch_size", "samples")
        .Output("pooled", "batch_size", 4)
        .Node("ReduceMax", ["input_values"], ["largest"], ("axes", new long[] { 1 }), ("keepdims", 1L))
        .Node("ReduceMin", ["input_values"], ["smallest"], ("axes", new long[] { 1 }), ("keepdims", 1L))
        .Node("ReduceMean", ["input_values"], ["mean"], ("axes", new long[] { 1 }), ("keepdims", 1L))
        .Node("Mul", ["input_values", "input_values"], ["squares"])
        .Node("ReduceMean", ["squares"], ["power"], ("axes", new long[] { 1 }), ("keepdims", 1L))
        .Node("Concat", ["largest", "smallest", "mean", "power"], ["pooled"], ("axis", 1L))
        .ToBytes();

    /// <summary>chunks [n, 576] -> speech [n], the loudest sample of the chunk, as if loud were speech; state [2, 1, 4] stays as it is.</summary>
    public static byte[] Voice() => new OnnxGraph()
        .Input("chunks", "n", 576).Input("state", 2, 1, 4)
        .Output("speech", "n").Output("next_state", 2, 1, 4)
        .Node("ReduceMax", ["chunks"], ["speech"], ("axes", new long[] { 1 }), ("keepdims", 0L))
        .Node("Identity", ["state"], ["next_state"])
        .ToBytes();

    /// <summary>faces [batch, 1, 48, 48] -> 8x8 means -> embedding [batch, 512] -> posterior [batch, 8], class 1 (calm) masked.</summary>
    public static byte[] Frame(int seed = 2) => Head(
        new OnnxGraph()
            .Input("faces", "batch", 1, 48, 48)
            .Node("AveragePool", ["faces"], ["pool"], ("kernel_shape", new long[] { 8, 8 }), ("strides", new long[] { 8, 8 }))
            .Node("Flatten", ["pool"], ["flat"]),
        "flat", 36, 512, seed, masked: EmotionLabels.IndexOf("calm"));

    /// <summary>frames [batch, time, 512], lengths [batch] -> mean over the first lengths -> embedding [batch, 128] -> posterior.</summary>
    public static byte[] Sequence(int seed = 3) => Head(
        new OnnxGraph()
            .Input("frames", "batch", "time", 512)
            .Int32Input("lengths", "batch")
            .Constant("zero", [0L]).Constant("step", [1L])
            .Constant("last", [-1L], 1).Constant("axis1", [1L], 1)
            .Node("Shape", ["frames"], ["shape"])
            .Node("Gather", ["shape", "step"], ["time"])
            .Node("Range", ["zero", "time", "step"], ["steps"])
            .Node("Cast", ["lengths"], ["counts"], ("to", 7L))
            .Node("Unsqueeze", ["counts", "axis1"], ["column"])
            .Node("Less", ["steps", "column"], ["inside"])
            .Node("Cast", ["inside"], ["mask"], ("to", 1L))
            .Node("Unsqueeze", ["mask", "last"], ["mask3"])
            .Node("Mul", ["frames", "mask3"], ["kept"])
            .Node("ReduceSum", ["kept", "axis1"], ["sum"], ("keepdims", 0L))
            .Node("Cast", ["column"], ["floats"], ("to", 1L))
            .Node("Div", ["sum", "floats"], ["mean"]),
        "mean", 512, 128, seed);

    /// <summary>Both embeddings and posteriors, each times its column of present, concatenated -> posterior.</summary>
    public static byte[] Fusion(int seed = 4) => new OnnxGraph()
        .Input("audio", "batch", 512).Input("video", "batch", 128)
        .Input("audio_posterior", "batch", 8).Input("video_posterior", "batch", 8)
        .Input("present", "batch", 2)
        .Output("posterior", "batch", 8)
        .Constant("first", [0L], 1).Constant("second", [1L], 1)
        .Node("Gather", ["present", "first"], ["a"], ("axis", 1L))
        .Node("Gather", ["present", "second"], ["v"], ("axis", 1L))
        .Node("Mul", ["audio", "a"], ["audio_kept"]).Node("Mul", ["video", "v"], ["video_kept"])
        .Node("Mul", ["audio_posterior", "a"], ["ap"]).Node("Mul", ["video_posterior", "v"], ["vp"])
        .Node("Concat", ["audio_kept", "video_kept", "ap", "vp"], ["all"], ("axis", 1L))
        .Weights("w", seed, 656, 8)
        .Node("MatMul", ["all", "w"], ["logits"])
        .Node("Softmax", ["logits"], ["posterior"], ("axis", 1L))
        .ToBytes();

    private static byte[] Head(OnnxGraph graph, string input, int width, int embedding, int seed, int masked = -1)
    {
        var bias = new float[EmotionLabels.Count];
        if (masked >= 0)
        {
            bias[masked] = -1e9f;
        }

        return graph
            .Output("posterior", "batch", 8).Output("embedding", "batch", embedding)
            .Weights("w1", seed, width, embedding).Weights("w2", seed + 100, embedding, 8).Constant("b2", bias, 8)
            .Node("MatMul", [input, "w1"], ["embedding"])
            .Node("MatMul", ["embedding", "w2"], ["plain"])
            .Node("Add", ["plain", "b2"], ["logits"])
            .Node("Softmax", ["logits"], ["posterior"], ("axis", 1L))
            .ToBytes();
    }
}

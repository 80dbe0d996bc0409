using Emotion.Features;
using Emotion.Features.Words;
using Emotion.Inference.Text;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Tests.Graphs;

/// <summary>A classifier that knows three words, each of which carries one emotion; all others carry nothing.</summary>
internal static class TinyText
{
    private const float Weight = 6;

    private static readonly (string Word, string Label)[] Words = [("joy", "happy"), ("tears", "sad"), ("rage", "angry")];

    public static TextClassifierSpec Spec { get; } = new() { MaximumPieces = 8, Thresholds = [.. Enumerable.Repeat(0.5, EmotionLabels.Count)] };

    public static IReadOnlyList<string> Covered { get; } = [.. EmotionLabels.Names.Where(label => label != "calm")];

    public static GraphManifest Graph { get; } = new(
        TextModel.ClassifierRole, "classifier.onnx", [new("pieces", ["batch", "time"])],
        [new("posterior", ["batch", "8"]), new("each", ["batch", "8"]), new("embedding", ["batch", "8"])]);

    public static (string File, byte[] Bytes)[] Files =>
    [
        ("classifier.onnx", Model()),
        (WordPieces.FileName, System.Text.Encoding.UTF8.GetBytes(string.Join('\n', WordPieces.Reserved.Concat(Words.Select(word => WordReader.Mark + word.Word))))),
    ];

    /// <summary>pieces [batch, time] -> mean of their vectors, the embedding -> posterior, calm masked; each is carried from a quarter of the pieces on.</summary>
    private static byte[] Model()
    {
        var vectors = new float[(WordPieces.Reserved.Count + Words.Length) * EmotionLabels.Count];
        for (var i = 0; i < Words.Length; i++)
        {
            vectors[(WordPieces.Reserved.Count + i) * EmotionLabels.Count + EmotionLabels.IndexOf(Words[i].Label)] = Weight;
        }

        var calm = new float[EmotionLabels.Count];
        calm[EmotionLabels.IndexOf("calm")] = -1e9f;
        return new OnnxGraph()
            .Int64Input("pieces", "batch", "time")
            .Output("posterior", "batch", 8).Output("each", "batch", 8).Output("embedding", "batch", 8)
            .Constant("vectors", vectors, WordPieces.Reserved.Count + Words.Length, 8)
            .Constant("calm", calm, 8).Constant("few", [-Weight / 4], 1)
            .Node("Gather", ["vectors", "pieces"], ["said"])
            .Node("ReduceMean", ["said"], ["embedding"], ("axes", new long[] { 1 }), ("keepdims", 0L))
            .Node("Add", ["embedding", "calm"], ["logits"])
            .Node("Softmax", ["logits"], ["posterior"], ("axis", 1L))
            .Node("Add", ["embedding", "few"], ["each_logits"])
            .Node("Sigmoid", ["each_logits"], ["each"])
            .ToBytes();
    }
}

using System.Text.RegularExpressions;
using Emotion.Inference.Audio;
using Emotion.Inference.Text;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Tests.Graphs;

/// <summary>Moonshine tiny and its vocabulary as npm carries them, behind a voice activity graph that takes whatever is loud for speech.</summary>
internal static class Moonshine
{
    public static TextSpec Spec { get; } = new()
    {
        VoiceActivity = new VoiceActivitySpec
        {
            SampleRate = 16000, ChunkSamples = 512, ContextSamples = 64, Begin = 0.02, End = 0.01, PauseSeconds = 0.8, RegionSeconds = 0.1,
            RequiredSeconds = 0.1,
        },
        Transcriber = new TranscriberSpec
        {
            SampleRate = 16000, Language = "en", MarginSeconds = 0.1, SureConfidence = 0.85, SecondMarginSeconds = 0.25, Peak = 0.5, MaximumPieceSeconds = 15,
            MinimumPieceSeconds = 0.5, TokensPerSecond = 6.5, SpareTokens = 6, RepeatedTokens = 12, MinimumConfidence = 0.58, BeginToken = 1, EndToken = 2,
        },
    };

    public static (string File, byte[] Bytes)[] Files =>
    [
        ("voice-activity.onnx", TinyGraphs.Voice()), ("encoder.onnx", Npm("encoder_model")), ("decoder.onnx", Npm("decoder_model_merged")),
        (SubwordVocabulary.FileName, Vocabulary()),
    ];

    public static GraphManifest[] Graphs
    {
        get
        {
            IEnumerable<TensorManifest> States(string prefix) =>
                from layer in Enumerable.Range(0, 6) from side in new[] { "decoder", "encoder" } from part in new[] { "key", "value" }
                select new TensorManifest($"{prefix}.{layer}.{side}.{part}", ["1", "8", "time", "36"]);
            return
            [
                new GraphManifest(
                    TextModel.VoiceRole, "voice-activity.onnx", [new("chunks", ["n", "576"]), new("state", ["2", "1", "4"])],
                    [new("speech", ["n"]), new("next_state", ["2", "1", "4"])]),
                new GraphManifest(
                    TextModel.EncoderRole, "encoder.onnx", [new("input_values", ["1", "samples"])], [new("last_hidden_state", ["1", "frames", "288"])]),
                new GraphManifest(
                    TextModel.DecoderRole, "decoder.onnx",
                    [
                        new("input_ids", ["1", "1"]), new("encoder_hidden_states", ["1", "frames", "288"]), new("use_cache_branch", ["1"]),
                        .. States("past_key_values"),
                    ],
                    [new("logits", ["1", "1", "32768"]), .. States("present")]),
            ];
        }
    }

    /// <summary>A token a line.</summary>
    public static byte[] Vocabulary()
    {
        var source = File.ReadAllText(Repository.PathOf("node_modules", "llama-tokenizer-js", "llama-tokenizer.js"));
        return Convert.FromBase64String(Regex.Match(source, """llama_vocab_base64\s*=\s*["'`]([A-Za-z0-9+/=]+)""").Groups[1].Value);
    }

    private static byte[] Npm(string graph) => File.ReadAllBytes(
        Repository.PathOf("node_modules", "@moonshine-ai", "moonshine-js", "dist", "model", "tiny", "quantized", graph + ".onnx"));
}

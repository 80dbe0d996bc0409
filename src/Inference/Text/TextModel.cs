using Emotion.Features.Words;
using Emotion.Inference.Audio;
using Emotion.Inference.Golden;
using Emotion.Inference.Hosting;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Text;

/// <summary>
/// What was said, and what it carries: speech to text of a text package, which holds graphs of the roles <see cref="VoiceRole"/>, <see cref="EncoderRole"/> and
/// <see cref="DecoderRole"/>, and the decoder's vocabulary as <see cref="SubwordVocabulary.FileName"/>; and,
/// where there is a graph of role <see cref="ClassifierRole"/>, a classifier over <see cref="WordPieces.FileName"/>.
/// </summary>
public sealed class TextModel : IServableModel<TextModel>
{
    public const string VoiceRole = AudioModel.VoiceRole, EncoderRole = AudioModel.EncoderRole, DecoderRole = "decoder",
        ClassifierRole = AudioModel.ClassifierRole;

    private TextModel(ModelPackage package, MoonshineTranscriber transcriber, TextClassifier? classifier)
    {
        Package = package;
        Transcriber = transcriber;
        Classifier = classifier;
    }

    public static string ModelName => "text";

    public ModelPackage Package { get; }

    public MoonshineTranscriber Transcriber { get; }

    /// <summary>Null where the package has none.</summary>
    public TextClassifier? Classifier { get; }

    public int SampleRate => Transcriber.Spec.SampleRate;

    public static TextModel Load(ModelPackage package, ModelRuntime runtime)
    {
        var manifest = package.Manifest;
        var spec = manifest.Spec<TextSpec>();
        var opened = new Stack<IDisposable>();
        try
        {
            var voice = Keep(opened, runtime.Sessions.Open(package, VoiceRole));
            var encoder = Keep(opened, runtime.Sessions.Open(package, EncoderRole));
            var decoder = Keep(opened, runtime.Sessions.Open(package, DecoderRole));
            var classifier = spec.Classifier is null ? null : Keep(opened, runtime.Sessions.Open(package, ClassifierRole));
            return manifest.Build(() => new TextModel(package, new MoonshineTranscriber(
                new VoiceActivity(voice, spec.VoiceActivity), encoder, new MoonshineDecoder(decoder),
                SubwordVocabulary.Parse(File.ReadAllBytes(package.PathOf(SubwordVocabulary.FileName))), spec.Transcriber),
                classifier is null ? null : new TextClassifier(
                    classifier, WordPieces.Parse(File.ReadAllText(package.PathOf(WordPieces.FileName))), spec.Classifier!,
                    runtime.Batching.MaxBatchSize)));
        }
        catch
        {
            while (opened.TryPop(out var graph))
            {
                graph.Dispose();
            }

            throw;
        }
    }

    /// <summary>One second of a vowel, which is no word: it holds the numbers, not the understanding.</summary>
    public static GoldenInputs SynthesiseGolden(TextModel model) => new() { ["pcm"] = GoldenInputs.Vowel(1, model.SampleRate) };

    public Task<IReadOnlyDictionary<string, float[]>> RunGoldenAsync(GoldenInputs inputs, CancellationToken cancellationToken)
    {
        var outputs = new Dictionary<string, float[]>(Transcriber.Try(Array.ConvertAll(inputs.Get("pcm"), sample => (short)sample), cancellationToken));
        if (Classifier?.Try() is { } reading)
        {
            (outputs["posterior"], outputs["each"], outputs["embedding"]) = (reading.Posterior, reading.Each, reading.Embedding);
        }

        return Task.FromResult<IReadOnlyDictionary<string, float[]>>(outputs);
    }

    public ValueTask DisposeAsync()
    {
        Transcriber.Dispose();
        Classifier?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static T Keep<T>(Stack<IDisposable> opened, T graph) where T : IDisposable
    {
        opened.Push(graph);
        return graph;
    }
}

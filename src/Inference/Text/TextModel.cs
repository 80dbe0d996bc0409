using Emotion.Inference.Audio;
using Emotion.Inference.Golden;
using Emotion.Inference.Hosting;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Text;

/// <summary>
/// What was said: speech to text of a text package, which holds graphs of the roles <see cref="VoiceRole"/>, <see cref="EncoderRole"/> and
/// <see cref="DecoderRole"/>, and the decoder's vocabulary as <see cref="SubwordVocabulary.FileName"/>.
/// </summary>
public sealed class TextModel : IServableModel<TextModel>
{
    public const string VoiceRole = AudioModel.VoiceRole, EncoderRole = AudioModel.EncoderRole, DecoderRole = "decoder";

    private TextModel(ModelPackage package, MoonshineTranscriber transcriber)
    {
        Package = package;
        Transcriber = transcriber;
    }

    public static string ModelName => "text";

    public ModelPackage Package { get; }

    public MoonshineTranscriber Transcriber { get; }

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
            return manifest.Build(() => new TextModel(package, new MoonshineTranscriber(
                new VoiceActivity(voice, spec.VoiceActivity), encoder, new MoonshineDecoder(decoder),
                SubwordVocabulary.Parse(File.ReadAllBytes(package.PathOf(SubwordVocabulary.FileName))), spec.Transcriber)));
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

    public Task<IReadOnlyDictionary<string, float[]>> RunGoldenAsync(GoldenInputs inputs, CancellationToken cancellationToken) =>
        Task.FromResult(Transcriber.Try(Array.ConvertAll(inputs.Get("pcm"), sample => (short)sample), cancellationToken));

    public ValueTask DisposeAsync()
    {
        Transcriber.Dispose();
        return ValueTask.CompletedTask;
    }

    private static T Keep<T>(Stack<IDisposable> opened, T graph) where T : IDisposable
    {
        opened.Push(graph);
        return graph;
    }
}

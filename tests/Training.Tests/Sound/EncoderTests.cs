using Emotion.Features.Mfcc;
using Emotion.Training.Datasets;
using Emotion.Training.Onnx;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Proto = Onnx;

namespace Emotion.Training.Tests.Sound;

public sealed class EncoderTests : IDisposable
{
    private static readonly Proto.ModelProto Encoder = NpmGraph.Read(EncoderGraph.FileName);
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-encoder-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Pooled_TwoLayers_IsTheMeanAndDeviationOfTheirFrames()
    {
        var samples = Vowel(16000);
        float[] pooled = Run(EncoderGraph.Pooled(Encoder, [2, EncoderGraph.Last]), samples, "pooled");
        float[] frames = Run(Encoder, samples, "last_hidden_state");

        Assert.Equal(4 * EncoderGraph.Width, pooled.Length);
        var rows = frames.Chunk(EncoderGraph.Width).ToList();
        Assert.InRange(rows.Count, 38, 42);
        for (var i = 0; i < EncoderGraph.Width; i++)
        {
            var mean = rows.Average(row => (double)row[i]);
            var deviation = Math.Sqrt(rows.Average(row => (row[i] - mean) * (row[i] - mean)));
            Assert.Equal(mean, pooled[2 * EncoderGraph.Width + i], 1e-3);
            Assert.Equal(deviation, pooled[3 * EncoderGraph.Width + i], 1e-3);
        }
    }

    [Fact]
    public void Pooled_UnknownLayer_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => EncoderGraph.Pooled(Encoder, [8]));

    [Fact]
    public async Task Encode_TooShortSound_IsFilledUpWithSilence()
    {
        using var loan = await SoundLoan.EncoderAsync(EncoderGraph.Pooled(Encoder, EncoderFeatures.Layers), EncoderFeatures.Spec, Token);
        var (briefly, filled) = (new float[loan.Model.Length], new float[loan.Model.Length]);
        var pcm = Vowel(400).Select(sample => (short)(sample * 32768)).ToArray();

        loan.Model.Encode(pcm, briefly);
        loan.Model.Encode([.. pcm, .. new short[EncoderFeatures.Spec.MinimumSamples - pcm.Length]], filled);

        Assert.Equal(filled, briefly);
        Assert.True(briefly.Max() > 0 && briefly.All(float.IsFinite));
    }

    [Fact]
    [Trait("needs", "corpus")]
    public async Task Features_OfRavdess_AreThoseOfTheTrimmedSound()
    {
        // One of each of five actors: to decode and encode all 1440 takes minutes.
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "ravdess", "speech")).FullName;
        foreach (var actor in new[] { 1, 6, 11, 16, 21 })
        {
            var file = Directory.GetFiles(DataRoot.FromEnvironment().Corpus("ravdess", "speech", $"Actor_{actor:00}")).Order(StringComparer.Ordinal).ElementAt(7);
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(file)), file);
        }

        var data = new DataRoot(_folder, _folder);
        var corpus = await Ravdess.ReadAsync(data, Token);
        var features = await EncoderFeatures.ReadAsync(data, corpus, Token);

        Assert.Equal((5, 2 * EncoderGraph.Width), (corpus.Recordings.Count, features.Dimension));
        var frontEnd = new MfccFrontEnd(RecipeFile.Read<AudioRecipe>("audio").Mfcc.WithoutNormalisation());
        using var loan = await SoundLoan.EncoderAsync(EncoderGraph.Pooled(Encoder, EncoderFeatures.Layers), EncoderFeatures.Spec, Token);
        foreach (var recording in corpus.Recordings)
        {
            var quality = frontEnd.WriteWindow(recording.Pcm, new float[frontEnd.FeatureCount]);
            var (hop, length) = (frontEnd.Spec.HopLength, frontEnd.Spec.FrameLength);
            var speech = recording.Pcm[(quality.RegionStart * hop)..((quality.RegionStart + quality.RegionFrames - 1) * hop + length)];
            var expected = new float[features.Dimension];
            loan.Model.Encode(speech, expected);
            Assert.Equal(expected, features.Of(recording.Name).ToArray());
        }

        Assert.Throws<ArgumentException>(() => features.Of("03-01-01-01-01-01-99"));
    }

    private static float[] Run(Proto.ModelProto graph, float[] samples, string output)
    {
        using var runner = new GraphRunner(graph, 1);
        return runner.Run([("input_values", samples, [1, samples.Length])], output)[0];
    }

    private static float[] Vowel(int samples) =>
        [.. Enumerable.Range(0, samples).Select(i => (float)(0.2 * Math.Sin(0.05 * i) + 0.1 * Math.Sin(0.31 * i + 2 * Math.Sin(0.001 * i))))];
}

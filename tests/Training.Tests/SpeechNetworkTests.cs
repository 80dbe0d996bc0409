using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Training.Augmentation;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using Emotion.Training.Recipes;
using static Emotion.Training.Tests.Parity;
using static TorchSharp.torch;

namespace Emotion.Training.Tests;

public class SpeechNetworkTests
{
    private static readonly AudioRecipe Recipe = RecipeFile.Read<AudioRecipe>("audio") with { Input = new SpeechInputSpec { Bands = 32, Centred = true } };
    private static readonly MfccSpec Spec = (Recipe.Mfcc with { Frames = 60 }).WithoutNormalisation() with
    {
        Deviation = [.. Enumerable.Range(1, Recipe.Mfcc.Coefficients).Select(i => 30f / i)],
    };

    [Fact]
    public void SpeechNetwork_Exported_GivesTheSameLogitsAndEmbedding()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var trained = new SpeechNetwork(Recipe with { Training = Recipe.Training with { Precision = "float32" } }, Spec);
        Unsettle(trained.Body);
        trained.eval();
        using var _ = no_grad();
        var input = randn(3, 1, Spec.Frames, Spec.Coefficients);
        var (logits, embedding) = trained.call(input);

        var head = new ClassifierHead(1, [.. Enumerable.Repeat(true, EmotionLabels.Count)]);
        using var exported = new GraphRunner(SpeechGraph.Write(trained, Recipe, Spec, head), threads: 1);
        var outputs = exported.Run([("features", Values(input), input.shape)], "logits", "embedding");

        Close(Values(logits), outputs[0]);
        Close(Values(embedding), outputs[1]);
    }

    [Fact]
    public void CepstralPicture_OfAllCoefficients_IsTheLogMelSpectrumScaledPerBand()
    {
        // With as many coefficients as bands the inverse is exact: a spectrum that peaks in one band comes back as that.
        var spec = Spec with { MelBands = 16, Coefficients = 16, Mean = new float[16], Deviation = [.. Enumerable.Repeat(1f, 16)] };
        const int Peak = 5;
        var cepstrum = Enumerable.Range(0, 16).Select(i => Math.Sqrt((i == 0 ? 1.0 : 2.0) / 16) * Math.Cos(Math.PI * i * (Peak + 0.5) / 16)).ToArray();

        var matrix = CepstralPicture.Matrix(spec, 16);

        for (var band = 0; band < 16; band++)
        {
            var value = Enumerable.Range(0, 16).Sum(i => cepstrum[i] * matrix[i * 16 + band]);
            Assert.Equal(band == Peak ? 1 : 0, value, 5);
        }
    }

    [Fact]
    public void WeightAverage_OfManySteps_FollowsTheWeightsWithItsDecay()
    {
        using var scope = NewDisposeScope();
        var (source, twin) = (nn.Linear(1, 1), nn.Linear(1, 1));
        using (no_grad())
        {
            source.weight.copy_(zeros(1, 1));
        }

        var average = new WeightAverage(source, twin, 0.5);
        average.Begin(steps: 0);
        using (no_grad())
        {
            source.weight.copy_(ones(1, 1));
        }

        // The first step keeps 2/11 of what was; the second 3/12; from the eighth on it would be the decay of 0.5.
        average.Step();
        Assert.Equal(1 - 2.0 / 11, Values(twin.weight)[0], 5);
        average.Step();
        Assert.Equal(1 - 2.0 / 11 * 3 / 12, Values(twin.weight)[0], 5);
    }

    [Fact]
    public void TelephoneLine_OfTones_PassesTheMiddleAndTakesTheEnds()
    {
        static double Left(double hertz)
        {
            var tone = Enumerable.Range(0, 16000).Select(i => (float)(0.5 * Math.Sin(2 * Math.PI * hertz * i / 16000))).ToArray();
            TelephoneLine.Pass(tone, 16000);
            return 10 * Math.Log10(tone.Skip(4000).Average(x => (double)x * x) / 0.125);
        }

        Assert.InRange(Left(1000), -0.5, 0.5);
        Assert.True(Left(100) < -30);
        Assert.True(Left(7000) < -30);
    }
}

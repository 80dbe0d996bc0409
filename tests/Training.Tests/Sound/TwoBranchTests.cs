using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Inference.Audio;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Calibration;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Tests.Sound;

public sealed class TwoBranchTests : IDisposable
{
    private static readonly SecondBranchRecipe Branch = RecipeFile.Read<SecondBranchRecipe>("speech-two-branch");
    private static readonly AudioRecipe Recipe = Shortened(RecipeFile.Read<AudioRecipe>("audio"));
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-two-branch-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Graph_OfBothBranches_GivesTheWeightedSumOfTheirLogits()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var spec = TrainAudio.Normalised([Tone(0, 1)], Recipe.Mfcc);
        var network = new SpeechNetwork(Recipe, spec);
        var branch = new SpokenBranch(Branch);
        Parity.Unsettle(network);
        Parity.Unsettle(branch);
        network.eval();
        branch.eval();
        var head = new ClassifierHead(1.7, EmotionLabels.Mask(EmotionLabels.Names));
        var (features, encoder) = (randn(3, 1, spec.Frames, spec.Coefficients), randn(3, branch.Input));
        var (seen, heard) = (network.call(features), branch.call(encoder));

        var graph = TwoBranchGraph.Write(
            SpeechGraph.Write(network, Recipe, spec, head with { Temperature = 1 }), branch, new PoolWeights(0.6, 0.9), head);

        using var runner = new GraphRunner(graph, threads: 1);
        var outputs = runner.Run(
            [("features", Parity.Values(features), features.shape), ("encoder", Parity.Values(encoder), encoder.shape)], "logits", "posterior", "embedding");
        Parity.Close(Parity.Values((seen.Logits * 0.6 + heard.Logits * 0.9) / 1.7), outputs[0]);
        Parity.Close(Parity.Values(((seen.Logits * 0.6 + heard.Logits * 0.9) / 1.7).softmax(1)), outputs[1]);
        Parity.Close(Parity.Values(cat([seen.Logits, heard.Hidden], 1)), outputs[2]);
        Assert.Equal(3 * 512, outputs[2].Length);
    }

    [Fact]
    public async Task Branch_TrainedBesideANetworkOnTones_IsServedAsOnePackage()
    {
        var recordings = Enumerable.Range(0, 32).Select(i => Tone(i, i % 2 == 0 ? 1 : 2)).ToList();
        var split = new SpeechSplit(recordings[..24], recordings[24..], [], []);
        var (first, run) = (new RunFolder(Path.Combine(_folder, "network")), new RunFolder(Path.Combine(_folder, "branch")));
        TrainAudio.Fit(split.Training, split.Validation, Recipe, first, _ => { }, Token);
        var spec = first.ReadJson<MfccSpec>(TrainAudio.SpecFile);
        var recipe = Recipe with { SecondBranch = Branch with { Copies = 1, Training = Branch.Training with { Epochs = 4, BatchSize = 8 } } };
        var features = await EncoderFeatures.ReadAsync(new DataRoot(_folder, _folder), new Ravdess("tones", recordings), recipe, Token);
        TrainTwoBranch.Begin(first, run, recipe, spec);

        TrainTwoBranch.Fit(split, features, recipe, spec, run, _ => { }, Token);

        Assert.Equal((1, Branch.Layers.Count * 2 * EncoderGraph.Width), (features.Copies, features.Dimension));
        Assert.NotEqual(features.Of(recordings[0].Name).ToArray(), features.Of(recordings[0].Name, 1).ToArray());
        var losses = File.ReadLines(run.FilePath(RunFolder.MetricsName)).Select(line => (double)System.Text.Json.Nodes.JsonNode.Parse(line)!["loss"]!).ToList();
        Assert.True(losses[^1] < losses[0]);
        var package = await PackageAsync(run, recipe, spec);
        await using var model = AudioModel.Load(package, PackageFolder.Runtime);
        var result = await model.ClassifyAsync(new ClipWindow(0, 0, 1), recordings[0].Pcm, Token);
        Assert.Null(result.Abstention);
        Assert.Equal(512, result.Embedding.Length);
        Assert.Equal(1, result.Posterior.Sum(), 5);
        Assert.Contains(package.Manifest.Graphs, graph => graph.Role == AudioModel.EncoderRole);
    }

    [Fact]
    public void Pool_OfAnHonestAndAnIgnorantOpinion_TrustsTheHonestOne()
    {
        var random = new Random(3);
        var labels = Enumerable.Range(0, 2000).Select(_ => random.Next(8)).ToArray();
        var honest = labels.Select(label => Opinion(label, random, 0.6f)).ToList();
        var ignorant = labels.Select(_ => Opinion(random.Next(8), random, 0.6f)).ToList();

        var weights = LogLinearPool.Fit(honest, ignorant, labels);

        Assert.InRange(weights.First, 0.85, 1.15);
        Assert.InRange(weights.Second, 0, 0.1);
    }

    [Fact]
    public void Pool_OfTwoIndependentOpinionsOneOfThemBoasting_IsTheirProductWithoutTheBoast()
    {
        var random = new Random(4);
        var labels = Enumerable.Range(0, 2000).Select(_ => random.Next(8)).ToArray();
        var honest = labels.Select(label => Opinion(label, random, 0.5f)).ToList();
        var boasting = labels.Select(label => Sharpened(Opinion(label, random, 0.5f), 3)).ToList();

        var weights = LogLinearPool.Fit(honest, boasting, labels);

        Assert.InRange(weights.First, 0.85, 1.15);
        Assert.InRange(weights.Second, 0.85 / 3, 1.15 / 3);
    }

    private async Task<ModelPackage> PackageAsync(RunFolder run, AudioRecipe recipe, MfccSpec spec)
    {
        using var maker = new PackageFolder(_folder);
        var draft = new ModelManifest
        {
            Name = AudioModel.ModelName,
            Opset = GraphBuilder.Opset,
            Graphs = [maker.Add("classifier", "model.onnx", AudioPackage.Classifier(run, recipe, spec, EmotionLabels.Mask(EmotionLabels.Names))), .. SoundGraphs.Add(maker, recipe)],
            Labels = EmotionLabels.Names,
            CoveredLabels = EmotionLabels.Names,
            FrontEnd = PackageFolder.Json(new AudioSpec { Mfcc = spec, Encoder = recipe.SecondBranch!.Encoder }),
            Recipe = RecipeFile.ToJson(recipe),
            GitCommit = "none",
            Datasets = [],
            Metrics = [],
            License = Licences.Audio,
        };
        await maker.FinishAsync<AudioModel>(draft, Token);
        return await PackageFolder.NewestAsync(_folder, AudioModel.ModelName, Token);
    }

    // Right with the probability that it says; the other labels share the rest.
    private static float[] Opinion(int label, Random random, float sure)
    {
        var said = random.NextSingle() < sure ? label : (label + 1 + random.Next(7)) % 8;
        return [.. Enumerable.Range(0, 8).Select(i => i == said ? sure : (1 - sure) / 7)];
    }

    private static float[] Sharpened(float[] posterior, double power)
    {
        var powers = Array.ConvertAll(posterior, p => (float)Math.Pow(p, power));
        return Array.ConvertAll(powers, p => p / powers.Sum());
    }

    private static AudioRecipe Shortened(AudioRecipe recipe) => recipe with
    {
        Teacher = null, VoiceActivity = null, Mfcc = recipe.Mfcc with { Frames = 64 },
        Training = recipe.Training with { Epochs = 1, BatchSize = 8, Precision = "float32", Mixup = 0 },
    };

    private static SpeechRecording Tone(int i, int label) => new($"tone-{i}", label, 1 + i % 24,
        [.. Enumerable.Range(0, 12_000).Select(n => (short)(8000 * Math.Sin(2 * Math.PI * (label * 300 + i) * n / 16000) * (1 + Math.Sin(0.003 * n))))]);
}

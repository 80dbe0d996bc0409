using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Recipes;

namespace Emotion.Training.Tests;

/// <summary>Every shipped recipe for two epochs on a little data that a network can learn: the loss goes down.</summary>
public sealed class RecipeSmokeTests : IDisposable
{
    private const int FaceEmbedding = 512;

    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-training-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void VideoRecipe_TwoEpochsOfStripes_LosesLoss()
    {
        var recipe = RecipeFile.Read<VideoRecipe>("video");
        recipe = recipe with { Network = "resnet18", Init = null, Distillation = null, Training = Short(recipe.Training), Stages = [new PictureStage(2, 24, 0.4)] };
        var pictures = Enumerable.Range(0, 96).Select(i => Stripes(i)).ToList();

        TrainVideo.Fit(pictures, pictures[..16], recipe, new RunFolder(_folder), _ => { }, TestContext.Current.CancellationToken);

        LossFell();
        Assert.Equal(recipe.Training, new RunFolder(_folder).ReadJson<VideoRecipe>(RunFolder.RecipeName).Training);
    }

    [Fact]
    public void AudioRecipe_TwoEpochsOfTones_LosesLoss()
    {
        var recipe = RecipeFile.Read<AudioRecipe>("audio");
        // A second is 62 frames.
        recipe = recipe with { Training = Short(recipe.Training) with { Mixup = 0, BatchSize = 8 }, Mfcc = recipe.Mfcc with { Frames = 64 }, Teacher = null };
        var recordings = Enumerable.Range(0, 32).Select(i => Tone(i)).ToList();

        TrainAudio.Fit(recordings, recordings[..8], recipe, new RunFolder(_folder), _ => { }, TestContext.Current.CancellationToken);

        LossFell();
    }

    [Fact]
    public void SequenceRecipe_TwoEpochsOfClusters_LosesLoss()
    {
        var recipe = RecipeFile.Read<SequenceRecipe>("sequence");
        recipe = recipe with { Training = Short(recipe.Training), Composition = recipe.Composition with { SequencesPerEpoch = 256 } };
        var labels = CorpusLabels.Fer2013.Covered.Select(EmotionLabels.IndexOf).ToArray();
        var stills = new StillPool<float[]>(labels.Select(label => new Still<float[]>(label, [Cluster(label, FaceEmbedding)])), recipe.Composition);
        var random = new Random(1);
        var validation = labels.Select(label => new EmbeddedSequence(label, stills.Compose(label, random))).ToList();

        TrainSequence.Fit(stills, [], validation, recipe, new RunFolder(_folder), _ => { }, TestContext.Current.CancellationToken);

        LossFell();
    }

    [Theory]
    [InlineData("audio", "video")]
    [InlineData("audio", "video", "text")]
    public void FusionRecipe_TwoEpochsOfClusters_LosesLoss(params string[] modalities)
    {
        var recipe = RecipeFile.Read<FusionRecipe>("fusion");
        var training = Short(recipe.Training);
        // The recipe's steps are too small to show in two short epochs.
        training = training with { Optimizer = training.Optimizer with { LearningRate = 0.001 } };
        recipe = recipe with { Training = training, TuplesPerEpoch = 512, TuplesJudged = 64 };
        var uniform = Enumerable.Repeat(1f / 8, 8).ToArray();
        var pools = new ModalityPools([.. modalities.Select((name, m) =>
        {
            bool[] covered = [.. EmotionLabels.Names.Select(label => m == 0 || label != "calm")];
            var labels = Enumerable.Range(0, 8).Where(label => covered[label]);
            return new ModalityPool(name, covered, [.. labels.Append(0).Select(label => new Evidence(label, Cluster(label, 64 * (m + 1)), uniform))]);
        })]);

        TrainFusion.Fit(pools, pools, recipe, new RunFolder(_folder), _ => { }, TestContext.Current.CancellationToken);

        LossFell();
        // The rival that every fusion run trains beside it, and what it answers to tuples of some and of all modalities.
        var attention = Path.Combine(_folder, TrainFusion.AttentionFolder);
        Assert.Null(AttentionRival.Of(new RunFolder(_folder), []));
        TrainFusion.Fit(pools, pools, recipe, new RunFolder(attention), _ => { }, TestContext.Current.CancellationToken, spec => new AttentionFusion(spec));
        LossFell(TrainFusion.AttentionFolder);
        var tuples = pools.Subsets.Select(subset => FusionTuples.Of(pools, subset, recipe)).ToList();
        var rival = AttentionRival.Of(new RunFolder(_folder), tuples[^1])!;
        Assert.All(tuples, some => Assert.All(rival.Answers(some), posterior => Assert.Equal(1, posterior.Sum(), 3)));
        var rivals = new FusionRivals(pools.Modalities, tuples[^1]) { Attention = rival.Answers };
        Assert.Equal(["mean", "product", "weights", "attention"], rivals.Together("", tuples[^1]).Keys);
        var shape = new RunFolder(_folder).ReadJson<FusionNetworkSpec>(TrainFusion.NetworkFile);
        Assert.Equal(modalities, shape.Modalities.Select(modality => modality.Name));
        Assert.Equal(64 * modalities.Length, shape.Modalities[^1].EmbeddingSize);
    }

    [Fact]
    public void Training_StoppedAfterAnEpochAndResumed_EndsWhereAnUninterruptedOneDoes()
    {
        var recipe = RecipeFile.Read<SequenceRecipe>("sequence");
        recipe = recipe with { Training = Short(recipe.Training), Composition = recipe.Composition with { SequencesPerEpoch = 128 } };
        var labels = CorpusLabels.Fer2013.Covered.Select(EmotionLabels.IndexOf).ToArray();
        var stills = new StillPool<float[]>(labels.Select(label => new Still<float[]>(label, [Cluster(label, FaceEmbedding)])), recipe.Composition);
        List<EmbeddedSequence> validation = [new(0, [Cluster(0, FaceEmbedding)])];
        void Fit(string name, Action<string> report, CancellationToken token) =>
            TrainSequence.Fit(stills, [], validation, recipe, new RunFolder(Path.Combine(_folder, name)), report, token);

        Fit("straight", _ => { }, TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Fit("resumed", line =>
        {
            if (line.StartsWith("epoch 1/", StringComparison.Ordinal))
            {
                stop.Cancel();
            }
        }, stop.Token));
        Fit("resumed", _ => { }, TestContext.Current.CancellationToken);

        Assert.Equal(Losses("straight"), Losses("resumed"));
    }

    [Fact]
    public void Training_WithAveragedWeightsStoppedAndResumed_KeepsTheAverageOfAnUninterruptedOne()
    {
        var recipe = RecipeFile.Read<VideoRecipe>("video");
        recipe = recipe with { Network = "squeezenet", Init = null, Distillation = null, Training = Short(recipe.Training) with { Averaging = 0.9 }, Stages = [new PictureStage(2, 24, 0.4)] };
        var pictures = Enumerable.Range(0, 32).Select(i => Stripes(i)).ToList();
        void Fit(string name, Action<string> report, CancellationToken token) =>
            TrainVideo.Fit(pictures, pictures[..16], recipe, new RunFolder(Path.Combine(_folder, name)), report, token);

        Fit("straight", _ => { }, TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Fit("resumed", line =>
        {
            if (line.StartsWith("epoch 1/", StringComparison.Ordinal))
            {
                stop.Cancel();
            }
        }, stop.Token));
        Fit("resumed", _ => { }, TestContext.Current.CancellationToken);

        Assert.Equal(Average("straight"), Average("resumed"));

        float[] Average(string name)
        {
            using var network = TrainVideo.NetworkOf(recipe);
            network.load(new RunFolder(Path.Combine(_folder, name)).Best);
            return [.. network.parameters().SelectMany(parameter => parameter.data<float>().ToArray())];
        }
    }

    [Fact]
    public void SequenceTraining_WithALabelThatFacesDoNotCover_IsRefusedByName()
    {
        var recipe = RecipeFile.Read<SequenceRecipe>("sequence");
        var stills = new StillPool<float[]>([new Still<float[]>(0, [Cluster(0, FaceEmbedding)])], recipe.Composition);
        var (calm, happy) = (new EmbeddedSequence(EmotionLabels.IndexOf("calm"), [Cluster(1, FaceEmbedding)]), new EmbeddedSequence(2, [Cluster(2, FaceEmbedding)]));

        var refused = Assert.Throws<ArgumentException>(() => TrainSequence.Fit(
            stills, [calm], [happy], recipe, new RunFolder(_folder), _ => { }, TestContext.Current.CancellationToken));

        Assert.Contains("'calm'", refused.Message, StringComparison.Ordinal);
    }

    private static TrainingSpec Short(TrainingSpec spec) =>
        spec with { Epochs = 2, BatchSize = 16, LabelSmoothing = 0, Precision = "float32", Optimizer = spec.Optimizer with { WarmupFraction = 0.05 } };

    private void LossFell(string run = "")
    {
        var losses = Losses(run);
        Assert.Equal(2, losses.Length);
        Assert.True(losses[1] < losses[0], $"loss went from {losses[0]} to {losses[1]}");
        Assert.True(File.Exists(new RunFolder(Path.Combine(_folder, run)).Best));
    }

    private double[] Losses(string run) =>
        [.. File.ReadLines(Path.Combine(_folder, run, "metrics.jsonl")).Select(line => JsonNode.Parse(line)!["loss"]!.GetValue<double>())];

    // Happy is bright above, sad is bright below.
    private static FacePicture Stripes(int i)
    {
        var label = i % 2 == 0 ? EmotionLabels.IndexOf("happy") : EmotionLabels.IndexOf("sad");
        var random = new Random(i);
        var gray = new byte[FacePicture.Side * FacePicture.Side];
        for (var at = 0; at < gray.Length; at++)
        {
            var above = at < gray.Length / 2;
            gray[at] = (byte)((above == (i % 2 == 0) ? 180 : 40) + random.Next(40));
        }

        return new FacePicture($"p{i}", label, $"{i:x8}", gray);
    }

    // Low tones are sad, high ones happy.
    private static SpeechRecording Tone(int i)
    {
        var (label, hertz) = i % 2 == 0 ? ("sad", 180.0) : ("happy", 700.0);
        var pcm = new short[16_000];
        var random = new Random(i);
        for (var n = 0; n < pcm.Length; n++)
        {
            pcm[n] = (short)(6000 * Math.Sin(2 * Math.PI * hertz * n / 16_000) * Math.Sin(Math.PI * n / pcm.Length) + random.Next(-200, 200));
        }

        return new SpeechRecording($"r{i}", EmotionLabels.IndexOf(label), 1, pcm);
    }

    private static float[] Cluster(int label, int size)
    {
        var random = new Random(label);
        return [.. Enumerable.Range(0, size).Select(_ => (float)(random.NextDouble() * 2 - 1))];
    }
}

using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using Emotion.Training.Recipes;
using static TorchSharp.torch;

namespace Emotion.Training.Tests.Faces;

public class DistillationTests
{
    private static readonly VideoRecipe Recipe = RecipeFile.Read<VideoRecipe>("video") with { Distillation = new DistillationSpec(0.75) };
    private static readonly bool[] Covered = EmotionLabels.Mask(CorpusLabels.Fer2013.Covered);

    [Fact]
    public void Targets_WithATeacher_AreItsPosteriorAndTheLabelByTheirShares()
    {
        var recipe = Recipe with { Training = Recipe.Training with { LabelSmoothing = 0, BatchSize = 4 }, Stages = [new PictureStage(1, 24, 0)] };
        FacePicture[] pictures = [.. Enumerable.Range(0, 4).Select(i => Noise(i, label: 2 + i))];
        var taught = pictures.Select(picture => OneHot(picture.Label + 1)).ToList();

        var batch = new FacePictures(pictures, recipe, Covered, taught).Epoch(0, new Random(1)).Single();

        var targets = batch.Targets.Chunk(EmotionLabels.Count).OrderBy(target => Array.IndexOf(target, 0.25f)).ToList();
        Assert.All(targets.Zip(pictures), pair =>
        {
            Assert.Equal(0.25f, pair.First[pair.Second.Label]);
            Assert.Equal(0.75f, pair.First[pair.Second.Label + 1]);
            Assert.Equal(1, pair.First.Sum(), 1e-6);
        });
    }

    [Fact]
    public void Teacher_OfAPictureAndItsMirrorImage_SaysTheSameOfBoth()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var network = new ResNet(new ResNetSpec([1, 1, 1, 1], "conv3x3-stride2", EmotionLabels.Count, 0));
        network.eval();
        var graph = PictureGraph.Write(network, "faces", 48, 48, InputView.Plain, new ClassifierHead(1, Covered));
        FacePicture[] pictures = [.. Enumerable.Range(0, 70).Select(i => Noise(i, label: 2))];

        var (some, mirrored) = (Taught(pictures), Taught(pictures.Select(Mirrored)));

        Assert.Equal(pictures.Length, some.Count);
        Assert.All(some.Zip(mirrored), pair => Assert.All(pair.First.Zip(pair.Second), label => Assert.Equal(label.First, label.Second, 1e-5)));
        Assert.Contains(some, posterior => Math.Abs(posterior[2] - some[0][2]) > 1e-4);

        IReadOnlyList<float[]> Taught(IEnumerable<FacePicture> of) =>
            FaceTeacher.Posteriors(graph, new FaceAligner(Recipe.FaceFrame), [.. of], 1, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Training_WithATeacherButNothingToStartFrom_IsRefused()
    {
        var folder = Directory.CreateTempSubdirectory("emotion-distillation-").FullName;
        try
        {
            var refused = Assert.Throws<ArgumentException>(() => TrainVideo.Fit(
                [Noise(0, 2)], [Noise(1, 2)], Recipe with { Network = "resnet18", Init = null }, new RunFolder(folder), _ => { }, TestContext.Current.CancellationToken));

            Assert.Contains("'init'", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static float[] OneHot(int label) => [.. Enumerable.Range(0, EmotionLabels.Count).Select(i => i == label ? 1f : 0)];

    private static FacePicture Noise(int seed, int label)
    {
        var gray = new byte[FacePicture.Side * FacePicture.Side];
        new Random(seed).NextBytes(gray);
        return new FacePicture($"p{seed}", label, $"{seed:x8}", gray);
    }

    private static FacePicture Mirrored(FacePicture picture) =>
        picture with { Gray = [.. picture.Gray.Chunk(FacePicture.Side).SelectMany(row => row.Reverse())] };
}

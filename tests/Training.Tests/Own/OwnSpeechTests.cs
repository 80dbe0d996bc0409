using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Inference.Audio;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;

namespace Emotion.Training.Tests.Own;

/// <summary>From a folder of spoken clips, by way of the shipped speech network, to a package of one's own.</summary>
public sealed class OwnSpeechTests : IDisposable
{
    private static readonly string Models = Path.Combine(DataRoot.RepositoryRoot(), "models");
    private readonly string _root = Directory.CreateTempSubdirectory("own-speech-").FullName;
    private readonly List<string> _said = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private DataRoot Data => new(_root, Path.Combine(_root, "cache"));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task OwnCorpus_FromFolderToPackage_GoesOnFromTheShippedNetworkAndSaysWhatItLearned()
    {
        var start = await PackageFolder.NewestAsync(Models, AudioModel.ModelName, Token);
        var recipe = RecipeFile.Read<AudioRecipe>("audio-own");
        recipe = recipe with { Init = start.Version, Training = recipe.Training with { Epochs = 2, BatchSize = 8, Precision = "float32", Mixup = 0 } };
        var run = new RunFolder(Path.Combine(_root, "run"));
        var source = new OwnCorpusSource(Spoken.Corpus(Path.Combine(_root, "spoken"), sentences: 2), "Spoken clips", "by agreement of 1 November", false);

        await TrainAudio.RunAsync(Data with { Own = source }, recipe, Models, run, _said.Add, Token);
        var export = await AudioPackage.ExportAsync(Data, run, "float32", Path.Combine(_root, "packages"), _said.Add, Token);

        var package = await PackageFolder.NewestAsync(Path.Combine(_root, "packages"), AudioModel.ModelName, Token);
        var manifest = package.Manifest;
        Assert.Contains(_said, line => line == $"starts from audio/{start.Version}");
        Assert.Equal((start.Version, export.Version), (manifest.Lineage, package.Version));
        Assert.Equal(["Spoken clips", "RAVDESS speech"], manifest.Datasets.Select(dataset => dataset.Name));
        Assert.Equal(run.ReadJson<RunCorpus>(RunCorpus.FileName).Digest, manifest.Datasets[0].Digest);
        Assert.StartsWith("by subject", manifest.Datasets[0].Split, StringComparison.Ordinal);
        Assert.Equal(["happy", "sad"], manifest.CoveredLabels);
        Assert.Contains("by agreement of 1 November", manifest.License.Note, StringComparison.Ordinal);
        Assert.Contains("RAVDESS (CC BY-NC-SA 4.0)", manifest.License.Note, StringComparison.Ordinal);
        Assert.False(manifest.License.AllowsCommercialUse);
        Assert.Equal(start.Manifest.FrontEnd["mfcc"]!["mean"]!.ToJsonString(), manifest.FrontEnd["mfcc"]!["mean"]!.ToJsonString());
        Assert.Equal(export.Test.Labels.Count, (int)manifest.Metrics["test"]!["n"]!);
        Assert.All(export.Test.Posteriors, posterior => Assert.Equal(1, posterior[EmotionLabels.IndexOf("happy")] + posterior[EmotionLabels.IndexOf("sad")], 4));

        var judged = await AudioPackage.JudgeAsync(Data with { Own = source }, package, Token);
        Assert.Equal(export.Test.Scores.Uar, judged["test"].Scores.Uar, 6);
        var gone = await Assert.ThrowsAsync<CorpusMissingException>(() => AudioPackage.JudgeAsync(Data, package, Token));
        Assert.Contains("learned from the corpus 'Spoken clips': give its folder or zip as --corpus", gone.Message, StringComparison.Ordinal);
        Task TriedAsync(DataRoot data, string evaluate) => new PublishTrial(() => data, Path.Combine(_root, "packages"), evaluate, _said.Add).RunAsync(package, Token);
        await TriedAsync(Data, PublishTrial.WhereCorpus);
        Assert.Contains("not evaluated: The package learned from the corpus 'Spoken clips'", _said[^1], StringComparison.Ordinal);
        await TriedAsync(Data with { Own = source }, PublishTrial.Always);
        Assert.Equal(2, _said.Count(line => line.EndsWith(": holds", StringComparison.Ordinal)));
        Assert.Equal(2, File.ReadLines(run.FilePath(RunFolder.MetricsName)).Select(line => JsonNode.Parse(line)!).Count(line => line["selection"] is not null));
    }

    [Fact]
    public async Task OwnCorpus_WithClipsThatCannotBeHeard_SaysWhichRows()
    {
        var folder = Spoken.Corpus(Path.Combine(_root, "spoken"), people: 4);
        File.WriteAllText(Path.Combine(folder, "en-us", "happy1.wav"), "no sound at all, whatever its name says");
        File.WriteAllBytes(Path.Combine(folder, "en-gb", "sad2.wav"), Silence(2));
        var recipe = RecipeFile.Read<AudioRecipe>("audio-own") with { Init = null };
        Task TrainAsync() => TrainAudio.RunAsync(
            Data with { Own = new OwnCorpusSource(folder, "x", "", false) }, recipe, Models, new RunFolder(Path.Combine(_root, "run")), _said.Add, Token);

        Assert.Contains("row 3, column clip: 'en-us/happy1.wav' cannot be heard", (await Assert.ThrowsAsync<CorpusException>(TrainAsync)).Message, StringComparison.Ordinal);
        File.Copy(Path.Combine(folder, "en-us", "happy0.wav"), Path.Combine(folder, "en-us", "happy1.wav"), overwrite: true);
        Assert.Contains("row 13, column clip: no speech is heard in 'en-gb/sad2.wav'", (await Assert.ThrowsAsync<CorpusException>(TrainAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_RecipeAndCorpusThatDoNotGoTogether_SayWhatToGive()
    {
        var run = new RunFolder(Path.Combine(_root, "run"));
        var (shipped, own) = (RecipeFile.Read<AudioRecipe>("audio"), RecipeFile.Read<AudioRecipe>("audio-own") with { Init = null });
        var given = Data with { Own = new OwnCorpusSource(_root, "x", "", false) };

        Assert.Contains("take the recipe audio-own", (await Assert.ThrowsAsync<ArgumentException>(
            () => TrainAudio.RunAsync(given, shipped with { Teacher = null }, Models, run, _said.Add, Token))).Message, StringComparison.Ordinal);
        Assert.Contains("give a folder or a zip as --corpus", (await Assert.ThrowsAsync<ArgumentException>(
            () => TrainAudio.RunAsync(Data, own, Models, run, _said.Add, Token))).Message, StringComparison.Ordinal);
        Assert.Contains("has none of them", (await Assert.ThrowsAsync<ArgumentException>(
            () => TrainAudio.RunAsync(given, own with { Teacher = shipped.Teacher }, Models, run, _said.Add, Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OfAnotherFrontEnd_IsRefused()
    {
        var start = await PackageFolder.NewestAsync(Models, AudioModel.ModelName, Token);
        var mfcc = RecipeFile.Read<AudioRecipe>("audio-own").Mfcc;

        Assert.Equal(mfcc.Coefficients, SpeechStart.SpecOf(start, mfcc).Mean.Count);
        Assert.Contains("another front end", Assert.Throws<ArgumentException>(() => SpeechStart.SpecOf(start, mfcc with { Frames = 100 })).Message, StringComparison.Ordinal);
    }

    private static byte[] Silence(int seconds)
    {
        var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        var length = seconds * 32_000;
        writer.Write("RIFF"u8);
        writer.Write(36 + length);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)1);
        writer.Write(16_000);
        writer.Write(32_000);
        writer.Write((short)2);
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(length);
        writer.Write(new byte[length]);
        return bytes.ToArray();
    }
}

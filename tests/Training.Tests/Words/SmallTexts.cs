using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Tests.Reports;

namespace Emotion.Training.Tests.Words;

/// <summary>A few lines in the form of the real corpora, and a package that learned from them in a second or so.</summary>
internal static class SmallTexts
{
    public static DataRoot Corpus(string folder)
    {
        var text = Directory.CreateDirectory(Path.Combine(folder, "data", "text")).FullName;
        var speech = Directory.CreateDirectory(Path.Combine(folder, "data", "ravdess", "speech")).FullName;
        foreach (var name in StudyFolder.Recordings(1))
        {
            File.WriteAllBytes(Path.Combine(speech, name + ".flac"), []);
        }

        File.WriteAllLines(Path.Combine(text, "goemotions-labels.txt"), ["joy", "sadness"]);
        foreach (var part in (string[])["train", "dev", "test"])
        {
            File.WriteAllLines(Path.Combine(text, $"goemotions-{part}.tsv"), Enumerable.Range(0, 200).Select(i =>
                i % 2 == 0 ? $"what a lovely day {i}\t0\tid{i}" : $"terrible news {i}\t1\tid{i}"));
            File.WriteAllLines(Path.Combine(text, $"meld-{part}.csv"), (string[])
            [
                "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID",
                .. Enumerable.Range(0, 50).Select(i => i % 2 == 0 ? $"{i},\"Lovely, {i}!\",A,joy,positive,{i / 5}" : $"{i},\"Terrible, {i}.\",B,sadness,negative,{i / 5}"),
            ]);
        }

        return new DataRoot(Path.Combine(folder, "data"), Path.Combine(folder, "cache"));
    }

    public static async Task<string> ExportedAsync(DataRoot data, string folder)
    {
        var recipe = RecipeFile.Read<TextRecipe>("text-classifier") with
        {
            Pieces = 200, RarestWord = 2, Vectors = "", Width = 8, Readers = 1, Recurrent = 8, Embedding = 8, BagWidth = 4, Pairs = 512, Dropout = 0,
        };
        recipe = recipe with { Training = recipe.Training with { Epochs = 20, BatchSize = 16, Optimizer = recipe.Training.Optimizer with { LearningRate = 0.02 } } };
        var run = new RunFolder(Path.Combine(folder, "run"));
        var packages = Path.Combine(folder, "packages");
        TrainText.Run(data, recipe, run, _ => { }, TestContext.Current.CancellationToken);
        await TextPackage.ExportAsync(data, run, packages, _ => { }, TestContext.Current.CancellationToken);
        return packages;
    }
}

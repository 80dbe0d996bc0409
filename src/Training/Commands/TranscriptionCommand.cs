using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.Media;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Packaging;
using Emotion.Training.Reports;

namespace Emotion.Training.Commands;

/// <summary><c>evaluate transcription</c>: what speech to text is worth, as JSON.</summary>
internal static class TranscriptionCommand
{
    /// <summary>In the folder of results.</summary>
    public const string FileName = "transcription.json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create(Option<string> packages)
    {
        var output = new Option<string>("--out")
        {
            Description = "File of the figures.",
            DefaultValueFactory = _ => Path.Combine(DataRoot.RepositoryRoot(), "docs", "results", FileName),
        };
        var every = new Option<int>("--every") { Description = "1 for all recordings, n for each n-th: a first look.", DefaultValueFactory = _ => 1 };
        var command = new Command("transcription", "Word error rate of speech to text: RAVDESS, MELD read aloud, other languages.") { packages, output, every };
        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            var json = await TextPackage.ServedAsync(result.GetValue(packages)!, async model =>
            {
                using var guard = new FFMpegGuard(new MediaOptions());
                var test = new TranscriptionTest(
                    model, DataRoot.FromEnvironment(), new SyntheticVoice(new AudioDecoder(guard)), TrainingCommandLine.Report);
                return new JsonObject
                {
                    ["ravdess"] = await test.RavdessAsync(result.GetValue(every), token),
                    ["classifier"] = test.Classified(),
                    ["meld_read_aloud"] = await test.ReadAloudAsync(token),
                    ["other_languages"] = await test.OtherLanguagesAsync(token),
                    ["recipe"] = model.Package.Manifest.FrontEnd.DeepClone(),
                    ["provenance"] = Provenance.OfThisProcess("./emotion training evaluate transcription").ToJson(),
                    ["load_average"] = Provenance.LoadAverage(),
                };
            }, token);
            var file = result.GetValue(output)!;
            await File.WriteAllTextAsync(file, json.ToJsonString(Indented) + "\n", token);
            TrainingCommandLine.Report($"wrote {file}");
            return 0;
        }));
        return command;
    }
}

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

    /// <summary>Of the repository's results.</summary>
    public static string DefaultFile => Path.Combine(DataRoot.RepositoryRoot(), "docs", "results", FileName);

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create(Option<string> packages)
    {
        var output = new Option<string>("--out")
        {
            Description = "File of the figures.",
            DefaultValueFactory = _ => DefaultFile,
        };
        var every = new Option<int>("--every") { Description = "1 for all recordings, n for each n-th: a first look.", DefaultValueFactory = _ => 1 };
        every.Validators.Add(given =>
        {
            if (given.GetValue(every) < 1)
            {
                given.AddError("--every is 1 for all recordings, or n for each n-th.");
            }
        });
        var command = new Command("transcription", "Word error rate of speech to text: RAVDESS, MELD read aloud, other languages.") { packages, output, every };
        command.Validators.Add(given =>
        {
            if (given.GetValue(every) > 1 && given.GetResult(output) is null or { Implicit: true })
            {
                given.AddError($"--every {given.GetValue(every)} is a first look: give --out, so that it does not take the place of the figures of all recordings.");
            }
        });
        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            // At the start: what reads aloud is needed at the end, an hour later.
            TrainingCommandLine.Report(await SyntheticVoice.VersionAsync(token));
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
                    [TranscriptionSource.Member] = TranscriptionSource.Of(model.Package).ToJson(),
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

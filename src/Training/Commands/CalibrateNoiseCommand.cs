using System.CommandLine;
using Emotion.Inference.Audio;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Packaging;

namespace Emotion.Training.Commands;

/// <summary><c>calibrate-noise</c>: a published speech package to one of the same graphs that is less sure in noise.</summary>
internal static class CalibrateNoiseCommand
{
    public static Command Create(Option<string> packages)
    {
        var version = new Option<string?>("--version") { Description = "Of the audio package; by default that of release.json." };
        var output = new Option<string?>("--output") { Description = "Folder of packages that the new version is written to; by default --packages." };
        var command = new Command(
            "calibrate-noise", "Fits how much less sure a published speech package should be in noise, on its validation people, and writes it as a new version of the same graphs.")
        {
            packages, version, output, OwnCorpusOption.Corpus,
        };
        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            var from = result.GetValue(packages)!;
            var named = result.GetValue(version) ?? (await ReleaseFile.ReadAsync(from, token)).Models[AudioModel.ModelName];
            var package = await ModelPackage.OpenAsync(Path.Combine(from, AudioModel.ModelName, named), token);
            var to = result.GetValue(output) ?? from;
            var calibrated = await NoiseCalibration.RunAsync(
                OwnCorpusOption.Given(DataRoot.FromEnvironment(), result), package, to, TrainingCommandLine.Report, token);
            TrainingCommandLine.Report($"clean: validation {calibrated.Validation.Scores}; test {calibrated.Test.Scores}");
            TrainingCommandLine.Report($"audio/{calibrated.Version} is a package in {to}; a release needs fusion trained on it");
            return 0;
        }));
        return command;
    }
}

using System.CommandLine;
using Emotion.Inference.Video;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Studies.Paired;
using TorchSharp;

namespace Emotion.Training.Commands;

/// <summary><c>./emotion training study paired</c>: fusion on sound and face of the same performances, which docs/results/fusion.md reports on.</summary>
internal static class PairedStudyCommand
{
    private static readonly Option<string?> Runs = new("--runs")
    {
        Description = "Folder of the cells, PROTOCOL/fold-K; what is there is not made again, what was cut off goes on. By default .emotion/runs/paired, of films paired-video.",
    };

    private static readonly Option<string> Face = new("--face")
    {
        Description = "action-units, or resnet34-lstm: RAVDESS's films in ravdess-video under EMOTION_DATA, and to learn from CREMA-D's in crema-d-video.",
        DefaultValueFactory = _ => PairedModalities.ActionUnits,
    };

    private static readonly Option<string> Study = new("--study") { Description = "A shipped study's name, or a file.", DefaultValueFactory = _ => "paired-study" };

    /// <summary>What both the study and its report are told: which study, and where its cells lie.</summary>
    public static IReadOnlyList<Option> Common { get; } = [Face, Study, Runs];

    public static (PairedStudySpec Study, string Runs) Asked(ParseResult result)
    {
        var face = result.GetValue(Face)!;
        var folder = face == PairedModalities.ActionUnits ? "paired" : "paired-video";
        return (RecipeFile.Read<PairedStudySpec>(result.GetValue(Study)!) with { Face = face },
            result.GetValue(Runs) ?? Path.Combine(DataRoot.RepositoryRoot(), ".emotion", "runs", folder));
    }

    public static Command Create(Option<string> packages)
    {
        var protocols = new Option<string[]>("--protocol") { Description = "Only these, such as paired8; may be given more than once.", AllowMultipleArgumentsPerToken = true };
        var folds = new Option<int[]>("--fold") { Description = "Only these, 1 to 6; may be given more than once.", AllowMultipleArgumentsPerToken = true };
        var threads = new Option<int>("--threads") { Description = "Of libtorch.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var command = new Command("paired", "Fusion of RAVDESS's sound and face of the same performances: six folds, eight and six classes.")
        {
            protocols, folds, packages, threads,
        };
        foreach (var option in Common)
        {
            command.Add(option);
        }

        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            torch.set_num_threads(result.GetValue(threads));
            var (data, (spec, runs)) = (DataRoot.FromEnvironment(), Asked(result));
            async Task<FaceFilms> FilmsAsync(CancellationToken cancellationToken) => await FilmReader.ReadAsync(
                data, spec.FaceVideo, await PackageFolder.NewestAsync(result.GetValue(packages)!, VideoModel.ModelName, cancellationToken), TrainingCommandLine.Report,
                cancellationToken);
            var corpus = PairedStudy.Reader(data, spec, spec.Face == PairedModalities.FaceVideo ? FilmsAsync : null);
            var study = new PairedStudy(data, spec, corpus, runs, TrainingCommandLine.Report);
            return await study.RunAsync(
                result.GetValue(protocols) is { Length: > 0 } some ? some : null, result.GetValue(folds) is { Length: > 0 } these ? these : null, token) == 0 ? 0 : 1;
        }));
        return command;
    }
}

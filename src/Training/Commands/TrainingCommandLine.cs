using System.CommandLine;
using Emotion.Inference;
using Emotion.Media;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Promotion;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Recipes;
using Emotion.Training.Runs;
using Emotion.Training.Studies;
using TorchSharp;

namespace Emotion.Training.Commands;

/// <summary>The verbs of <c>./emotion training</c>.</summary>
public static class TrainingCommandLine
{
    private const string RegistryVariable = "ConnectionStrings__models";

    private static readonly string Repository = DataRoot.RepositoryRoot();

    private static readonly Option<string> Packages = new("--packages")
    {
        Description = "Folder of packages, NAME/VERSION.", DefaultValueFactory = _ => Path.Combine(Repository, "models"),
    };

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Trains, exports, evaluates and publishes the models of Emotion.")
        {
            Train(), Study(), Export(), CalibrateNoiseCommand.Create(Packages), Evaluate(), Verify(), Release(), Publish(), Reports(), RunsCommand.Create(), ServeCommand.Create(),
            PaperCommand.Create(Packages), SpeechStudyCommands.Precision(), SpeechStudyCommands.Robustness(), SpeechStudyCommands.Windows(), SpeechStudyCommands.Latency(),
        };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count == 0)
        {
            return await parsed.InvokeAsync();
        }

        foreach (var error in parsed.Errors)
        {
            await Console.Error.WriteLineAsync(error.Message);
        }

        await Console.Error.WriteLineAsync("See --help.");
        return 2;
    }

    private static Command Study()
    {
        var study = StudyCommand.Create(Data, Repository, Report, GuardedAsync);
        study.Add(FaceStudyCommand.Create());
        study.Add(PairedStudyCommand.Create(Packages));
        return study;
    }

    private static Command Reports()
    {
        var report = SpeechStudyCommands.Report();
        report.Add(FaceReportCommand.Create(Packages));
        report.Add(TextReportCommand.Create(Packages));
        report.Add(FusionReportCommand.Create(Packages));
        report.Add(ShippedReportCommand.Create(Packages));
        return report;
    }

    private static Command Train()
    {
        var threads = new Option<int>("--threads")
        {
            Description = "Of libtorch. One is best beside anything else: threads that wait for each other lose the most.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        Command Of<TRecipe>(
            string name, string description, Func<TRecipe, RunFolder, ParseResult, CancellationToken, Task> train, string? shipped = null)
        {
            var recipe = new Option<string>("--recipe") { Description = "A shipped recipe's name, or a file.", DefaultValueFactory = _ => shipped ?? name };
            var run = new Option<string?>("--run")
            {
                Description = $"Folder of the run, which goes on from its last epoch where it was cut off; by default .emotion/runs/{name}, and that of its "
                    + "own name for another recipe than the default one.",
            };
            var command = new Command(name, description) { recipe, run, threads };
            command.SetAction((result, token) => GuardedAsync(async () =>
            {
                torch.set_num_threads(result.GetValue(threads));
                var named = result.GetValue(recipe)!;
                var folder = result.GetValue(run) ?? DefaultRun(RunName(name, shipped ?? name, named));
                await train(RecipeFile.Read<TRecipe>(named), new RunFolder(folder), result, token);
                return 0;
            }));
            return command;
        }

        var videoRun = RunOption("--video-run", "video");
        var sequence = Of<SequenceRecipe>("sequence", "The sequence network, LSTM over the frozen face network.", (recipe, run, result, token) =>
            TrainSequence.RunAsync(Data, recipe, new RunFolder(result.GetValue(videoRun)!), run, result.GetValue(threads), Report, token));
        sequence.Add(videoRun);
        var ownSequence = Of<OwnSequenceRecipe>("sequence-own", "The sequence network of a published video version, on the faces of a corpus of your own.", (recipe, run, result, token) =>
            TrainOwnSequence.RunAsync(
                OwnCorpusOption.Given(Data, result), result.GetValue(OwnCorpusOption.Init) is { } version ? recipe with { Init = version } : recipe,
                result.GetValue(Packages)!, run, Report, token));
        OwnCorpusOption.AddTo(ownSequence);
        ownSequence.Add(Packages);
        var video = Of<VideoRecipe>("video", "The face network, ResNet-34 on FER2013.", (recipe, run, result, token) =>
            TrainVideo.RunAsync(Data, recipe, result.GetValue(Packages)!, run, Report, token));
        video.Add(Packages);
        var fusion = Of<FusionRecipe>("fusion", "Fusion over the newest audio and video packages, and the text package where it tells emotions by words.", (recipe, run, result, token) =>
            TrainFusion.RunAsync(Data, recipe, result.GetValue(Packages)!, run, Report, token));
        fusion.Add(Packages);
        var audio = RunOption("--audio-run", "audio");
        var twoBranch = Of<SecondBranchRecipe>("audio-two-branch", "A second branch, a frozen speech encoder, beside a trained speech network.",
            (recipe, run, result, token) => TrainTwoBranch.RunAsync(Data, recipe, new RunFolder(result.GetValue(audio)!), run, Report, token),
            shipped: "speech-two-branch");
        twoBranch.Add(audio);
        var speech = Of<AudioRecipe>("audio", "The speech network, ResNet-18 on RAVDESS; audio-own goes on from a published one on a corpus of your own.", (recipe, run, result, token) =>
            TrainAudio.RunAsync(
                OwnCorpusOption.Given(Data, result), OwnCorpusOption.From(recipe, result), result.GetValue(Packages)!, run, Report, token));
        OwnCorpusOption.AddTo(speech);
        speech.Add(Packages);
        return new Command("train", "Trains a network; resumable, a checkpoint after every epoch.")
        {
            twoBranch,
            speech,
            video,
            sequence,
            ownSequence,
            fusion,
            Of<TextRecipe>("text", "The network that tells emotions by words, on GoEmotions and MELD; text-classifier-goemotions learns from GoEmotions alone.",
                (recipe, run, _, token) =>
                {
                    TrainText.Run(Data, recipe, run, Report, token);
                    return Task.CompletedTask;
                }, shipped: "text-classifier"),
        };
    }

    private static Command Export()
    {
        var (audioRun, videoRun, sequenceRun, fusionRun) =
            (RunOption("--run", "audio"), RunOption("--run", "video"), RunOption("--sequence-run", "sequence"), RunOption("--run", "fusion"));
        var textRun = RunOption("--run", "text");
        var transcriberOnly = new Option<bool>("--transcriber-only") { Description = "Without a classifier: no run is needed." };
        var precision = new Option<string>("--precision")
        {
            Description = "Of the graph: float32; float16, halves that become floats when loaded; int8, integers throughout.",
            DefaultValueFactory = _ => Onnx.GraphPrecision.Float16,
        };
        precision.AcceptOnlyFromAmong([.. Onnx.GraphPrecision.Names]);
        var framePrecision = new Option<string>("--precision")
        {
            Description = "Of the frame graph: measured, which is int8 unless that costs more than half a point on PrivateTest; float16; int8.",
            DefaultValueFactory = _ => Packaging.FramePrecision.Measured,
        };
        framePrecision.AcceptOnlyFromAmong([.. Packaging.FramePrecision.Names]);
        Command Of(string name, string description, Func<ParseResult, CancellationToken, Task<string>> export, params Option[] options)
        {
            var command = new Command(name, description) { Packages };
            Array.ForEach(options, command.Add);
            command.SetAction((result, token) => GuardedAsync(async () =>
            {
                Report($"{name}/{await export(result, token)} is a package in {result.GetValue(Packages)}");
                return 0;
            }));
            return command;
        }

        return new Command("export", "Writes a trained network as a package: graphs, calibration, figures, golden example.")
        {
            Of("audio", "Of a speech run; of a cell of the study with the temperature that was fitted on all folds.", async (result, token) =>
            {
                var run = new RunFolder(result.GetValue(audioRun)!);
                var known = run.Has(CellResult.FileName) ? run.ReadJson<CellResult>(CellResult.FileName).KnownTemperature() : null;
                return (await Packaging.AudioPackage.ExportAsync(
                    Data, run, result.GetValue(precision)!, result.GetValue(Packages)!, Report, token, known)).Version;
            }, audioRun, precision),
            Of("video", "Of a face run and a sequence run; of a run of sequence-own alone, with the other graphs of the version that it started from.", (result, token) =>
                new RunFolder(result.GetValue(sequenceRun)!) is var ofSequence && Packaging.OwnVideoPackage.IsOf(ofSequence)
                    ? Packaging.OwnVideoPackage.ExportAsync(Data, ofSequence, result.GetValue(Packages)!, Report, token)
                    : Packaging.VideoPackage.ExportAsync(
                        Data, new RunFolder(result.GetValue(videoRun)!), ofSequence, result.GetValue(framePrecision)!, result.GetValue(Packages)!, Report, token),
                videoRun, sequenceRun, framePrecision),
            Of("text", "Speech to text, and the classifier of a text run.", (result, token) => Packaging.TextPackage.ExportAsync(
                Data, result.GetValue(transcriberOnly) ? null : new RunFolder(result.GetValue(textRun)!), result.GetValue(Packages)!, Report, token),
                textRun, transcriberOnly),
            Of("fusion", "Of a fusion run.", (result, token) => Packaging.FusionPackage.ExportAsync(
                Data, new RunFolder(result.GetValue(fusionRun)!), result.GetValue(Packages)!, Report, token), fusionRun),
        };
    }

    private static Command Evaluate()
    {
        var command = OnPackage("evaluate", "Computes the figures of the newest package through the serving code.", async (data, package, packages, token) =>
        {
            foreach (var (name, figures) in await PackageFigures.EvaluateAsync(data, package, packages, token))
            {
                Console.WriteLine($"{name}: {figures.ToJsonString()}");
            }

            return 0;
        });
        command.Add(TranscriptionCommand.Create(Packages));
        command.Add(HumanCommand.Create(Packages));
        command.Add(ExplainedCommand.Create(Packages));
        return command;
    }

    private static Command Verify() => OnPackage("verify", "Computes the figures anew and fails if one is more than 0.1 point off its manifest.", (data, package, packages, token) =>
        PackageFigures.VerifyAsync(data, package, packages, Report, token));

    private static Command Release()
    {
        var name = new Option<string?>("--name") { Description = "Of the release; by default the versions' newest date." };
        var command = new Command("release", "Writes release.json for the newest packages; fusion must be trained on exactly them.") { Packages, name };
        command.SetAction((result, token) => GuardedAsync(async () =>
        {
            Report("wrote " + await ReleaseFile.WriteAsync(result.GetValue(Packages)!, result.GetValue(name), token));
            return 0;
        }));
        return command;
    }

    private static Command Publish()
    {
        var connection = new Option<string?>("--connection")
        {
            Description = $"Connection string of the registry's blob storage; by default {RegistryVariable}, which is that of the system that runs here.",
        };
        var channel = new Option<string>("--channel") { Description = "Promoted to the release.", DefaultValueFactory = _ => "stable" };
        var why = new Option<string>("--why") { Description = "Kept in the channel's history.", DefaultValueFactory = _ => "published by the training command" };
        var evaluate = new Option<string>("--evaluate")
        {
            Description = "Compute the figures of what is new anew, as verify does: where the corpora are there; always (refused without them); never.",
            DefaultValueFactory = _ => PublishTrial.WhereCorpus,
        };
        evaluate.AcceptOnlyFromAmong(PublishTrial.WhereCorpus, PublishTrial.Always, PublishTrial.Never);
        var command = new Command(
            "publish", "Uploads the packages of release.json and the release, and promotes it. What is new is tried before: golden example, parity, figures.")
        {
            Packages, connection, channel, why, evaluate, OwnCorpusOption.Corpus,
        };
        command.SetAction((result, token) => GuardedAsync(async () =>
        {
            var packages = result.GetValue(Packages)!;
            var trial = new PublishTrial(() => OwnCorpusOption.Given(Data, result), packages, result.GetValue(evaluate)!, Report);
            var registry = result.GetValue(connection) ?? Environment.GetEnvironmentVariable(RegistryVariable) ?? throw new ArgumentException(
                $"No registry: no system runs here, so say --connection, or set {RegistryVariable}.");
            await ReleaseFile.PublishAsync(packages, registry, result.GetValue(channel)!, result.GetValue(why)!, trial.RunAsync, Report, token);
            return 0;
        }));
        return command;
    }

    private static Command OnPackage(string verb, string description, Func<DataRoot, ModelPackage, string, CancellationToken, Task<int>> run)
    {
        var name = new Argument<string>("name") { Description = "audio, video, text or fusion." };
        name.AcceptOnlyFromAmong("audio", "video", "text", "fusion");
        var command = new Command(verb, description) { name, Packages, OwnCorpusOption.Corpus };
        command.SetAction((result, token) => GuardedAsync(async () =>
        {
            var packages = result.GetValue(Packages)!;
            return await run(OwnCorpusOption.Given(Data, result), await Packaging.PackageFolder.NewestAsync(packages, result.GetValue(name)!, token), packages, token);
        }));
        return command;
    }

    private static DataRoot Data => DataRoot.FromEnvironment();

    private static Option<string> RunOption(string option, string name) => new(option)
    {
        Description = $"Folder of the {name} run; a run that was cut off goes on from its last epoch.",
        DefaultValueFactory = _ => DefaultRun(name),
    };

    /// <summary>Each recipe has a run of its own; that of a command's default recipe is named as the command, which is where `export` looks.</summary>
    internal static string RunName(string command, string shipped, string recipe) =>
        recipe == shipped ? command : Path.GetFileNameWithoutExtension(recipe);

    private static string DefaultRun(string name) => Path.Combine(Repository, ".emotion", "runs", name);

    internal static void Report(string line) => Console.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss} {line}");

    internal static async Task<int> GuardedAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception wrong) when (wrong is CorpusException or ArgumentException or IOException or UnauthorizedAccessException
            or MediaRefusedException or UnservablePackageException or PackageIntegrityException or RegistryConflictException or RegistryNotFoundException
            or RegistryKeyException or PromotionRefusedException or RunRefusedException)
        {
            Console.Error.WriteLine(wrong.Message);
            return 2;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Stopped. What was finished is kept: a training goes on from its last whole epoch when the same command is run again.");
            return 1;
        }
    }
}

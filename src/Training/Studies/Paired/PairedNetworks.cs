using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using static TorchSharp.torch;

namespace Emotion.Training.Studies.Paired;

/// <summary>
/// The networks in front of fusion, each in a folder <c>MODALITY/without-F-G</c> that says which folds it never saw, and what they say of those. One
/// that is there is not trained again, one that was cut off goes on, one that another process has in hand is waited for.
/// </summary>
internal sealed class PairedNetworks(
    DataRoot data, PairedStudySpec study, PairedProtocol protocol, PairedCorpus corpus, string runs, Action<string> report)
{
    private const int PlainBatch = 60;
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);
    private readonly bool[] _covered = EmotionLabels.Mask(protocol.Labels);
    private readonly Dictionary<string, double> _hours = [];
    private readonly SortedDictionary<string, int> _epochs = new(StringComparer.Ordinal);

    /// <summary>Folder of the networks that hear, where another study with the same numbers has them; null for that of the runs.</summary>
    public string? SoundRuns { get; init; }

    /// <summary>Of the networks that were asked, by modality.</summary>
    public IReadOnlyDictionary<string, int> Epochs => _epochs;

    /// <summary>Of all their trainings.</summary>
    public double Hours => _hours.Values.Sum();

    /// <summary>Folder of a network.</summary>
    /// <param name="without">Folds that it never saw.</param>
    public string PathOf(string modality, IReadOnlyList<int> without) => Path.Combine(
        modality is PairedModalities.Speech or PairedModalities.Encoder ? SoundRuns ?? runs : runs, protocol.Name, modality, PairedFolds.Name(without));

    /// <summary>The shipped recipe with the study's patch; who is held is part of it.</summary>
    public static AudioRecipe SpeechRecipe(DataRoot data, PairedStudySpec study, IReadOnlyList<int> without)
    {
        var recipe = RecipeFile.ToJson(RecipeFile.Read<AudioRecipe>("audio"));
        recipe["split"] = RecipeFile.ToJson(new SpeechSplitSpec(
            without.Min(), [.. without.Where(fold => fold != without.Min()).SelectMany(fold => Ravdess.TestActors(data, fold))], [], []));
        recipe["training"]!["seed"] = study.Seed;
        return RecipeFile.FromJson<AudioRecipe>((System.Text.Json.Nodes.JsonObject)MergePatch.Apply(recipe, study.SpeechPatch)!);
    }

    /// <summary>Feature maps and posteriors of the network of MFCC, of performances of one fold.</summary>
    /// <param name="without">Folds that it never saw; <paramref name="of"/> is one of them.</param>
    /// <param name="of">A fold.</param>
    /// <param name="cancellationToken">Stops after the last whole epoch.</param>
    /// <returns>By the recording's name: of the recording itself alone.</returns>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<Evidence>>> SpeechAsync(
        IReadOnlyList<int> without, int of, CancellationToken cancellationToken)
    {
        var recipe = SpeechRecipe(data, study, without);
        var run = await TrainedAsync(PairedModalities.Speech, without, recipe, recipe.Training, (training, looked, run, say) =>
        {
            SpeechRecording[] sounds = [.. training.Select(one => one.Sound)];
            var teacher = recipe.Teacher is { } spec ? TeacherFeatures.Of(corpus.Taught!, sounds, spec.Dimension) : null;
            TrainAudio.Fit(sounds, [.. looked.Select(one => one.Sound)], recipe, run, say, cancellationToken, teacher);
        }, cancellationToken);
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var spectrum = run.ReadJson<MfccSpec>(TrainAudio.SpecFile);
        using var network = new SpeechNetwork(recipe, spectrum);
        network.load(run.Best);
        network.eval();
        using var mask = CoveredMask.Of(_covered);
        SpeechRecording[] judged = [.. Of(of).Select(one => one.Sound)];
        var said = new List<Evidence>();
        foreach (var batch in SpeechRecordings.Plain(judged, new MfccFrontEnd(spectrum), PlainBatch))
        {
            var (logits, embedding) = network.call(tensor(batch.Inputs[0].Values, batch.Inputs[0].Shape));
            said.AddRange(Rows(embedding).Zip(Rows((logits + mask).softmax(1)), (map, posterior) => new Evidence(0, map, posterior)));
        }

        return judged.Zip(said).ToDictionary(pair => pair.First.Name, IReadOnlyList<Evidence> (pair) => [pair.Second with { Label = pair.First.Label }]);
    }

    /// <summary>
    /// What a small network says of numbers that no training has made, which are the feature map: of performances of one fold, and of their changed copies.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<Evidence>>> BranchAsync(
        string modality, IReadOnlyList<int> without, int of, CancellationToken cancellationToken)
    {
        var recipe = modality == PairedModalities.Encoder ? study.Encoder : study.ActionUnits;
        IReadOnlyList<float[]> Numbers(PairedRecording one) => modality == PairedModalities.Encoder ? one.Spoken : [one.ActionUnits];
        FeatureExample Example(PairedRecording one) => new(one.Sound.Label, Numbers(one));
        recipe = recipe with { Training = recipe.Training with { Seed = study.Seed } };
        var run = await TrainedAsync(modality, without, recipe, recipe.Training, (training, looked, run, _) =>
            BranchTraining.Fit([.. training.Select(Example)], [.. looked.Select(Example)], recipe, _covered, run, cancellationToken), cancellationToken);
        var judged = Of(of).ToList();
        var rows = judged.SelectMany(Numbers).ToList();
        var versions = Numbers(judged[0]).Count;
        var posteriors = BranchTraining.Answers(run, recipe, _covered, rows);
        return judged.Index().ToDictionary(one => one.Item.Sound.Name, IReadOnlyList<Evidence> (one) =>
        [
            .. Enumerable.Range(one.Index * versions, versions).Select(row => new Evidence(one.Item.Sound.Label, rows[row], posteriors[row])),
        ]);
    }

    /// <summary>
    /// Feature maps and posteriors of an LSTM over the frozen face network, which learns from the actors that the speech network learns from: of
    /// performances of one fold in which a face was found.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<Evidence>>> FacesAsync(
        IReadOnlyList<int> without, int of, CancellationToken cancellationToken)
    {
        var recipe = study.FaceVideo with { Training = study.FaceVideo.Training with { Seed = study.Seed } };
        static EmbeddedSequence Sequence(PairedRecording one) => new(one.Sound.Label, one.Faces!);
        var run = await TrainedAsync(PairedModalities.FaceVideo, without, recipe, recipe.Training, (training, looked, run, _) => FaceVideoTraining.Fit(
            [
                .. training.Where(one => one.Faces is not null).Select(Sequence),
                .. corpus.OtherFaces.Where(one => _covered[one.Label]).Select(one => new EmbeddedSequence(one.Label, one.Faces)),
            ],
            [.. looked.Where(one => one.Faces is not null).Select(Sequence)], recipe, _covered, run, cancellationToken), cancellationToken);
        var judged = Of(of).Where(one => one.Faces is not null).ToList();
        return judged.Zip(FaceVideoTraining.Answers(run, recipe, _covered, [.. judged.Select(Sequence)]))
            .ToDictionary(pair => pair.First.Sound.Name, IReadOnlyList<Evidence> (pair) => [pair.Second]);
    }

    private IEnumerable<PairedRecording> Of(int fold) => corpus.Recordings.Where(one => one.Fold == fold && _covered[one.Sound.Label]);

    private async Task<RunFolder> TrainedAsync<TRecipe>(
        string modality, IReadOnlyList<int> without, TRecipe recipe, TrainingSpec spec,
        Action<IReadOnlyList<PairedRecording>, IReadOnlyList<PairedRecording>, RunFolder, Action<string>> train, CancellationToken cancellationToken)
    {
        var path = PathOf(modality, without);
        Directory.CreateDirectory(path);
        using var held = await HoldAsync(Path.Combine(path, ".held"), cancellationToken);
        var run = new RunFolder(path);
        run.Begin(recipe);
        if (!run.IsTrained(spec.Epochs))
        {
            void Say(string line) => report($"{protocol.Name}, {modality}, {PairedFolds.Name(without)}: {line}");
            var training = Enumerable.Range(1, SpeechSplitSpec.Folds).Except(without).SelectMany(Of).ToList();
            // No epoch is chosen: the average of the weights after the last one is the network, and what is looked at is only told.
            train(training, [.. without.SelectMany(Of)], run, Say);
            run.DropCheckpoints();
            Say($"trained on {training.Count} performances");
        }

        _epochs[modality] = spec.Epochs;
        _hours[path] = run.Hours();
        return run;
    }

    private static async Task<FileStream> HoldAsync(string path, CancellationToken cancellationToken)
    {
        FileStream? held;
        while ((held = SpeechStudy.TryHold(path)) is null)
        {
            await Task.Delay(LookAgain, cancellationToken);
        }

        return held;
    }

    private static IEnumerable<float[]> Rows(Tensor table) => table.data<float>().ToArray().Chunk((int)table.shape[1]);
}

using Emotion.Features;
using Emotion.Training.Calibration;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using ByClip = System.Collections.Generic.IReadOnlyDictionary<string, System.Collections.Generic.IReadOnlyList<Emotion.Training.Datasets.Evidence>>;

namespace Emotion.Training.Studies.Paired;

/// <summary>
/// Fusion of sound and face of the same performances, cell by cell, each a folder <c>PROTOCOL/fold-K</c>. A cell that was cut off goes on where it was; a
/// cell that another process has in hand is passed over.
/// </summary>
/// <param name="corpus">Reads it when the first cell asks.</param>
public sealed class PairedStudy(DataRoot data, PairedStudySpec study, Func<CancellationToken, Task<PairedCorpus>> corpus, string runs, Action<string> report)
{
    private PairedCorpus? _corpus;

    /// <summary>Folder of the networks that hear, where another study with the same numbers has them; null for that of the runs.</summary>
    public string? SoundRuns { get; init; }

    /// <summary>Sound and action units of RAVDESS, and its films where the study's face is theirs.</summary>
    /// <param name="films">Reads what the face network says of the faces in films; null where nobody asks.</param>
    public static Func<CancellationToken, Task<PairedCorpus>> Reader(
        DataRoot data, PairedStudySpec study, Func<CancellationToken, Task<FaceFilms>>? films) => token => PairedCorpus.ReadAsync(
        data, RecipeFile.Read<AudioRecipe>("audio") with { Teacher = PairedNetworks.SpeechRecipe(data, study, [1, 2]).Teacher },
        RecipeFile.Read<SecondBranchRecipe>("speech-two-branch"), films, token);

    /// <summary>A cell that fails is told and passed over, so that a night's other cells are made.</summary>
    /// <param name="protocols">Names; null for all.</param>
    /// <param name="folds">Null for all of the study.</param>
    /// <param name="cancellationToken">Stops after the last whole epoch.</param>
    /// <returns>How many cells failed.</returns>
    public async Task<int> RunAsync(IReadOnlyCollection<string>? protocols, IReadOnlyCollection<int>? folds, CancellationToken cancellationToken)
    {
        if (protocols?.Except(study.Protocols.Select(protocol => protocol.Name)).ToList() is { Count: > 0 } unknown)
        {
            throw new ArgumentException($"No such protocol: {string.Join(", ", unknown)}; there are {string.Join(", ", study.Protocols.Select(one => one.Name))}.");
        }

        var rows = new PairedRows(study);
        if (folds?.Except(study.Folds).ToList() is { Count: > 0 } none)
        {
            throw new ArgumentException($"No such fold: {string.Join(", ", none)}; there are {string.Join(", ", study.Folds)}.");
        }

        var failed = 0;
        foreach (var protocol in study.Protocols.Where(protocol => protocols?.Contains(protocol.Name) ?? true))
        {
            foreach (var fold in study.Folds.Where(fold => folds?.Contains(fold) ?? true))
            {
                try
                {
                    await CellAsync(protocol, fold, rows, cancellationToken);
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    failed++;
                    report($"{protocol.Name}, fold {fold}: FAILED: {failure}");
                }
            }
        }

        return failed;
    }

    private async Task CellAsync(PairedProtocol protocol, int fold, PairedRows rows, CancellationToken cancellationToken)
    {
        var path = Path.Combine(runs, protocol.Name, $"fold-{fold}");
        Directory.CreateDirectory(path);
        using var held = SpeechStudy.TryHold(Path.Combine(path, ".held"));
        var run = new RunFolder(path);
        if (held is null || run.Has(PairedCell.FileName))
        {
            if (held is not null && run.ReadJson<PairedCell>(PairedCell.FileName).Study != RecipeFile.Digest(study))
            {
                throw new ArgumentException($"'{path}' is there, but by other numbers than this study's: give another folder as --runs, or delete it.");
            }

            report($"{protocol.Name}, fold {fold}: {(held is null ? "another process has it" : "there already")}");
            return;
        }

        _corpus ??= await corpus(cancellationToken);
        var networks = new PairedNetworks(data, study, protocol, _corpus, runs, report) { SoundRuns = SoundRuns };
        var (training, test) = await ClipsAsync(networks, fold, cancellationToken);
        run.WriteJson(PairedCell.FileName + ".partial", Judge(protocol, fold, rows, training, test, run, networks, cancellationToken));
        File.Move(run.FilePath(PairedCell.FileName + ".partial"), run.FilePath(PairedCell.FileName), overwrite: true);
    }

    /// <summary>
    /// What fusion gets. Every answer is of a network that never saw its person, nor anybody who tests: of the others' by cross-fitting over the folds. Those whom the
    /// speech network learned from have no feature map of it.
    /// </summary>
    private async Task<(IReadOnlyList<PairedClip> Training, IReadOnlyList<PairedClip> Test)> ClipsAsync(
        PairedNetworks networks, int test, CancellationToken cancellationToken)
    {
        // The cheap networks first: what they are worth can be looked at before the speech network is there.
        var (spoken, seen) = (new Dictionary<int, ByClip>(), new Dictionary<int, ByClip>());
        foreach (var fold in Enumerable.Range(1, SpeechSplitSpec.Folds))
        {
            var without = new[] { test, fold }.Distinct().ToList();
            spoken[fold] = await networks.BranchAsync(PairedModalities.Encoder, without, fold, cancellationToken);
            if (study.Face == PairedModalities.ActionUnits)
            {
                seen[fold] = await networks.BranchAsync(PairedModalities.ActionUnits, without, fold, cancellationToken);
            }
        }

        int[] pair = [test, PairedFolds.Held(test)];
        var heard = new Dictionary<int, ByClip>();
        foreach (var fold in pair)
        {
            heard[fold] = await networks.SpeechAsync(pair, fold, cancellationToken);
            if (study.Face == PairedModalities.FaceVideo)
            {
                seen[fold] = await networks.FacesAsync(pair, fold, cancellationToken);
            }
        }

        IReadOnlyList<PairedClip> Of(int fold) => [.. spoken[fold].Select(one => new PairedClip(
            one.Key, Ravdess.Parse(one.Key).Subject, one.Value[0].Label,
            [heard.GetValueOrDefault(fold)?[one.Key] ?? [], one.Value, seen.GetValueOrDefault(fold)?.GetValueOrDefault(one.Key) ?? []]))];
        return ([.. PairedFolds.Others(test).SelectMany(Of)], Of(test));
    }

    private PairedCell Judge(
        PairedProtocol protocol, int fold, PairedRows rows, IReadOnlyList<PairedClip> training, IReadOnlyList<PairedClip> test, RunFolder run, PairedNetworks networks,
        CancellationToken cancellationToken)
    {
        var allowed = EmotionLabels.Mask(protocol.Labels);
        var rules = new PairedRules(rows, allowed, study.Fusion with { Training = study.Fusion.Training with { Seed = study.Seed } });
        var held = training.Where(clip => clip.IsWhole).ToList();
        List<int> actors = [.. held.Select(clip => clip.Subject).Distinct().Order()];
        var fits = new Dictionary<string, PairedRowFit>();
        Directory.CreateDirectory(run.FilePath(PairedCell.AnswersFolder));
        foreach (var rule in rows.All.GroupBy(row => row.Rule))
        {
            FusionRule Fit(IReadOnlyList<PairedClip> clips, IReadOnlyList<PairedClip> looked, string name) =>
                rules.Fit(rule.Key, clips, looked, new RunFolder(run.FilePath($"{rule.Key}/{name}")), cancellationToken);
            var without = actors.ToDictionary(actor => actor, actor => Fit(
                [.. training.Where(clip => clip.Subject != actor)], [.. held.Where(clip => clip.Subject == actor)], $"without-actor-{actor:00}"));
            var final = Fit(training, held, "all");
            foreach (var row in rule)
            {
                IReadOnlyList<EvidenceTuple> Tuples(IEnumerable<PairedClip> clips) => [.. clips.Select(clip => clip.Tuple(row.Subset, allowed))];
                List<PairedClip> asked = [.. actors.SelectMany(actor => held.Where(clip => clip.Subject == actor))];
                var answers = CalibratedAnswers.Best(
                    row.IsLearned ? study.Fusion.CorrectionShares : [1],
                    share => [.. actors.SelectMany(actor => without[actor](Tuples(held.Where(clip => clip.Subject == actor)), share))],
                    [.. asked.Select(clip => clip.Label)], study.Coverage);
                fits[row.Name] = answers.Fit;
                CellPosteriors.Write(run.FilePath(Path.Combine(PairedCell.AnswersFolder, row.Name + ".csv")),
                [
                    .. asked.Zip(answers.Fitted, (clip, posterior) => Said(CellPosterior.Validation, clip, posterior)),
                    .. test.Zip(final(Tuples(test), answers.Fit.CorrectionShare), (clip, posterior) => Said(CellPosterior.Test, clip, answers.Apply(posterior))),
                ]);
            }

            report($"{protocol.Name}, fold {fold}: {rule.Key} is fitted and has answered");
        }

        var testActors = test.Select(clip => clip.Subject).Distinct().Order().ToList();
        return new PairedCell
        {
            Protocol = protocol.Name, Labels = protocol.Labels, Fold = fold, Seed = study.Seed, TestActors = testActors, HeldActors = actors,
            Split = $"by actor: fold {fold} tests; fold {PairedFolds.Held(fold)} trains and calibrates fusion on all inputs, never heard by the speech network; "
                + "the other four folds train the speech network, and fusion on inputs that no fold has trained, by cross-fitted networks",
            WholeClips = held.Count, PartialClips = training.Count - held.Count, TestClips = test.Count, Rows = fits,
            Weights = rules.Rivals(training).Weights, Epochs = networks.Epochs, Hours = networks.Hours,
            Commit = GitCommit.Of(DataRoot.RepositoryRoot()), DataDigests = _corpus!.Digests, Study = RecipeFile.Digest(study),
        };
    }

    private static CellPosterior Said(string part, PairedClip clip, float[] posterior) => new(part, clip.Name, clip.Label, posterior);
}

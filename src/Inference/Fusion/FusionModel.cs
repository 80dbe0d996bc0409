using Emotion.Features;
using Emotion.Inference.Golden;
using Emotion.Inference.Hosting;
using Emotion.Inference.Sessions;
using Emotion.ModelRegistry.Packages;
using Microsoft.ML.OnnxRuntime;

namespace Emotion.Inference.Fusion;

/// <summary>
/// Embeddings and posteriors of any non-empty subset of the modalities, concatenated -> fully connected -> posterior <c>[8]</c>. All
/// windows of a clip, and each of them once more without each of its modalities, are one batch.
/// </summary>
public sealed class FusionModel : IServableModel<FusionModel>
{
    /// <summary>Rows of one run; a longer clip takes several.</summary>
    private const int MaxRows = 256;

    /// <summary>What a window says without any modality: nothing, which is every emotion alike.</summary>
    private const float NoEvidence = 1f / EmotionLabels.Count;

    private static readonly string[] OutputNames = ["posterior"];

    private readonly FusionSpec _spec;
    private readonly GraphSession _graph;
    private readonly int[] _lengths;
    private readonly string[] _inputNames;

    private FusionModel(ModelPackage package, FusionSpec spec, GraphSession graph, int[] lengths)
    {
        Package = package;
        _spec = spec;
        _graph = graph;
        _lengths = lengths;
        _inputNames = [.. spec.Modalities, .. spec.Modalities.Select(PosteriorOf), "present"];
    }

    public static string ModelName => "fusion";

    public ModelPackage Package { get; }

    /// <summary>Modalities that it knows; evidence of others is refused.</summary>
    public IReadOnlyList<string> Modalities => _spec.Modalities;

    public static FusionModel Load(ModelPackage package, ModelRuntime runtime)
    {
        var manifest = package.Manifest;
        manifest.RequireOurLabels();
        var spec = manifest.Spec<FusionSpec>();
        if (spec.Modalities.FirstOrDefault(modality => !manifest.TrainedOn.ContainsKey(modality)) is { } orphan)
        {
            throw new UnservablePackageException($"fusion/{package.Version} does not say which version of '{orphan}' it was trained on.");
        }

        var graph = runtime.Sessions.Open(package, "classifier");
        try
        {
            var lengths = spec.Modalities.Select(modality => graph.RequireInput(modality, -1, -1)[1]).ToArray();
            foreach (var modality in spec.Modalities)
            {
                graph.RequireInput(PosteriorOf(modality), -1, EmotionLabels.Count);
            }

            graph.RequireInput("present", -1, spec.Modalities.Count);
            graph.RequireOutput("posterior", -1, EmotionLabels.Count);
            return lengths.All(length => length > 0)
                ? new FusionModel(package, spec, graph, lengths)
                : throw new UnservablePackageException($"fusion/{package.Version}: every embedding input must say its length.");
        }
        catch
        {
            graph.Dispose();
            throw;
        }
    }

    public static GoldenInputs SynthesiseGolden(FusionModel model)
    {
        var inputs = new GoldenInputs();
        for (var m = 0; m < model.Modalities.Count; m++)
        {
            inputs[model.Modalities[m]] = GoldenInputs.Waves(model._lengths[m], m + 1, 1);
            var weights = Array.ConvertAll(GoldenInputs.Waves(EmotionLabels.Count, m + 5, 1), wave => 1.5f + wave);
            inputs[PosteriorOf(model.Modalities[m])] = Array.ConvertAll(weights, weight => weight / weights.Sum());
        }

        return inputs;
    }

    /// <summary>Fuses each window and the clip.</summary>
    /// <exception cref="InvalidInputException">No windows, unknown or doubled modalities, wrong lengths, numbers that are not finite.</exception>
    /// <exception cref="IncompatibleVersionException">An embedding of a version that this fusion was not trained on.</exception>
    public FusedClip Fuse(IReadOnlyList<WindowEvidence> windows)
    {
        using var activity = InferenceInstruments.Activities.StartActivity("fusion.graph");
        var slots = Validate(windows);
        var rows = Rows(slots);
        var posteriors = RunAll(rows);

        var fused = new FusedWindow[windows.Count];
        var clip = new ClipMean(_spec.Modalities.Count);
        for (int w = 0, row = 0; w < windows.Count; w++)
        {
            var present = slots[w].Count(evidence => evidence is not null);
            if (present == 0)
            {
                fused[w] = new FusedWindow(windows[w].WindowIndex, [], false, [], NoModality("this window"));
                continue;
            }

            var full = posteriors[row++];
            var winner = full.AsSpan().IndexOfMaximum();
            var contributions = new List<Contribution>(present);
            var weight = slots[w].OfType<ModalityEvidence>().Average(evidence => evidence.Quality);
            for (var m = 0; m < slots[w].Length; m++)
            {
                if (slots[w][m] is not { } evidence)
                {
                    clip.AddWithout(m, full, weight);
                    continue;
                }

                var without = present > 1 ? posteriors[row++] : null;
                contributions.Add(new Contribution(_spec.Modalities[m], full[winner] - (without?[winner] ?? NoEvidence), []));
                clip.AddOwn(m, evidence.Posterior.Span, evidence.Quality);
                if (without is not null)
                {
                    clip.AddWithout(m, without, weight);
                }
            }

            clip.Add(full, weight);
            fused[w] = new FusedWindow(windows[w].WindowIndex, full, full[winner] < _spec.UncertainBelow, contributions, null)
            {
                ModalitiesDisagree = Disagreement.IsAmong([.. slots[w].OfType<ModalityEvidence>().Select(evidence => evidence.Posterior)]),
            };
        }

        return Conclude(fused, clip);
    }

    public Task<IReadOnlyDictionary<string, float[]>> RunGoldenAsync(GoldenInputs inputs, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var evidence = _spec.Modalities.Select(modality => new ModalityEvidence(
            modality, modality, Package.Manifest.TrainedOn[modality], inputs.Get(PosteriorOf(modality)), inputs.Get(modality), 1));
        var all = evidence.ToArray();
        var outputs = new Dictionary<string, float[]> { ["posterior"] = Fuse([new WindowEvidence(0, all)]).Posterior };
        foreach (var one in all)
        {
            outputs["posterior_" + one.Modality] = Fuse([new WindowEvidence(0, [one])]).Posterior;
        }

        return Task.FromResult<IReadOnlyDictionary<string, float[]>>(outputs);
    }

    public ValueTask DisposeAsync()
    {
        _graph.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string PosteriorOf(string modality) => modality + "_posterior";

    private static Abstention NoModality(string where) => new(AbstentionReason.NoModality, $"No modality has an answer for {where}.");

    // A slot per modality, in the order of the spec; null where it is absent.
    private ModalityEvidence?[][] Validate(IReadOnlyList<WindowEvidence> windows)
    {
        if (windows.Count == 0)
        {
            throw new InvalidInputException("There are no windows to fuse.");
        }

        return [.. windows.Select(window =>
        {
            var slots = new ModalityEvidence?[_spec.Modalities.Count];
            foreach (var evidence in window.Evidence)
            {
                var m = _spec.Modalities.Index().FirstOrDefault(pair => pair.Item == evidence.Modality, (Index: -1, Item: "")).Index;
                if (m < 0 || slots[m] is not null)
                {
                    throw new InvalidInputException(
                        $"Window {window.WindowIndex}: '{evidence.Modality}' is {(m < 0 ? "unknown to this fusion" : "there twice")}; "
                        + $"it knows {string.Join(", ", _spec.Modalities)}.");
                }

                slots[m] = Checked(evidence, m, window.WindowIndex);
            }

            return slots;
        })];
    }

    private ModalityEvidence Checked(ModalityEvidence evidence, int modality, int window)
    {
        var trainedOn = Package.Manifest.TrainedOn[evidence.Modality];
        if (evidence.Producer != evidence.Modality || evidence.ProducerVersion != trainedOn)
        {
            throw new IncompatibleVersionException(
                $"Window {window}: the feature map of {evidence.Producer}/{evidence.ProducerVersion} does not fit "
                + $"fusion/{Package.Version}, which was trained on {evidence.Modality}/{trainedOn}.");
        }

        if (evidence.Embedding.Length != _lengths[modality] || evidence.Posterior.Length != EmotionLabels.Count)
        {
            throw new InvalidInputException(
                $"Window {window}, {evidence.Modality}: {evidence.Embedding.Length} embedding values and {evidence.Posterior.Length} "
                + $"probabilities instead of {_lengths[modality]} and {EmotionLabels.Count}.");
        }

        var sum = 0f;
        foreach (var probability in evidence.Posterior.Span)
        {
            sum += probability >= 0 ? probability : float.NaN;
        }

        if (!(Math.Abs(sum - 1) < 1e-2f) || !(evidence.Quality is >= 0 and <= 1) || evidence.Embedding.Span.ContainsAnyNotFinite())
        {
            throw new InvalidInputException(
                $"Window {window}, {evidence.Modality}: probabilities must add up to 1 (they give {sum}), quality must be 0..1 "
                + $"({evidence.Quality}), embeddings finite.");
        }

        return evidence;
    }

    // For each window with evidence: all of it, then, if there are several, all but each.
    private static List<ModalityEvidence?[]> Rows(ModalityEvidence?[][] slots)
    {
        var rows = new List<ModalityEvidence?[]>();
        foreach (var window in slots)
        {
            var present = window.Count(evidence => evidence is not null);
            if (present > 0)
            {
                rows.Add(window);
            }

            for (var m = 0; m < window.Length && present > 1; m++)
            {
                if (window[m] is not null)
                {
                    var without = window.ToArray();
                    without[m] = null;
                    rows.Add(without);
                }
            }
        }

        return rows;
    }

    private float[][] RunAll(List<ModalityEvidence?[]> rows) => [.. rows.Chunk(MaxRows).SelectMany(Run)];

    private float[][] Run(ModalityEvidence?[][] rows)
    {
        var modalities = _spec.Modalities.Count;
        var embeddings = _lengths.Select(length => new PooledTensor<float>(rows.Length, length)).ToArray();
        var evidence = _lengths.Select(_ => new PooledTensor<float>(rows.Length, EmotionLabels.Count)).ToArray();
        using var present = new PooledTensor<float>(rows.Length, modalities);
        using var posterior = new PooledTensor<float>(rows.Length, EmotionLabels.Count);
        try
        {
            for (var row = 0; row < rows.Length; row++)
            {
                for (var m = 0; m < modalities; m++)
                {
                    var slot = rows[row][m];
                    present.Row(row)[m] = slot is null ? 0 : 1;
                    Fill(embeddings[m].Row(row), slot?.Embedding ?? default);
                    Fill(evidence[m].Row(row), slot?.Posterior ?? default);
                }
            }

            OrtValue[] inputs = [.. embeddings.Select(tensor => tensor.Value), .. evidence.Select(tensor => tensor.Value), present.Value];
            _graph.Run(_inputNames, inputs, OutputNames, [posterior.Value]);
            return [.. Enumerable.Range(0, rows.Length).Select(row => posterior.Row(row).ToArray())];
        }
        finally
        {
            Array.ForEach(embeddings, tensor => tensor.Dispose());
            Array.ForEach(evidence, tensor => tensor.Dispose());
        }
    }

    private static void Fill(Span<float> target, ReadOnlyMemory<float> values)
    {
        if (values.IsEmpty)
        {
            target.Clear();
        }
        else
        {
            values.Span.CopyTo(target);
        }
    }

    private FusedClip Conclude(FusedWindow[] windows, ClipMean clip)
    {
        if (clip.Posterior is not { } posterior)
        {
            return new FusedClip(windows, [], false, [], NoModality("this clip"));
        }

        var winner = posterior.AsSpan().IndexOfMaximum();
        var contributions = new List<Contribution>();
        for (var m = 0; m < _spec.Modalities.Count; m++)
        {
            if (clip.Own(m) is { } own)
            {
                var without = clip.Without(m)?[winner] ?? NoEvidence;
                contributions.Add(new Contribution(_spec.Modalities[m], posterior[winner] - without, own));
            }
        }

        return new FusedClip(windows, posterior, posterior[winner] < _spec.UncertainBelow, contributions, null)
        {
            ModalitiesDisagree = Disagreement.IsAmong([.. contributions.Select(one => (ReadOnlyMemory<float>)one.Posterior)]),
        };
    }
}

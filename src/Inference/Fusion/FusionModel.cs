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
    internal const float NoEvidence = 1f / EmotionLabels.Count;

    private static readonly string[] OutputNames = ["posterior"];

    private readonly FusionSpec _spec;
    private readonly EvidenceSlots _slots;
    private readonly GraphSession _graph;
    private readonly int[] _lengths;
    private readonly string[] _inputNames;

    private FusionModel(ModelPackage package, FusionSpec spec, GraphSession graph, int[] lengths)
    {
        Package = package;
        _spec = spec;
        _slots = new EvidenceSlots(package, spec.Modalities);
        _graph = graph;
        _lengths = lengths;
        _inputNames = [.. spec.Modalities, .. spec.Modalities.Select(PosteriorOf), "present"];
    }

    public static string ModelName => "fusion";

    public ModelPackage Package { get; }

    /// <summary>Modalities that it knows; evidence of others is refused.</summary>
    public IReadOnlyList<string> Modalities => _spec.Modalities;

    /// <summary>A winner with less is called uncertain.</summary>
    public float UncertainBelow => _spec.UncertainBelow;

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
    /// <exception cref="OperationCanceledException">Looked at before each run of the graph.</exception>
    public FusedClip Fuse(IReadOnlyList<WindowEvidence> windows, CancellationToken cancellationToken)
    {
        using var activity = InferenceInstruments.Activities.StartActivity("fusion.graph");
        return new FusedClipBuilder(_spec.Modalities, _spec.UncertainBelow).Build(
            windows, _slots.ForNetwork(windows, _lengths), rows => [.. rows.Chunk(MaxRows).SelectMany(some => Run(some, cancellationToken))]);
    }

    /// <summary>
    /// The fallback for evidence of versions that this fusion was not trained on: <see cref="PosteriorProduct"/> instead of the network, embeddings unseen.
    /// All of it is uncertain, since nobody chose a threshold for it.
    /// </summary>
    /// <exception cref="InvalidInputException">As of <see cref="Fuse"/>, of posteriors; or one that does not name the labels that it covers.</exception>
    /// <exception cref="OperationCanceledException">Looked at before each row.</exception>
    public FusedClip FuseByProduct(IReadOnlyList<WindowEvidence> windows, CancellationToken cancellationToken)
    {
        using var activity = InferenceInstruments.Activities.StartActivity("fusion.fallback");
        return new FusedClipBuilder(_spec.Modalities, float.PositiveInfinity).Build(
            windows,
            _slots.ForProduct(windows),
            rows => [.. rows.Select(row =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                return PosteriorProduct.Of(row.OfType<ModalityEvidence>().Select(evidence => (evidence.Posterior, EmotionLabels.Mask(evidence.CoveredLabels))));
            })]);
    }

    public Task<IReadOnlyDictionary<string, float[]>> RunGoldenAsync(GoldenInputs inputs, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var evidence = _spec.Modalities.Select(modality => new ModalityEvidence(
            modality, modality, Package.Manifest.TrainedOn[modality], inputs.Get(PosteriorOf(modality)), inputs.Get(modality), 1));
        var all = evidence.ToArray();
        var outputs = new Dictionary<string, float[]> { ["posterior"] = Fuse([new WindowEvidence(0, all)], cancellationToken).Posterior };
        foreach (var one in all)
        {
            outputs["posterior_" + one.Modality] = Fuse([new WindowEvidence(0, [one])], cancellationToken).Posterior;
        }

        return Task.FromResult<IReadOnlyDictionary<string, float[]>>(outputs);
    }

    public ValueTask DisposeAsync()
    {
        _graph.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string PosteriorOf(string modality) => modality + "_posterior";

    private float[][] Run(ModalityEvidence?[][] rows, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
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
}

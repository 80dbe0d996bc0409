using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Inference.Video;
using Emotion.Training.Augmentation;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using static TorchSharp.torch;

namespace Emotion.Training.Commands;

/// <summary>The sequence network over the frozen face network: CK+ by subject, and sequences composed of FER2013's training pictures.</summary>
public static class TrainSequence
{
    private const int SelectionSequences = 700;

    public static async Task RunAsync(
        DataRoot data, SequenceRecipe recipe, RunFolder video, RunFolder run, int threads, Action<string> report, CancellationToken cancellationToken)
    {
        // Before the pictures are read: a run of another recipe is refused at once.
        run.Begin(recipe);
        TrainedOver.Begin(run, video);
        var frame = video.ReadJson<VideoRecipe>(RunFolder.RecipeName);
        var aligner = new FaceAligner(frame.FaceFrame);
        var side = frame.FaceFrame.CropSize;
        using var embeddings = new FrameEmbeddings(VideoPackage.FrameGraph(video, 1), side, threads);
        using var detector = await DetectorLoan.TakeAsync(frame.FaceFrame.Detector, cancellationToken);
        var ck = SubjectSplit.Of((await CkPlus.ReadAsync(data, aligner, detector.Detector, detector.Digest, cancellationToken)).Sequences);
        report($"CK+: {ck.Training.Count} sequences train, {ck.Validation.Count} validate");
        EmbeddedSequence Embedded(FaceSequence sequence) => new(sequence.Label, embeddings.Of(sequence.Faces, cancellationToken));
        List<EmbeddedSequence> real = [.. ck.Training.Select(Embedded)], validation = [.. ck.Validation.Select(Embedded)];
        if (recipe.Videos is { } corpora)
        {
            var recorded = await RecordedFaces.FindAsync(data, corpora, report, cancellationToken);
            var spec = new VideoSpec { LongestPictureSide = frame.LongestPictureSide, FaceFrame = frame.FaceFrame, Sequence = recipe.Sequence };
            using var reader = new FaceVideoReader(spec, detector.Detector, detector.Digest, data.Cache);
            async Task AddAsync(SubjectPart part, List<EmbeddedSequence> sequences)
            {
                await foreach (var sequence in reader.ReadAsync(recorded.Of(part), line => report($"{part}: {line}"), cancellationToken))
                {
                    sequences.Add(Embedded(sequence));
                }
            }

            await AddAsync(SubjectPart.Training, real);
            await AddAsync(SubjectPart.Validation, validation);
        }

        var fer = FaceSplit.Of(await Fer2013.ReadAsync(data, cancellationToken));

        StillPool<float[]> Pool(IEnumerable<FacePicture> pictures)
        {
            var stills = StillFaces.Of(
                pictures, recipe.Composition, new PictureAugmenter(recipe.Composition.Augmentation, aligner), side, new Random(recipe.Training.Seed));
            return new StillPool<float[]>(
                stills.Select(still => new Still<float[]>(
                    still.Label,
                    embeddings.Of(still.Versions, cancellationToken),
                    still.Blinks is { } blinks ? embeddings.Of(blinks, cancellationToken) : null)),
                recipe.Composition);
        }

        var training = Pool(fer.Training);
        report("face embeddings of the training pictures are there");
        var selection = Composed(Pool(fer.Selection), SelectionSequences, recipe.Training.Seed);
        Fit(training, real, [.. selection, .. validation], recipe, run, report, cancellationToken);
    }

    /// <exception cref="ArgumentException">A sequence has a label that face networks do not cover: its loss would be against the mask.</exception>
    public static void Fit(
        StillPool<float[]> stills, IReadOnlyList<EmbeddedSequence> real, IReadOnlyList<EmbeddedSequence> validation,
        SequenceRecipe recipe, RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        var covered = EmotionLabels.Mask(CorpusLabels.Fer2013.Covered);
        if (real.Concat(validation).FirstOrDefault(sequence => !covered[sequence.Label]) is { } strange)
        {
            throw new ArgumentException($"A sequence shows '{EmotionLabels.Names[strange.Label]}', which face networks do not cover: leave it out.");
        }

        run.Begin(recipe);
        manual_seed(recipe.Training.Seed);
        using var network = NetworkOf(recipe, validation[0].Frames[0].Length);
        Fit(network, new FaceSequences(stills, real, recipe, covered), validation, covered, recipe.Sequence.MaximumFaceFrames, recipe.Training, run, report, cancellationToken);
    }

    /// <summary>The epoch of the best UAR of <paramref name="validation"/> is kept.</summary>
    /// <param name="longest">Face frames that the network takes.</param>
    internal static void Fit(
        SequenceNetwork network, IExampleSource training, IReadOnlyList<EmbeddedSequence> validation, bool[] covered, int longest, TrainingSpec spec,
        RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        using var mask = CoveredMask.Of(covered);
        var trainee = new Trainee(network, inputs => network.call(inputs[0], inputs[1]).Logits + mask);
        var labels = validation.Select(sequence => sequence.Label).ToArray();
        var batches = validation.Chunk(spec.BatchSize).Select(chunk => FaceSequences.Batched(chunk, longest, 0, covered)).ToList();
        new TrainingLoop(trainee, spec, run, report).Fit(
            training,
            _ => Posteriors.Of(trainee, batches).Scored(labels, covered),
            scores => scores.Uar,
            cancellationToken);
    }

    /// <param name="recipe">Of the sequence network.</param>
    /// <param name="embeddingSize">Of the face network in front of it.</param>
    public static SequenceNetwork NetworkOf(SequenceRecipe recipe, int embeddingSize) =>
        new(new SequenceNetworkSpec(embeddingSize, recipe.Hidden, EmotionLabels.Count, recipe.Dropout));

    private static IEnumerable<EmbeddedSequence> Composed(StillPool<float[]> stills, int count, int seed)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, count).Select(i => stills.Labels[i % stills.Labels.Count])
            .Select(label => new EmbeddedSequence(label, stills.Compose(label, random))).ToList();
    }
}

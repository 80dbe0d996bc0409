using Emotion.Features;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Recipes;
using static TorchSharp.torch;

namespace Emotion.Training.Studies.Paired;

/// <summary>The LSTM over the frozen face network, on films of actors.</summary>
internal static class FaceVideoTraining
{
    /// <param name="training">Sequences that train it.</param>
    /// <param name="looked">Whose figures are told, and nothing else.</param>
    /// <param name="recipe">With averaging of weights: no epoch is chosen.</param>
    /// <param name="covered">Labels that there are.</param>
    /// <param name="run">Of this training.</param>
    /// <param name="cancellationToken">Stops between epochs.</param>
    /// <exception cref="CorpusException">No face was found in any film.</exception>
    public static void Fit(
        IReadOnlyList<EmbeddedSequence> training, IReadOnlyList<EmbeddedSequence> looked, FaceVideoRecipe recipe, bool[] covered, RunFolder run,
        CancellationToken cancellationToken)
    {
        if (training.Count == 0 || looked.Count == 0)
        {
            throw new CorpusException("No face was found in the films of the actors that train, or of those that are judged.");
        }

        manual_seed(recipe.Training.Seed);
        using var mask = CoveredMask.Of(covered);
        using var network = NetworkOf(recipe, training[0]);
        using var twin = NetworkOf(recipe, training[0]);
        int[] labels = [.. looked.Select(sequence => sequence.Label)];
        var plain = Batches(looked, recipe, covered, 0).ToList();
        var average = TraineeOf(twin, mask, null);
        new TrainingLoop(TraineeOf(network, mask, average), recipe.Training, run, _ => { }).Fit(
            new Shuffled(training, recipe, covered), _ => Posteriors.Of(average, plain).Scored(labels, covered), scores => scores.Uar, cancellationToken);
    }

    /// <summary>Feature maps, which are the LSTM's last state, and posteriors.</summary>
    public static IReadOnlyList<Evidence> Answers(RunFolder run, FaceVideoRecipe recipe, bool[] covered, IReadOnlyList<EmbeddedSequence> sequences)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var mask = CoveredMask.Of(covered);
        using var network = NetworkOf(recipe, sequences[0]);
        network.load(run.Best);
        network.eval();
        var answers = new List<Evidence>();
        foreach (var batch in Batches(sequences, recipe, covered, 0))
        {
            var (logits, embedding) = network.call(tensor(batch.Inputs[0].Values, batch.Inputs[0].Shape), tensor(batch.Inputs[1].Values, batch.Inputs[1].Shape));
            answers.AddRange(embedding.data<float>().ToArray().Chunk(recipe.Hidden).Zip(
                (logits + mask).softmax(1).data<float>().ToArray().Chunk(EmotionLabels.Count), (map, posterior) => new Evidence(0, map, posterior)));
        }

        return [.. answers.Zip(sequences, (answer, sequence) => answer with { Label = sequence.Label })];
    }

    private static IEnumerable<Batch> Batches(IEnumerable<EmbeddedSequence> sequences, FaceVideoRecipe recipe, bool[] covered, double smoothing) =>
        sequences.Chunk(recipe.Training.BatchSize).Select(chunk => FaceSequences.Batched(chunk, recipe.MaximumFaceFrames, smoothing, covered));

    private static SequenceNetwork NetworkOf(FaceVideoRecipe recipe, EmbeddedSequence sequence) =>
        new(new SequenceNetworkSpec(sequence.Frames[0].Length, recipe.Hidden, EmotionLabels.Count, recipe.Dropout));

    private static Trainee TraineeOf(SequenceNetwork network, Tensor mask, Trainee? average) =>
        new(network, inputs => network.call(inputs[0], inputs[1]).Logits + mask, average);

    private sealed class Shuffled(IReadOnlyList<EmbeddedSequence> sequences, FaceVideoRecipe recipe, bool[] covered) : IExampleSource
    {
        public int Count => sequences.Count;

        public IEnumerable<Batch> Epoch(int epoch, Random random)
        {
            var order = sequences.ToArray();
            random.Shuffle(order);
            return Batches(order, recipe, covered, recipe.Training.LabelSmoothing);
        }
    }
}

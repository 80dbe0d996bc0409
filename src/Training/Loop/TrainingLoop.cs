using System.Diagnostics;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Loop;

/// <summary>What the loop fits: a module and how its logits come from a batch.</summary>
/// <param name="Module">Holds parameters and buffers; saved and loaded as one.</param>
/// <param name="Logits">Inputs of a batch to logits <c>[batch, labels]</c>.</param>
/// <param name="Average">A twin that holds the moving average of the weights, if the recipe asks for one.</param>
public sealed record Trainee(nn.Module Module, Func<IReadOnlyList<Tensor>, Tensor> Logits, Trainee? Average = null)
{
    /// <summary>Inputs and targets of a batch to the loss; cross entropy unless said otherwise.</summary>
    public Func<IReadOnlyList<Tensor>, Tensor, Tensor> Loss { get; init; } =
        (inputs, targets) => TrainingLoop.SoftCrossEntropy(Logits(inputs), targets);
}

/// <summary>
/// Fits a network to soft targets: shuffled batches, a learning rate that follows progress, a checkpoint after every epoch, the
/// weights kept of the epoch that the selection part liked best. Deterministic for a seed and a number of threads.
/// </summary>
public sealed class TrainingLoop(Trainee trainee, TrainingSpec spec, RunFolder run, Action<string> report)
{
    private const int BatchesAhead = 4;
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(1);

    // Where no epoch is chosen, the scores of the selection part are only to look at.
    private const int LookEvery = 10;
    private readonly WeightAverage? _average = trainee.Average is { } twin ? new WeightAverage(trainee.Module, twin.Module, spec.Averaging) : null;

    /// <param name="examples">The training part.</param>
    /// <param name="select">Scores of the network after an epoch, on the selection part; called in evaluation mode and without gradients.</param>
    /// <param name="better">The figure that selects; higher is better.</param>
    public void Fit(IExampleSource examples, Func<int, Scores> select, Func<Scores, double> better, CancellationToken cancellationToken)
    {
        using var optimizer = Optimizers.Create(trainee.Module, spec.Optimizer);
        var state = run.Resume(trainee.Module, optimizer, trainee.Average?.Module);
        _average?.Begin(state.Epoch == 0 ? 0 : state.Steps);
        if (state.Epoch > 0)
        {
            report($"resumed after epoch {state.Epoch} of {spec.Epochs}");
        }

        for (var epoch = state.Epoch; epoch < spec.Epochs; epoch++)
        {
            var clock = Stopwatch.StartNew();
            var loss = Epoch(optimizer, examples, epoch, cancellationToken);
            var looked = _average is null || spec.ChooseEpoch || (epoch + 1) % LookEvery == 0 || epoch + 1 == spec.Epochs;
            var scores = looked ? Evaluate(() => select(epoch)) : null;
            var figure = scores is null ? state.Best : better(scores);
            if (trainee.Average is not null && !spec.ChooseEpoch ? epoch + 1 == spec.Epochs : figure > state.Best)
            {
                run.SaveBest((trainee.Average ?? trainee).Module);
            }

            state = new RunState(epoch + 1, Math.Max(figure, state.Best), _average?.Steps);
            run.Save(trainee.Module, optimizer, state, trainee.Average?.Module);
            run.Log(epoch + 1, loss, scores, clock.Elapsed, examples.Count);
            var left = clock.Elapsed * (spec.Epochs - epoch - 1);
            var said = scores is null ? "" : $" selection {scores};";
            report($"epoch {epoch + 1}/{spec.Epochs}: loss {loss:F4};{said} {clock.Elapsed.TotalSeconds:F0} s, about {left.TotalMinutes:F0} min left");
        }
    }

    private double Epoch(optim.Optimizer optimizer, IExampleSource examples, int epoch, CancellationToken cancellationToken)
    {
        trainee.Module.train();
        var random = new Random(HashCode(spec.Seed, epoch));
        manual_seed(HashCode(spec.Seed, epoch));
        var (sum, seen, clock) = (0.0, 0, Stopwatch.StartNew());
        var (said, told) = (TimeSpan.Zero, TimeSpan.MinValue);
        foreach (var batch in Prefetch.Ahead(examples.Epoch(epoch, random), BatchesAhead, cancellationToken))
        {
            Optimizers.SetLearningRate(optimizer, spec.Optimizer.LearningRateAt((epoch + (double)seen / examples.Count) / spec.Epochs));
            sum += Step(optimizer, batch) * batch.Count;
            seen += batch.Count;
            if (told == TimeSpan.MinValue || clock.Elapsed - told > TellEvery)
            {
                told = clock.Elapsed;
                Tell(epoch, (double)seen / examples.Count, seen / told.TotalSeconds, sum / seen, examples.Count);
            }

            if (clock.Elapsed - said > TimeSpan.FromSeconds(20))
            {
                said = clock.Elapsed;
                report($"  epoch {epoch + 1}: {seen}/{examples.Count}, loss {sum / seen:F4}, {seen / said.TotalSeconds:F0} examples/s");
            }
        }

        return sum / Math.Max(1, seen);
    }

    private void Tell(int epoch, double done, double speed, double loss, int examples) => run.Tell(new RunProgress(
        TimeProvider.System.GetUtcNow(), epoch + 1, spec.Epochs, (epoch + done) / spec.Epochs, Math.Round(speed, 1), Math.Round(loss, 5),
        Math.Round((spec.Epochs - epoch - done) * examples / speed)));

    private double Step(optim.Optimizer optimizer, Batch batch)
    {
        using var scope = NewDisposeScope();
        var inputs = batch.Inputs.Select(input => tensor(input.Values, input.Shape)).ToList();
        var targets = tensor(batch.Targets, [batch.Count, batch.Targets.Length / batch.Count]);
        var loss = trainee.Loss(inputs, targets);
        optimizer.zero_grad();
        loss.backward();
        nn.utils.clip_grad_norm_(trainee.Module.parameters(), spec.Optimizer.MaximumGradientNorm);
        optimizer.step();
        _average?.Step();
        return loss.ToDouble();
    }

    private Scores Evaluate(Func<Scores> select)
    {
        (trainee.Average ?? trainee).Module.eval();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        return select();
    }

    /// <summary>The mean over the batch of -sum of target ln softmax(logits).</summary>
    public static Tensor SoftCrossEntropy(Tensor logits, Tensor targets) =>
        -(nn.functional.log_softmax(logits, 1) * targets).sum(1).mean();

    // Not System.HashCode: that one differs from process to process.
    private static int HashCode(int seed, int epoch) => unchecked(seed * 1_000_003 + epoch * 7_919) & int.MaxValue;
}

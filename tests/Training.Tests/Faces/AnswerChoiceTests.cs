using Emotion.Features;
using Emotion.Inference.Video;
using Emotion.Training.Evaluation;
using Emotion.Training.Packaging;

namespace Emotion.Training.Tests.Faces;

public class AnswerChoiceTests
{
    private static readonly int[] Labels = [.. Enumerable.Range(0, 200).Select(i => i % 2 == 0 ? 2 : 3)];

    [Fact]
    public void Fit_OfEachAnswer_IsItsOwnTemperature()
    {
        // Both are right four times in five; one says so, the other is nearly certain.
        var honest = AnswerFit.Of(Answers(0.8f, wrongEvery: 5), Answers(0.8f, wrongEvery: 5));
        var boasting = AnswerFit.Of(Answers(0.999f, wrongEvery: 5), Answers(0.999f, wrongEvery: 5));

        Assert.Equal(1, honest.Temperature, 2);
        Assert.InRange(boasting.Temperature, 4, 6);
        Assert.Equal(honest.Nll, boasting.Nll, 3);
    }

    [Fact]
    public void Chosen_IsTheSmallerNllWithComposedAndRealSequencesCountingTheSame()
    {
        // Better on a thousand composed sequences by a little, much worse on two hundred real ones.
        var composed = Enumerable.Range(0, 5).SelectMany(_ => Labels).ToArray();
        var network = AnswerFit.Of(Answers(0.8f, 5, composed), Answers(0.8f, 2));
        var mean = AnswerFit.Of(Answers(0.8f, 4, composed), Answers(0.8f, 5));

        Assert.Equal(SequenceSpec.Mean, new AnswerChoice(network, mean).Chosen);
        Assert.Equal(SequenceSpec.Network, new AnswerChoice(mean, network).Chosen);
        Assert.Equal(SequenceSpec.Mean, new AnswerChoice(mean, mean).Chosen);
        Assert.Equal(mean.Nll, (double)new AnswerChoice(network, mean).ToJson()["mean"]!["nll"]!, 4);
    }

    private static Judged Answers(float sure, int wrongEvery, int[]? labels = null) => new("", labels ?? Labels, [.. (labels ?? Labels).Select((label, i) =>
    {
        var posterior = new float[EmotionLabels.Count];
        posterior[label] = i % wrongEvery == 0 ? 1 - sure : sure;
        posterior[label == 2 ? 3 : 2] = 1 - posterior[label];
        return posterior;
    })], null);
}

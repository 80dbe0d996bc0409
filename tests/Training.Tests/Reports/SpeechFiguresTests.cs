using System.Text.Json;
using Emotion.Training.Evaluation;

namespace Emotion.Training.Tests.Reports;

/// <summary>Against <c>make-speech-figures.py</c>, which restates the definitions in plain Python.</summary>
public class SpeechFiguresTests
{
    private sealed record Golden(int N, double Uar, double Wa, double MacroF1, double Nll, double Ece, double[] UarInterval, double EceIfPerfect);

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Golden");

    private static readonly IReadOnlyList<SpeechAnswer> Answers = PooledAnswers.Read(Path.Combine(Folder, "speech-figures.csv"));

    private static readonly Golden Expected = JsonSerializer.Deserialize<Golden>(
        File.ReadAllText(Path.Combine(Folder, "speech-figures.json")), JsonSerializerOptions.Web)!;

    private static readonly SpeechFigures Figures = SpeechFigures.Of(Answers);

    [Fact]
    public void Figures_OfTheGoldenAnswers_AreThoseOfTheIndependentRestatement()
    {
        Assert.Equal(Expected.N, Figures.Scores.Count);
        Assert.Equal(Expected.Uar, Figures.Scores.Uar, 8);
        Assert.Equal(Expected.Wa, Figures.Scores.Wa, 8);
        Assert.Equal(Expected.MacroF1, Figures.Scores.MacroF1, 8);
        Assert.Equal(Expected.Nll, Figures.Scores.Nll, 6);
        Assert.Equal(Expected.Ece, Figures.Ece, 6);
    }

    [Fact]
    public void Interval_OverActors_IsThatOfAnotherGenerator()
    {
        Assert.Equal(4, Figures.Actors);
        Assert.Equal(Expected.UarInterval[0], Figures.Uar.Low, 0.01);
        Assert.Equal(Expected.UarInterval[1], Figures.Uar.High, 0.01);
    }

    [Fact]
    public void EceIfPerfect_OfTheGoldenAnswers_IsThatOfLabelsDrawnFromThem()
    {
        Assert.Equal(Expected.EceIfPerfect, Figures.PerfectEce, 0.003);
        Assert.True(Figures.PerfectEceRange.Contains(Figures.PerfectEce));
        Assert.False(Figures.PerfectEceRange.Contains(Figures.Ece), "these answers are far less sure than they could be");
    }

    [Fact]
    public void Bins_OfTwentyFiveAnswers_HoldTwoOrThreeEachInOrderOfConfidence()
    {
        var bins = EqualMassCalibration.Bins([.. Answers.Take(25)]);

        Assert.Equal([2, 3, 2, 3, 2, 3, 2, 3, 2, 3], bins.Select(bin => bin.Count));
        Assert.Equal(bins.Select(bin => bin.Confidence).Order(), bins.Select(bin => bin.Confidence));
    }

    [Fact]
    public void Interval_WhereActorsDifferAndTheirRecordingsDoNot_IsWiderThanOverRecordings()
    {
        // Half of the actors are always recognised, half never: what matters is who is drawn.
        var answers = Enumerable.Range(1, 24).SelectMany(StudyFolder.Recordings).Select(name =>
        {
            var (label, actor) = Datasets.Ravdess.Parse(name);
            var posterior = new float[8];
            posterior[actor % 2 == 0 ? label : (label + 1) % 8] = 1;
            return new SpeechAnswer(1, name, label, posterior);
        }).ToList();

        var overActors = SpeechFigures.Of(answers).Uar;
        var (low, high) = Bootstrap.Interval([.. answers.Select(answer => answer.Posterior)], [.. answers.Select(answer => answer.Label)], null, Scores.UarOf);

        // Binomial, 24 actors, one half: 0.5 +- 1.96 sqrt(0.25 / 24).
        Assert.Equal(0.3, overActors.Low, 0.05);
        Assert.Equal(0.7, overActors.High, 0.05);
        Assert.True(overActors.High - overActors.Low > 4 * (high - low));
    }

    [Theory]
    [InlineData("03-01-08-02-01-01-19", 19, "male", "strong")]
    [InlineData("03-01-01-01-02-02-04", 4, "female", "normal")]
    public void Answer_OfARecording_KnowsWhoSpeaksAndHow(string name, int actor, string gender, string intensity)
    {
        var answer = new SpeechAnswer(3, name, 0, new float[8]);

        Assert.Equal((actor, gender, intensity), (answer.Actor, answer.Gender, answer.Intensity));
    }

    [Fact]
    public void PooledAnswers_WrittenAndReadAgain_AreTheSameToTheLastBit()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("emotion-csv-").FullName, "row.csv");
        try
        {
            PooledAnswers.Write(path, Answers.Reverse());
            var again = PooledAnswers.Read(path);

            Assert.Equal(Answers.Select(answer => (answer.Fold, answer.Recording, answer.Label)), again.Select(answer => (answer.Fold, answer.Recording, answer.Label)));
            Assert.Equal(Answers.SelectMany(answer => answer.Posterior), again.SelectMany(answer => answer.Posterior));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }
}

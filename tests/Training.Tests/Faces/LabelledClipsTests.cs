using Emotion.Features;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;

namespace Emotion.Training.Tests.Faces;

public sealed class LabelledClipsTests : IDisposable
{
    private static readonly bool[] All = [.. Enumerable.Repeat(true, EmotionLabels.Count)];
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-clips-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_List_LeavesOutWhatIsNoneOfOurLabelsAndJoinsTakes()
    {
        List("a/one.mp4,s,contempt,0", "a/two.mp4,s,fearful,0", "self/sad.mp4,me,sad,1", "self/older_sad.mp4,me,sad,1");

        var clips = LabelledClips.Read(_folder);

        Assert.Equal(["a/two.mp4", "self/sad.mp4", "self/older_sad.mp4"], clips.Select(clip => clip.Name));
        Assert.Equal(["a/two.mp4", "self/sad.mp4", "self/sad.mp4"], clips.Select(clip => clip.Take));
        Assert.Equal(Path.Combine(_folder, "a", "two.mp4"), clips[0].File);
        Assert.Equal(EmotionLabels.IndexOf("fearful"), clips[0].Label);
    }

    [Fact]
    public void Read_ListThatIsNone_SaysWhatIsWrong()
    {
        Assert.Contains("EMOTION_CLIPS", Assert.ThrowsAny<CorpusException>(() => LabelledClips.Read(_folder)).Message, StringComparison.Ordinal);

        List("no-source.mp4,s,sad,0");
        Assert.Contains("line 2", Assert.ThrowsAny<CorpusException>(() => LabelledClips.Read(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scores_TakesInTwoEncodings_CountOnceAndUnansweredIsWrong()
    {
        List("a/1.mp4,s,happy,0", "a/2.mp4,s,sad,0", "self/sad.mp4,me,sad,1", "self/older_sad.mp4,me,sad,1");
        float[] happy = [0, 0, 1, 0, 0, 0, 0, 0], sad = [0, 0, 0, 1, 0, 0, 0, 0];

        var scores = new ClipScores(LabelledClips.Read(_folder), [happy, null, sad, happy], All);

        Assert.Equal((3, 1, 0.5), (scores.Count, scores.Unanswered, scores.Wa));
        Assert.Equal([("a", 2, 0.5), ("self", 1, 0.5)], scores.BySource.Select(group => (group.Name, group.Count, group.Wa)));
        Assert.Equal([("happy", 1, 1.0), ("sad", 2, 0.25)], scores.ByLabel.Select(group => (group.Name, group.Count, group.Wa)));
        Assert.Equal((0.5, 0.5), (scores.WaInterval.Low, scores.WaInterval.High));
        Assert.Equal(2, scores.Subjects);
    }

    [Fact]
    public void Scores_OfManyTakesOfTwoPeople_AreAsUnsureAsTwoPeople()
    {
        List([.. Enumerable.Range(0, 20).Select(i => $"a/{i}.mp4,{(i < 10 ? "X_1" : "X_2")},happy,0")]);
        float[] happy = [0, 0, 1, 0, 0, 0, 0, 0], sad = [0, 0, 0, 1, 0, 0, 0, 0];
        var clips = LabelledClips.Read(_folder);

        var scores = new ClipScores(clips, [.. clips.Select((_, i) => i < 10 ? happy : sad)], All);
        var other = new ClipScores(clips, [.. clips.Select(_ => sad)], All);

        Assert.Equal((2, 0.5), (scores.Subjects, scores.Wa));
        Assert.Equal((0, 1), (scores.WaInterval.Low, scores.WaInterval.High));
        Assert.Equal((0, 1), (scores.ByLabel[0].WaInterval.Low, scores.ByLabel[0].WaInterval.High));
        Assert.Equal((0, 1), scores.Difference(other));
        Assert.Equal("X-1", clips[0].Subject);
    }

    private void List(params string[] lines) => File.WriteAllLines(Path.Combine(_folder, "manifest.csv"), lines.Prepend("clip,subject,emotion,speech"));
}

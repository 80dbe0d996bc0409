using Emotion.Features;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;

namespace Emotion.Training.Tests.Fusion;

public sealed class WindowDeletionTests
{
    private static readonly string Models = Path.Combine(DataRoot.RepositoryRoot(), "models");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Draw_Clips_AreOfOneSubjectWithMoreWindowsOfTheirLabelThanOfOthers()
    {
        SpeechRecording[] recordings =
        [
            .. from subject in new[] { 1, 11 }
               from label in Enumerable.Range(0, EmotionLabels.Count)
               from take in Enumerable.Range(0, 4)
               select new SpeechRecording($"{subject}-{label}-{take}", label, subject, [.. Enumerable.Repeat((short)(100 * subject + label), 60 + take)]),
        ];

        var clips = new JoinedClips(Windows: 8, Own: 3, Repeats: 2, Seed: 1).Draw(recordings, 64, null);

        Assert.Equal(2 * EmotionLabels.Count * 2, clips.Count);
        Assert.All(clips, clip =>
        {
            Assert.Equal(8, clip.Windows.Count);
            Assert.Equal(3, clip.Windows.Count(window => window.Label == clip.Label));
            Assert.All(clip.Windows, window => Assert.Equal(64, window.Pcm.Length));
            Assert.All(clip.Windows, window => Assert.Equal(100 * clip.Subject + window.Label, window.Pcm[32]));
        });
        Assert.Contains(clips, clip => clip.Windows[0].Label != clip.Label);
    }

    [Fact]
    public void Fitted_RecordingOfAnotherLength_IsCutOrSurroundedEvenly()
    {
        Assert.Equal([2, 3, 4, 5, 6, 7], JoinedClips.Fitted([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 6));
        Assert.Equal([0, 1, 2, 3, 0, 0], JoinedClips.Fitted([1, 2, 3], 6));
        Assert.Equal([1, 2, 3], JoinedClips.Fitted([1, 2, 3], 3));
    }

    [Fact]
    public void ToJson_OfDeletions_CountsThoseWhoseTopWindowCostMost()
    {
        static WindowDeletion Of(int subject, double top, double other) =>
            new(subject, true, true, 0.375, (top, other, top + 0.01), (top, top), true);

        var json = WindowDeletion.ToJson([Of(1, 0.2, 0.1), Of(1, 0.2, -0.1), Of(2, 0.1, 0.1), Of(2, 0.3, 0)]);

        Assert.Equal((0.75, 4), ((double)json["hit_rate"]!, (int)json["n"]!));
        Assert.Equal("""{"01":1,"02":0.5}""", json["hit_rate_by_subject"]!.ToJsonString());
        Assert.Equal(0.01, (double)json["said_off_at_most"]!, 6);
        Assert.InRange((double)json["hit_rate_interval95"]![0]!, 0.25, 0.35);
    }

    [Fact]
    [Trait("needs", "corpus")]
    public async Task Judge_ByTheShippedRelease_TheTopWindowDecides()
    {
        // The command's in small: a clip of each test actor and two labels, by sound and with faces, which are composed of a share of the pictures.
        var json = await ExplainedCommand.JudgeAsync(
            DataRoot.FromEnvironment(), Models, new JoinedClips(Windows: 4, Own: 2, Repeats: 1, Seed: 3), ["angry", "sad"], 30, _ => { }, Token);

        Assert.Equal(8, (int)json["n"]!);
        foreach (var kind in new[] { "sound", "sound_and_faces" })
        {
            Assert.True((double)json[kind]!["hit_rate"]! >= 0.8, json[kind]!.ToJsonString());
            Assert.True((double)json[kind]!["said_off_at_most"]! < 0.05, json[kind]!.ToJsonString());
        }

        Assert.True((bool)json["sound_and_faces"]!["drawn"]!);
        Assert.Null(json["sound"]!["drawn"]);
        Assert.Matches("^[0-9a-f]{64}$", (string)json["digests"]!["ravdess"]!);
    }
}

using Emotion.Contracts.Audio.V1;
using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Video.V1;
using Emotion.Gateway.Analyses;

namespace Emotion.Gateway.Tests;

public sealed class SpeakingFaceTests
{
    private static readonly ClipWindow[] Windows =
    [
        new() { Index = 0, StartSeconds = 0, EndSeconds = 4 },
        new() { Index = 1, StartSeconds = 4, EndSeconds = 8 },
    ];

    // Syllables: half a second of sound, half a second of none.
    private static bool Voiced(double seconds) => (int)(seconds * 2) % 2 == 0;

    [Fact]
    public void Choose_SecondFaceMovesWithTheSound_TakesIt()
    {
        var choice = SpeakingFace.Choose(Windows, [Face(0, 1, _ => 0.05), Face(0, 2, Talking), Face(1, 1, _ => 0.05), Face(1, 2, Talking)], Sound());

        Assert.Equal(2u, choice.Clip);
        Assert.All(choice.ByWindow.Values, face => Assert.Equal(2u, face.FaceId));
    }

    [Fact]
    public void Choose_FacesTalkInTurn_FollowsTheSpeakerPerWindow()
    {
        var choice = SpeakingFace.Choose(
            Windows, [Face(0, 1, Talking), Face(0, 2, Chewing), Face(1, 1, Chewing), Face(1, 2, Talking)], Sound());

        Assert.Equal(1u, choice.ByWindow[0].FaceId);
        Assert.Equal(2u, choice.ByWindow[1].FaceId);
        Assert.Equal(1u, choice.Clip);
    }

    [Fact]
    public void Choose_WithoutSound_TakesTheLargestAndLongest()
    {
        var choice = SpeakingFace.Choose(Windows, [Face(0, 2, Talking), Face(0, 1, Chewing), Face(1, 2, Talking)], new Dictionary<uint, ClassifyResponse>());

        Assert.Equal(1u, choice.ByWindow[0].FaceId);
        Assert.Equal(2u, choice.ByWindow[1].FaceId);
    }

    [Fact]
    public void Choose_AllMoveAlike_TakesTheLargestAndLongest()
    {
        var choice = SpeakingFace.Choose(Windows, [Face(0, 1, Talking), Face(0, 2, Talking)], Sound());

        Assert.Equal(1u, choice.Clip);
    }

    [Fact]
    public void Choose_FaceThatAbstains_IsNeverChosen()
    {
        var unread = Face(0, 1, Talking);
        unread.Abstention = new() { Reason = Abstention.Types.Reason.FaceTooDark };

        var choice = SpeakingFace.Choose(Windows, [unread, Face(0, 2, Chewing)], Sound());

        Assert.Equal(2u, choice.Clip);
        Assert.DoesNotContain(1u, choice.ByWindow.Keys);
    }

    [Fact]
    public void Choose_NoFace_ChoosesNone()
    {
        var choice = SpeakingFace.Choose(Windows, [], Sound());

        Assert.Null(choice.Clip);
        Assert.Empty(choice.ByWindow);
    }

    private static double Talking(double seconds) => Voiced(seconds) ? 0.2 : 0.02;

    private static double Chewing(double seconds) => (int)(seconds * 5) % 2 * 0.2;

    private static TrackWindow Face(uint window, uint id, Func<double, double> mouth) => new()
    {
        WindowIndex = window,
        FaceId = id,
        Posterior = FakeAnswers.Peak(0),
        MouthOpening =
        {
            Enumerable.Range(0, 20).Select(i => Windows[window].StartSeconds + i / 5.0)
                .Select(seconds => new TimedValue { Seconds = seconds, Value = (float)mouth(seconds) }),
        },
    };

    private static Dictionary<uint, ClassifyResponse> Sound() => Windows.ToDictionary(window => window.Index, window => new ClassifyResponse
    {
        WindowIndex = window.Index,
        LevelDb = { Enumerable.Range(0, 40).Select(i => Voiced(window.StartSeconds + (i + 0.5) / 10) ? -20f : -70f) },
    });
}

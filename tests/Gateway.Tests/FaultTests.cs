using System.Net;
using Emotion.Inference;
using Emotion.ServiceDefaults;
using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;

namespace Emotion.Gateway.Tests;

/// <summary>Replicas and services that fail while a clip is analysed.</summary>
public sealed class FaultTests(TestClips clips)
{
    private const string Mismatch = "Window 0: the feature map of audio/one does not fit fusion/f, which was trained on audio/other.";

    [Fact]
    public async Task Fusion_ThatDoesNotFitItsRelease_AnswersByTheFallbackAndEachAnswerSaysSo()
    {
        await using var system = await FakeSystem.StartAsync();
        system.Fusion.Mismatch = Mismatch;

        var answer = await system.Http.PostRawAsync(clips.Talk(10)).AnswerAsync();

        Assert.True(Assert.Single(system.Fusion.Asked).AcceptFallback);
        foreach (var fused in answer["windows"]!.AsArray().Select(window => window!["fused"]!).Append(answer["fused"]!))
        {
            Assert.True(fused["fallback"]!.GetValue<bool>());
            Assert.Equal("uncertain", fused.Text("status"));
            Assert.Equal($"fallback: {Mismatch} This is the product of what the modalities find by themselves.", fused.Text("reason"));
        }

        Assert.Null(answer["models"]!["fusion"]);
        Assert.Contains(system.Log.Lines, line => line.Contains(FakeAnswers.Release, StringComparison.Ordinal) && line.Contains(Mismatch, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fusion_ThatDoesNotFitItsReleaseWhereNoFallbackIsAccepted_IsToldWithBothVersions()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:Calls:AcceptFallback", "false"));
        system.Fusion.Mismatch = Mismatch;

        using var response = await system.Http.PostRawAsync(clips.Talk());
        var problem = await response.JsonAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "fusion-failed"), (response.StatusCode, problem.Text("reason")));
        Assert.Equal($"The release's fusion cannot answer. {Mismatch}", problem.Text("detail"));
    }

    [Fact]
    public async Task Fusion_WindowsThatDecided_AreNamedWithWhatTheyDid()
    {
        await using var system = await FakeSystem.StartAsync();

        var answer = await system.Http.PostRawAsync(clips.Talk(10)).AnswerAsync();
        var ofOneWindow = await system.Http.PostRawAsync(clips.Talk(3)).AnswerAsync();

        var deciding = answer["fused"]!["decidedBy"]!;
        Assert.Equal([0], deciding["windows"]!.AsArray().Select(window => window!.GetValue<int>()));
        Assert.Equal((0.2, "angry"), (deciding["contribution"]!.GetValue<double>(), deciding.Text("predictionWithout")));
        Assert.Equal([0.2, -0.1, -0.1], answer["windows"]!.AsArray().Select(window => window!["contribution"]!.GetValue<double>()));
        Assert.All(answer["windows"]!.AsArray(), window => Assert.Null(window!["fused"]!["decidedBy"]));
        Assert.Null(ofOneWindow["fused"]!["decidedBy"]!["predictionWithout"]);
        Assert.False(answer["fused"]!["fallback"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Segment_ReplicaFails_IsSentToAnother()
    {
        await using var system = await FakeSystem.StartAsync(("Media:SegmentSeconds", "1"));
        system.Video[0].Before = (_, _) => throw new RpcException(new Status(StatusCode.Unavailable, "out of order"));

        var answer = await system.Http.PostRawAsync(clips.Talk(6)).AnswerAsync();

        Assert.Equal("used", answer.Text("modalities", "video", "status"));
        Assert.NotEmpty(system.Video[0].Asked);
        Assert.Superset(
            system.Video[0].Asked.Select(segment => segment.SegmentIndex).ToHashSet(),
            system.Video[1].Asked.Select(segment => segment.SegmentIndex).ToHashSet());
    }

    [Fact]
    public async Task Segment_ReplicaDiesInMidCall_IsSentToAnother()
    {
        await using var system = await FakeSystem.StartAsync(("Media:SegmentSeconds", "1"));
        var reached = new TaskCompletionSource();
        system.Video[0].Before = async (_, context) =>
        {
            reached.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        var call = system.Http.PostRawAsync(clips.Talk(6));
        await reached.Task.WithinAMinute();

        await system.KillVideoAsync(0);

        var video = (await call.AnswerAsync())["modalities"]!["video"]!;
        Assert.True(video.Text("status") == "used", video.ToJsonString());
    }

    /// <summary>What breaks while the gateway still writes is an exception of HTTP, and no status.</summary>
    [Fact]
    public async Task Segment_ConnectionBreaksWhileItIsSent_IsSentToAnother()
    {
        await using var system = await FakeSystem.StartAsync();
        var heard = 0;
        system.Audio.Before = _ => Task.FromResult(Interlocked.Increment(ref heard));
        system.Video[0].Before = async (_, context) =>
        {
            await Task.Delay(500, context.CancellationToken); // Nobody reads: the gateway has come to where it waits to write on.
            context.GetHttpContext().Features.Get<IConnectionLifetimeFeature>()!.Abort();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };

        var answer = await system.Http.PostRawAsync(clips.Heavy()).AnswerAsync();

        Assert.Equal("used", answer.Text("modalities", "video", "status"));
        Assert.NotEmpty(system.Video[0].Asked);
        Assert.Equal(1, heard); // The segment is sent again, and not all of the clip.
        Assert.True(system.Video[1].Answered.Sum() > 1_000_000, "The segment is too small to be still on its way.");
    }

    [Fact]
    public async Task Segment_ReplicaHangs_IsSentToAnotherAfterItsDeadline()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:Calls:SegmentDeadline", "00:00:05"), ("Gateway:Calls:DeadlinePerSecond", "00:00:00"));
        system.Video[0].Before = (_, context) => Task.Delay(Timeout.Infinite, context.CancellationToken);

        var answer = await system.Http.PostRawAsync(clips.Talk(3)).AnswerAsync();

        Assert.Equal("used", answer.Text("modalities", "video", "status"));
    }

    /// <summary>With deadlines that nobody would wait for; those of its status are long enough for the other replica on a busy machine.</summary>
    [Fact]
    public async Task Segment_ReplicaThatHasItSaysNothingAnyMore_IsSentToAnotherBeforeItsDeadline()
    {
        await using var system = await FakeSystem.StartAsync(
            ("Media:SegmentSeconds", "1"), ("Gateway:Calls:SegmentDeadline", "01:00:00"), ("Gateway:Calls:StatusDeadline", "00:00:02"), ("Gateway:Calls:HungAfter", "00:00:04"));
        system.Video[0].Before = (_, context) =>
        {
            system.Video[0].Loads!.Hangs = true;
            return Task.Delay(Timeout.Infinite, context.CancellationToken);
        };

        var answer = await system.Http.PostRawAsync(clips.Talk(6)).AnswerAsync();

        Assert.Equal("used", answer.Text("modalities", "video", "status"));
        Assert.NotEmpty(system.Video[0].Asked);
    }

    [Fact]
    public async Task Video_NoReplicaWorks_FailsAndTheSoundAnswers()
    {
        using var fared = new Measured("emotion.gateway.modalities");
        await using var system = await FakeSystem.StartAsync();
        foreach (var replica in system.Video)
        {
            replica.Before = (_, _) => throw new RpcException(new Status(StatusCode.Unavailable, "out of order"));
        }

        var answer = await system.Http.PostRawAsync(clips.Talk()).AnswerAsync();

        Assert.Equal("failed", answer.Text("modalities", "video", "status"));
        Assert.Equal("no-service: The video service did not answer (Unavailable).", answer.Text("modalities", "video", "reason"));
        Assert.Equal("angry", answer.Text("fused", "prediction"));
        Assert.All(system.Video, replica => Assert.Equal(3, replica.Asked.Count));
        Assert.Contains("0 video failed no-service", fared.Lines); // Before anything happened.
        Assert.Contains("1 video failed no-service", fared.Lines);
        Assert.Contains("1 audio used ", fared.Lines);
    }

    [Fact]
    public async Task Audio_FailsOnce_SoundIsSentAgainFromTheStart()
    {
        await using var system = await FakeSystem.StartAsync();
        var calls = 0;
        system.Audio.Before = _ => Interlocked.Increment(ref calls) == 1
            ? throw new RpcException(new Status(StatusCode.Unavailable, "restarting"))
            : Task.CompletedTask;

        var answer = await system.Http.PostRawAsync(clips.Talk(3)).AnswerAsync();

        Assert.Equal("used", answer.Text("modalities", "audio", "status"));
        Assert.Equal(2, calls);
        Assert.InRange(system.Audio.Heard.Single().Value, 2.9 * 32_000, 3.2 * 32_000);
    }

    [Fact]
    public async Task Everything_Fails_503AndNotAnEmptyAnswer()
    {
        await using var system = await FakeSystem.StartAsync();
        system.Audio.Before = _ => throw new RpcException(new Status(StatusCode.Unavailable, "no ears"));

        var (response, reason) = await system.Http.PostRawAsync(clips.SoundOnly()).ProblemAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "services-failed"), (response.StatusCode, reason));
    }

    [Fact]
    public async Task Fusion_Fails_503()
    {
        await using var system = await FakeSystem.StartAsync();
        system.Fusion.Before = _ => throw new RpcException(new Status(StatusCode.Unavailable, "no sense"));

        var (response, reason) = await system.Http.PostRawAsync(clips.Talk()).ProblemAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "fusion-failed"), (response.StatusCode, reason));
    }

    [Fact]
    public async Task Fusion_IsFullAtFirst_IsAskedAgain()
    {
        await using var system = await FakeSystem.StartAsync();
        var asked = 0;
        system.Fusion.Before = _ => Interlocked.Increment(ref asked) == 1
            ? throw new RpcException(new Status(StatusCode.ResourceExhausted, "full"), RetryHint.After(TimeSpan.FromMilliseconds(1)))
            : Task.CompletedTask;

        var answer = await system.Http.PostRawAsync(clips.Talk()).AnswerAsync();

        Assert.NotNull(answer.Text("fused", "prediction"));
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task Audio_AnswersFromAnotherRelease_FailsAndThePictureAnswers()
    {
        await using var system = await FakeSystem.StartAsync();
        system.Audio.OtherRelease = "20261121-0900";

        var answer = await system.Http.PostRawAsync(clips.Talk()).AnswerAsync();

        Assert.Equal("failed", answer.Text("modalities", "audio", "status"));
        Assert.Equal(
            "wrong-release: The audio service was asked for release '20261122-1200' and answered from '20261121-0900'.",
            answer.Text("modalities", "audio", "reason"));
        Assert.Equal("happy", answer.Text("fused", "prediction"));
        Assert.Null(answer["models"]!["audio"]);
    }

    [Theory]
    [InlineData("20261121-0900", null)]
    [InlineData(null, "20261121-0900")]
    public async Task Video_AnswersFromAnotherRelease_FailsAndTheSoundAnswers(string? segment, string? sequence)
    {
        await using var system = await FakeSystem.StartAsync();
        Array.ForEach(system.Video, replica => replica.OtherRelease = (segment, sequence));

        var answer = await system.Http.PostRawAsync(clips.Talk()).AnswerAsync();

        Assert.Equal("failed", answer.Text("modalities", "video", "status"));
        Assert.StartsWith("wrong-release: The video service ", answer.Text("modalities", "video", "reason"));
        Assert.Equal("angry", answer.Text("fused", "prediction"));
    }

    [Fact]
    public async Task Video_OneReplicaAnswersFromAnotherRelease_TheOtherIsAsked()
    {
        await using var system = await FakeSystem.StartAsync(("Media:SegmentSeconds", "1"));
        system.Video[0].OtherRelease = ("20261121-0900", "20261121-0900");

        var answer = await system.Http.PostRawAsync(clips.Talk(6)).AnswerAsync();

        Assert.NotEmpty(system.Video[0].Asked);
        Assert.Equal("used", answer.Text("modalities", "video", "status"));
    }

    [Fact]
    public async Task Fusion_AnswersFromAnotherRelease_503()
    {
        await using var system = await FakeSystem.StartAsync();
        system.Fusion.OtherRelease = "20261121-0900";

        using var response = await system.Http.PostRawAsync(clips.Talk());

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        var problem = await response.JsonAsync();
        Assert.Equal("fusion-failed", problem.Text("reason"));
        Assert.Contains("answered from '20261121-0900'.", problem.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Segments_NoneCanBeDecoded_AreNotTriedAgainAndTheSoundAnswers()
    {
        await using var system = await FakeSystem.StartAsync();
        RefuseSegments(system, _ => true);

        var answer = await system.Http.PostRawAsync(clips.Talk()).AnswerAsync();
        var (response, reason) = await system.Http.PostRawAsync(clips.PictureOnly()).ProblemAsync();

        Assert.Equal("failed", answer.Text("modalities", "video", "status"));
        Assert.StartsWith("unreadable: ", answer.Text("modalities", "video", "reason"));
        Assert.Equal("angry", answer.Text("fused", "prediction"));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "damaged"), (response.StatusCode, reason));
        Assert.Equal(2, system.Video.Sum(replica => replica.Asked.Count));
    }

    [Fact]
    public async Task Segments_AllTakeMoreThanTheyMay_TheReasonSaysWhatTheServiceSays()
    {
        await using var system = await FakeSystem.StartAsync();
        RefuseSegments(system, _ => true, new Status(StatusCode.ResourceExhausted, "The segment is too long: Media:MaximumSeconds allows 2 s."));

        var answer = await system.Http.PostRawAsync(clips.Talk()).AnswerAsync();

        Assert.Equal(
            "too-costly: Every stretch of the clip's pictures is refused. The segment is too long: Media:MaximumSeconds allows 2 s.",
            answer.Text("modalities", "video", "reason"));
        Assert.Equal("angry", answer.Text("fused", "prediction"));
        Assert.Single(system.Video.SelectMany(replica => replica.Asked));
    }

    [Fact]
    public async Task Segment_TakesMoreThanItMay_IsNotTriedAgainAndTheOthersAnswer()
    {
        await using var system = await FakeSystem.StartAsync(("Media:SegmentSeconds", "2"));
        RefuseSegments(system, segment => segment == 1, new Status(StatusCode.ResourceExhausted, "too costly"));

        var answer = await system.Http.PostRawAsync(clips.Talk(6)).AnswerAsync();

        Assert.Equal("used", answer.Text("modalities", "video", "status"));
        Assert.Single(system.Video.SelectMany(replica => replica.Asked), segment => segment.SegmentIndex == 1);
    }

    [Fact]
    public async Task Segment_ReplicaIsFull_IsSentToAnother()
    {
        await using var system = await FakeSystem.StartAsync(("Media:SegmentSeconds", "1"));
        system.Video[0].Before = (_, _) => throw new QueueFullException("segments", 1);

        var answer = await system.Http.PostRawAsync(clips.Talk(6)).AnswerAsync();

        Assert.Equal("used", answer.Text("modalities", "video", "status"));
        Assert.NotEmpty(system.Video[0].Asked);
        Assert.Superset(
            system.Video[0].Asked.Select(segment => segment.SegmentIndex).ToHashSet(),
            system.Video[1].Asked.Select(segment => segment.SegmentIndex).ToHashSet());
    }

    /// <summary>It let the release go, or has not loaded it yet; the other one has it.</summary>
    [Fact]
    public async Task Segment_ReplicaDoesNotHaveTheRelease_IsSentToAnotherWithTheSameRelease()
    {
        await using var system = await FakeSystem.StartAsync(("Media:SegmentSeconds", "1"));
        system.Video[0].Before = (start, _) => throw new RpcException(new Status(StatusCode.NotFound, $"Release '{start.Release}' is not loaded here."));

        var answer = await system.Http.PostRawAsync(clips.Talk(6)).AnswerAsync();

        Assert.Equal("used", answer.Text("modalities", "video", "status"));
        Assert.NotEmpty(system.Video[0].Asked);
        Assert.Superset(
            system.Video[0].Asked.Select(segment => segment.SegmentIndex).ToHashSet(),
            system.Video[1].Asked.Select(segment => segment.SegmentIndex).ToHashSet());
        Assert.All(system.Video[1].Asked, segment => Assert.Equal(FakeAnswers.Release, segment.Release));
    }

    [Fact]
    public async Task Clip_FallsIntoMoreWindowsThanAllowed_Is422BeforeAnybodyIsAsked()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:MaximumWindows", "1"));

        var (response, reason) = await system.Http.PostRawAsync(clips.Talk(6)).ProblemAsync();

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "too-long"), (response.StatusCode, reason));
        Assert.All(system.Video, replica => Assert.Empty(replica.Asked));
    }

    [Fact]
    public async Task Segment_OneCannotBeDecoded_TheOthersAnswer()
    {
        await using var system = await FakeSystem.StartAsync(("Media:SegmentSeconds", "2"));
        RefuseSegments(system, segment => segment == 1);

        var answer = await system.Http.PostRawAsync(clips.Talk(6)).AnswerAsync();

        Assert.Equal("used", answer.Text("modalities", "video", "status"));
    }

    [Fact]
    public async Task Faces_MoreThanAreKept_VideoFailsAndTheSoundAnswers()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:Calls:MaximumFaceFrames", "5"));

        var answer = await system.Http.PostRawAsync(clips.Talk()).AnswerAsync();

        Assert.StartsWith("too-many-faces: ", answer.Text("modalities", "video", "reason"));
        Assert.Equal("angry", answer.Text("fused", "prediction"));
    }

    private static void RefuseSegments(FakeSystem system, Func<uint, bool> which, Status? status = null)
    {
        foreach (var replica in system.Video)
        {
            replica.Before = (start, _) => which(start.SegmentIndex)
                ? throw new RpcException(status ?? new Status(StatusCode.InvalidArgument, "no picture track"))
                : Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Releases_NoneIsCommon_503AndNotReady()
    {
        await using var system = await FakeSystem.StartAsync();
        system.Releases = [];
        using var ready = await system.Http.AskAsync("/health");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);

        await using var fresh = await FakeSystem.StartWithoutReleasesAsync();
        var (response, reason) = await fresh.Http.PostRawAsync(clips.Talk()).ProblemAsync();
        using var health = await fresh.Http.AskAsync("/health");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "no-release"), (response.StatusCode, reason));
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
    }
}

using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Video.V1;
using Emotion.Features.Faces;
using Emotion.Inference.Tests;
using Emotion.Inference.Video;
using Emotion.ModelRegistry.Tests;
using Emotion.Serving;
using Emotion.Serving.Tests;
using Google.Protobuf;
using Grpc.Core;
using FaceFrame = Emotion.Contracts.Video.V1.FaceFrame;

namespace Emotion.VideoService.Tests;

/// <summary>A film of a photograph of one face through the service: ffmpeg, the real detector, small networks.</summary>
public sealed class FacesTests(AzuriteFixture azurite)
    : ServedVideo(azurite, ("VideoService:MaximumSegmentBytes", "3000000"), ("VideoService:MaximumFaceFrames", "50"), ("Media:MaximumSeconds", "20"))
{
    private readonly string _film = Path.Combine(Path.GetTempPath(), $"emotion-{Guid.NewGuid():n}.mkv");

    public override async ValueTask InitializeAsync()
    {
        await Pictures.ClipAsync(_film, seconds: 2);
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        File.Delete(_film);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task SegmentThenSequence_FilmOfAFace_IsOneTrackWithAnAnswer()
    {
        var segment = await AnalyzeAsync(Start(0, 2), await File.ReadAllBytesAsync(_film, Token));

        Assert.Equal((10u, 0u, 10), (segment.Pictures, segment.PicturesWithoutFace, segment.FaceFrames.Count));
        Assert.Equal((Version, ServedModel.Release), (segment.Model.Version, segment.Release));
        Assert.All(segment.FaceFrames, frame =>
        {
            Assert.Equal(5, frame.Landmarks.Count);
            Assert.True(frame.Landmarks[0].X < frame.Landmarks[1].X, "The person's right eye is on the left of the picture.");
            Assert.Equal(1, frame.Posterior.Probabilities.Sum(), 4);
            Assert.Equal(512 * sizeof(float), frame.FeatureMap.Values.Length);
            Assert.InRange(frame.Box.Width, 0.3f, 0.6f);
            Assert.InRange(frame.Size, 200, 400);
            Assert.InRange(frame.Pose.Roll, -10, -2);
            Assert.Equal(SceneSignature.Length, frame.Scene.Length);
        });

        var answers = await ClassifyAsync(segment.FaceFrames);

        var track = Assert.Single(answers, answer => answer.ContentCase == ClassifySequenceResponse.ContentOneofCase.Track).Track;
        Assert.Equal((1u, 0.0, 10), (track.FaceId, track.StartSeconds, track.Boxes.Count));
        var windows = answers.Where(answer => answer.Window is not null).Select(answer => answer.Window).ToList();
        Assert.Equal([0u, 1u], windows.Select(window => window.WindowIndex));
        Assert.Equal((1u, 10u), (windows[0].FaceId, windows[0].FaceFrames));
        Assert.Equal(10, windows[0].MouthOpening.Count);
        Assert.Equal(1, windows[0].Posterior.Probabilities.Sum(), 4);
        Assert.Equal(Version, windows[0].FeatureMap.Producer.Version);
        Assert.Equal((0u, Abstention.Types.Reason.NoFace), (windows[1].FaceId, windows[1].Abstention.Reason));
        Assert.Equal(ClassifySequenceResponse.ContentOneofCase.Track, answers[0].ContentCase);
    }

    [Fact]
    public async Task Segment_SentTwice_GivesTheSame()
    {
        var film = await File.ReadAllBytesAsync(_film, Token);

        Assert.Equal(await AnalyzeAsync(Start(0, 1), film), await AnalyzeAsync(Start(0, 1), film));
    }

    [Fact]
    public async Task Segment_RequestsThatAreWrong_HaveTheStatusOfTheContractAndLeaveNothing()
    {
        var film = await File.ReadAllBytesAsync(_film, Token);
        var otherRelease = Start(0, 1);
        otherRelease.Start.Release = "r2";
        var keyFrameAfter = Start(0, 1);
        keyFrameAfter.Start.KeyFrameSeconds = 0.5;
        var playlist = Start(0, 1);
        playlist.Start.Container = "hls";
        (string Name, StatusCode Status, AnalyzeSegmentRequest? Start, byte[] Data)[] table =
        [
            ("no start", StatusCode.InvalidArgument, null, film),
            ("times go back", StatusCode.InvalidArgument, Start(2, 1), film),
            ("a key frame after the start", StatusCode.InvalidArgument, keyFrameAfter, film),
            ("a container that is none of ours", StatusCode.InvalidArgument, playlist, film),
            ("no picture track", StatusCode.InvalidArgument, Start(0, 1), new byte[10_000]),
            ("nothing", StatusCode.InvalidArgument, Start(0, 1), []),
            ("more bytes than allowed", StatusCode.ResourceExhausted, Start(0, 1), new byte[3_000_001]),
            ("a longer stretch than allowed", StatusCode.ResourceExhausted, Start(0, 22), film),
            ("release that is not loaded", StatusCode.NotFound, otherRelease, film),
        ];

        foreach (var (name, status, start, data) in table)
        {
            Assert.Equal((name, status), (name, await ServedModel.StatusOfAsync(() => AnalyzeAsync(start, data))));
            Assert.Empty(Served.LeftOnDisk);
        }
    }

    [Fact]
    public async Task Sequence_FacesThatAreWrong_HaveTheStatusOfTheContract()
    {
        var good = Frame(0);
        var otherVersion = Frame(0);
        otherVersion.FeatureMap.Producer.Version = "20200101-0000-00000000";
        var bare = new FaceFrame { Seconds = 0 };

        (string Name, StatusCode Status, FaceFrame[] Frames)[] table =
        [
            ("another version", StatusCode.FailedPrecondition, [otherVersion]),
            ("a face without a box", StatusCode.InvalidArgument, [bare]),
            ("time goes back", StatusCode.InvalidArgument, [Frame(1), good]),
            ("too many", StatusCode.ResourceExhausted, [.. Enumerable.Range(0, 51).Select(i => Frame(i))]),
        ];

        foreach (var (name, status, frames) in table)
        {
            Assert.Equal((name, status), (name, await ServedModel.StatusOfAsync(() => ClassifyAsync(frames))));
        }
    }

    private FaceFrame Frame(double seconds) => new()
    {
        Seconds = seconds,
        Box = new() { Left = 0.3f, Top = 0.3f, Width = 0.4f, Height = 0.4f },
        Landmarks = { Enumerable.Range(0, 5).Select(_ => new Point { X = 0.5f, Y = 0.5f }) },
        FeatureMap = ModelWire.ToFeatureMap(new float[512], new ModelVersion { Name = "video", Version = Version }),
        Posterior = ModelWire.ToPosterior(Enumerable.Repeat(0.125f, 8), []),
    };

    private async Task<AnalyzeSegmentResponse> AnalyzeAsync(AnalyzeSegmentRequest? start, byte[] data)
    {
        using var call = Client.AnalyzeSegment(cancellationToken: Token);
        await SendAsync(
            call.RequestStream,
            (start is null ? [] : new[] { start }).Concat(data.Chunk(100_000).Select(chunk => new AnalyzeSegmentRequest { Data = ByteString.CopyFrom(chunk) })));
        return await call.ResponseAsync;
    }

    private async Task<List<ClassifySequenceResponse>> ClassifyAsync(IEnumerable<FaceFrame> frames)
    {
        using var call = Client.ClassifySequence(cancellationToken: Token);
        ClipWindow[] windows = [new() { Index = 0, EndSeconds = 4 }, new() { Index = 1, StartSeconds = 4, EndSeconds = 8 }];
        await SendAsync(
            call.RequestStream,
            frames.Chunk(4).Select(batch => new ClassifySequenceRequest { Batch = new() { FaceFrames = { batch } } })
                .Prepend(new ClassifySequenceRequest { Start = new() { ClipId = "clip", Windows = { windows } } }));
        var answers = new List<ClassifySequenceResponse>();
        while (await call.ResponseStream.MoveNext(Token))
        {
            answers.Add(call.ResponseStream.Current);
        }

        return answers;
    }
}

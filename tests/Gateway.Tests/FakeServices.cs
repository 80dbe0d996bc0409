using System.Collections.Concurrent;
using Emotion.Contracts.Audio.V1;
using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Fusion.V1;
using Emotion.Contracts.Video.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Emotion.Gateway.Tests;

/// <summary>Answers of one replica, written by hand: deterministic, and told by a test when to fail.</summary>
public static class FakeAnswers
{
    public const string Release = "20261122-1200";

    public static readonly string[] AllLabels = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"];

    public static Posterior Peak(int label, float probability = 0.65f) => new()
    {
        Probabilities = { Enumerable.Range(0, 8).Select(i => i == label ? probability : (1 - probability) / 7) },
        CoveredLabels = { AllLabels },
    };

    public static FeatureMap Map(string model, byte value = 1) => new() { Producer = Version(model), Values = ByteString.CopyFrom(value, 0, 0, 0) };

    public static ModelVersion Version(string model) => new() { Name = model, Version = $"20261122-1200-{model}" };
}

public sealed class FakeModelStatus(string model, FakeLoads loads, Func<IReadOnlyList<string>> releases, Func<IReadOnlyList<string>> covered)
    : ModelStatus.ModelStatusBase
{
    public override async Task<GetModelStatusResponse> Get(GetModelStatusRequest request, ServerCallContext context)
    {
        if (loads.Hangs)
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }

        var answer = new GetModelStatusResponse { DefaultRelease = releases().FirstOrDefault() ?? "" };
        answer.Loaded.AddRange(loads.Poll(request.HeldReleases).Select(release => new GetModelStatusResponse.Types.Loaded
        {
            Release = release,
            Model = FakeAnswers.Version(model),
            ClipWindow = new() { LengthSeconds = 4, MinimumTailSeconds = 1.5 },
            CoveredLabels = { covered() },
            Unlisted = !releases().Contains(release),
            Licence = "terms of " + model,
        }));
        return answer;
    }
}

public sealed class FakeAudio : AudioClassifier.AudioClassifierBase
{
    public Func<ServerCallContext, Task>? Before { get; set; }

    public bool Silence { get; set; }

    /// <summary>The release that the answers name, where it is not the one that was asked for.</summary>
    public string? OtherRelease { get; set; }

    public FakeLoads? Loads { get; set; }

    /// <summary>What each clip was asked of.</summary>
    public ConcurrentDictionary<string, string> Releases { get; } = new();

    /// <summary>PCM bytes by clip.</summary>
    public ConcurrentDictionary<string, long> Heard { get; } = new();

    public override async Task Classify(
        IAsyncStreamReader<ClassifyRequest> requestStream, IServerStreamWriter<ClassifyResponse> responseStream, ServerCallContext context)
    {
        Assert.True(await requestStream.MoveNext(context.CancellationToken));
        var start = requestStream.Current.Start;
        Loads?.Require(start.Release);
        Releases[start.ClipId] = start.Release;
        if (Before is not null)
        {
            await Before(context);
        }

        var heard = 0L;
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            heard += requestStream.Current.Pcm.Length;
        }

        Heard[start.ClipId] = heard;
        foreach (var window in start.Windows)
        {
            var answer = new ClassifyResponse
            {
                WindowIndex = window.Index,
                SpeechRatio = 0.5f,
                LevelDb = { Enumerable.Range(0, (int)((window.EndSeconds - window.StartSeconds) * 10)).Select(i => i % 4 < 2 ? -20f : -60f) },
                Model = FakeAnswers.Version("audio"),
                Release = OtherRelease ?? start.Release,
            };
            if (Silence)
            {
                answer.Abstention = new() { Reason = Abstention.Types.Reason.NoSpeech, Detail = "Nothing is louder than the floor." };
            }
            else
            {
                answer.Posterior = FakeAnswers.Peak(4);
                answer.FeatureMap = FakeAnswers.Map("audio");
            }

            await responseStream.WriteAsync(answer, context.CancellationToken);
        }
    }
}

public sealed class FakeVideo : VideoClassifier.VideoClassifierBase
{
    public Func<AnalyzeSegmentRequest.Types.Start, ServerCallContext, Task>? Before { get; set; }

    /// <summary>
    /// In every picture: the first face is large, happy and moves its mouth while nobody is heard; the second is small, sad and moves
    /// its mouth with the sound of <see cref="FakeAudio"/>.
    /// </summary>
    public int Faces { get; set; } = 1;

    /// <summary>The release that segments, and sequences, name in their answers, where it is not the one that was asked for.</summary>
    public (string? Segment, string? Sequence) OtherRelease { get; set; }

    public FakeLoads? Loads { get; set; }

    /// <summary>Each segment that was asked for, in order, failed ones too.</summary>
    public ConcurrentQueue<AnalyzeSegmentRequest.Types.Start> Asked { get; } = new();

    /// <summary>Bytes of each segment that was answered.</summary>
    public ConcurrentQueue<long> Answered { get; } = new();

    public override async Task<AnalyzeSegmentResponse> AnalyzeSegment(IAsyncStreamReader<AnalyzeSegmentRequest> requestStream, ServerCallContext context)
    {
        Assert.True(await requestStream.MoveNext(context.CancellationToken));
        var start = requestStream.Current.Start;
        Asked.Enqueue(start);
        if (Before is not null)
        {
            await Before(start, context);
        }

        var bytes = 0L;
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            bytes += requestStream.Current.Data.Length;
        }

        Answered.Enqueue(bytes);
        var pictures = (int)Math.Ceiling((start.EndSeconds - start.StartSeconds) * 5);
        return new AnalyzeSegmentResponse
        {
            Pictures = (uint)pictures,
            FaceFrames =
            {
                Enumerable.Range(0, pictures).SelectMany(i => Enumerable.Range(1, Faces).Select(face => new FaceFrame
                {
                    Seconds = start.StartSeconds + (i + 0.5) / 5,
                    Box = BoxOf(face),
                    Posterior = PosteriorOf(face),
                    FeatureMap = MapOf(face),
                    MouthOpening = (i + face + 1) % 2 * 0.1f,
                })),
            },
            Model = FakeAnswers.Version("video"),
            Release = OtherRelease.Segment ?? start.Release,
        };
    }

    public override async Task ClassifySequence(
        IAsyncStreamReader<ClassifySequenceRequest> requestStream, IServerStreamWriter<ClassifySequenceResponse> responseStream, ServerCallContext context)
    {
        Assert.True(await requestStream.MoveNext(context.CancellationToken));
        var start = requestStream.Current.Start;
        var frames = new List<FaceFrame>();
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            frames.AddRange(requestStream.Current.Batch.FaceFrames);
        }

        Assert.Equal(frames.OrderBy(frame => frame.Seconds), frames);
        var faces = Enumerable.Range(1, 2).Select(face => (Id: face, Frames: frames.FindAll(frame => frame.Box.Equals(BoxOf(face)))))
            .Where(face => face.Frames.Count > 0).ToList();
        foreach (var (id, seen) in faces)
        {
            await responseStream.WriteAsync(Answer(start, answer => answer.Track = new FaceTrack
            {
                FaceId = (uint)id,
                StartSeconds = seen[0].Seconds,
                EndSeconds = seen[^1].Seconds,
                Boxes = { seen.Select(frame => new TimedBox { Seconds = frame.Seconds, Box = frame.Box }) },
                Posterior = PosteriorOf(id),
            }));
        }

        foreach (var window in start.Windows)
        {
            var found = faces.Select(face => Found(window, face.Id, face.Frames)).OfType<TrackWindow>()
                .DefaultIfEmpty(new TrackWindow
                {
                    WindowIndex = window.Index,
                    Abstention = new() { Reason = Abstention.Types.Reason.NoFace, Detail = "No face was found." },
                });
            foreach (var one in found)
            {
                await responseStream.WriteAsync(Answer(start, answer => answer.Window = one));
            }
        }
    }

    public static Posterior PosteriorOf(int face) => FakeAnswers.Peak(face == 1 ? 2 : 3);

    public static FeatureMap MapOf(int face) => FakeAnswers.Map("video", (byte)face);

    private static Box BoxOf(int face) => face == 1
        ? new() { Left = 0.25f, Top = 0.25f, Width = 0.5f, Height = 0.5f }
        : new() { Left = 0.8f, Top = 0.25f, Width = 0.1f, Height = 0.1f };

    private static TrackWindow? Found(ClipWindow window, int id, List<FaceFrame> seen)
    {
        var inside = seen.FindAll(frame => frame.Seconds >= window.StartSeconds && frame.Seconds < window.EndSeconds);
        return inside.Count == 0 ? null : new()
        {
            WindowIndex = window.Index,
            FaceId = (uint)id,
            Posterior = PosteriorOf(id),
            FeatureMap = MapOf(id),
            FaceFrames = (uint)inside.Count,
            Area = inside[0].Box.Width * inside[0].Box.Height,
            MouthOpening = { inside.Select(frame => new TimedValue { Seconds = frame.Seconds, Value = frame.MouthOpening }) },
            Heat = { inside.Select(frame => new TimedValue { Seconds = frame.Seconds, Value = 0.01f }) },
        };
    }

    private ClassifySequenceResponse Answer(ClassifySequenceRequest.Types.Start start, Action<ClassifySequenceResponse> fill)
    {
        var answer = new ClassifySequenceResponse { Model = FakeAnswers.Version("video"), Release = OtherRelease.Sequence ?? start.Release };
        fill(answer);
        return answer;
    }
}

/// <summary>The mean of what there is, decided by the first window.</summary>
public sealed class FakeFusion : FusionClassifier.FusionClassifierBase
{
    public Func<ServerCallContext, Task>? Before { get; set; }

    public ConcurrentQueue<FuseRequest> Asked { get; } = new();

    public FakeLoads? Loads { get; set; }

    /// <summary>With the release, before it is answered.</summary>
    public Func<string, ServerCallContext, Task>? AskedFor { get; set; }

    /// <summary>The emotion that a release finds in every clip; null for the mean of what there is.</summary>
    public Func<string, int?> Finds { get; set; } = _ => null;

    /// <summary>Whether it was trained on text; without, it leaves it out.</summary>
    public bool KnowsText { get; set; } = true;

    /// <summary>As a service of the version before words took part in the answer.</summary>
    public bool RefusesText { get; set; }

    /// <summary>Its release's models are not those that it was trained on, in this sentence.</summary>
    public string? Mismatch { get; set; }

    /// <summary>The release that the answers name, where it is not the one that was asked for.</summary>
    public string? OtherRelease { get; set; }

    public override async Task<FuseResponse> Fuse(FuseRequest request, ServerCallContext context)
    {
        Asked.Enqueue(request);
        Loads?.Require(request.Release);
        if (Before is not null)
        {
            await Before(context);
        }

        if (AskedFor is not null)
        {
            await AskedFor(request.Release, context);
        }

        if (RefusesText && request.Windows.Any(window => window.Evidence.Any(one => one.Modality == "text")))
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, "The modality text is not known."));
        }

        if (Mismatch is not null && !request.AcceptFallback)
        {
            throw new RpcException(new Status(StatusCode.FailedPrecondition, Mismatch));
        }

        var response = new FuseResponse
        {
            Model = Mismatch is null ? FakeAnswers.Version("fusion") : null,
            Release = OtherRelease ?? request.Release,
            Fallback = Mismatch is not null,
            FallbackReason = Mismatch ?? "",
        };
        if (!KnowsText)
        {
            response.LeftOut.Add("text");
        }

        var windows = request.Windows.Select(window => (window.ClipWindow.Index, Evidence: window.Evidence.Where(one => KnowsText || one.Modality != "text").ToList())).ToList();
        foreach (var window in windows)
        {
            var fused = new FusedWindow { WindowIndex = window.Index };
            if (window.Evidence.Count == 0)
            {
                fused.Abstention = Nothing();
            }
            else
            {
                fused.Posterior = Mean(window.Evidence);
                fused.Uncertain = response.Fallback;
                fused.Change = window.Index == 0 ? 0.2f : -0.1f;
                fused.ModalitiesDisagree = window.Evidence.Count == 3;
                fused.Contributions.AddRange(window.Evidence.Select(one => new Contribution { Modality = one.Modality, Change = 0.1f }));
            }

            response.Windows.Add(fused);
        }

        var all = windows.SelectMany(window => window.Evidence).ToList();
        if (all.Count == 0)
        {
            response.Abstention = Nothing();
        }
        else
        {
            response.Posterior = Finds(request.Release) is { } label ? FakeAnswers.Peak(label) : Mean(all);
            response.Uncertain = response.Fallback || response.Posterior.Probabilities.Max() < 0.5;
            response.DecidedBy = new DecidingWindows { WindowIndex = { 0u }, Change = 0.2f, PosteriorWithout = windows.Count > 1 ? FakeAnswers.Peak(4) : null };
            response.ModalitiesDisagree = all.DistinctBy(one => one.Modality).Count() == 3;
            response.Contributions.AddRange(all.GroupBy(one => one.Modality)
                .Select(one => new Contribution { Modality = one.Key, Change = 0.1f, Posterior = Mean([.. one]) }));
        }

        return response;
    }

    private static Abstention Nothing() => new() { Reason = Abstention.Types.Reason.NoModality, Detail = "No modality has an answer." };

    private static Posterior Mean(IReadOnlyCollection<ModalityEvidence> evidence) => new()
    {
        Probabilities = { Enumerable.Range(0, 8).Select(i => evidence.Average(one => one.Posterior.Probabilities[i])) },
        CoveredLabels = { FakeAnswers.AllLabels },
    };
}

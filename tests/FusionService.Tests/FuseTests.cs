using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Fusion.V1;
using Emotion.Inference.Fusion;
using Emotion.Inference.Tests;
using Emotion.ModelRegistry.Tests;
using Emotion.ServiceDefaults;
using Emotion.Serving;
using Emotion.Serving.Tests;
using Google.Protobuf;
using Grpc.Core;
using ModalityEvidence = Emotion.Contracts.Fusion.V1.ModalityEvidence;

namespace Emotion.FusionService.Tests;

public sealed class FuseTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private readonly Packages _packages = new();
    private readonly Dictionary<string, string> _trainedOn = [];
    private ServedModel _served = null!;
    private string _version = "";
    private CallLimits _limits = null!;

    public async ValueTask InitializeAsync()
    {
        _served = await ServedModel.StartAsync(
            azurite,
            builder =>
            {
                builder.AddModelService<FusionModel>();
                builder.AddCallLimits<CallLimits>();
                builder.Services.AddOptions<FusionServiceOptions>().BindConfiguration(FusionServiceOptions.Section);
            },
            app =>
            {
                app.MapModelService<FusionModel, FusionClassifierService>();
                _limits = app.Services.GetRequiredService<CallLimits>();
            },
            ("FusionService:MaximumWindows", "3"), ("FusionService:CallsAtOnce", "1"), ("FusionService:CallsWaiting", "1"));
        var (audio, video) = (await _packages.AudioAsync(), await _packages.VideoAsync());
        (_trainedOn["audio"], _trainedOn["video"]) = (audio.Version, video.Version);
        var fusion = await _packages.FusionAsync(_trainedOn);
        _version = fusion.Version;
        await _served.PromoteAsync(audio, video, fusion);
    }

    public async ValueTask DisposeAsync()
    {
        await _served.DisposeAsync();
        _packages.Dispose();
    }

    [Fact]
    public async Task Fuse_AnySubset_AnswersWindowsAndClip()
    {
        var answer = await FuseAsync(Request([Audio(), Video()], [Audio()], []));

        Assert.Equal([0u, 1u, 2u], answer.Windows.Select(window => window.WindowIndex));
        Assert.Equal(["audio", "video"], answer.Windows[0].Contributions.Select(one => one.Modality));
        Assert.Equal(["audio"], answer.Windows[1].Contributions.Select(one => one.Modality));
        Assert.Equal(Abstention.Types.Reason.NoModality, answer.Windows[2].Abstention.Reason);
        Assert.Equal(1, answer.Posterior.Probabilities.Sum(), 4);
        Assert.Equal(["audio", "video"], answer.Contributions.Select(one => one.Modality));
        Assert.All(answer.Contributions, one => Assert.Equal(1, one.Posterior.Probabilities.Sum(), 4));
        Assert.Equal(["happy", "sad"], answer.Contributions[1].Posterior.CoveredLabels);
        Assert.Equal((_version, ServedModel.Release), (answer.Model.Version, answer.Release));
    }

    [Fact]
    public async Task Fuse_AsManyWaitAsMay_IsRefusedWithAHintAndAnsweredLater()
    {
        var computes = await _limits.Fuse.EnterAsync(TestContext.Current.CancellationToken);
        var waits = _limits.Fuse.Admit();

        var refused = await Assert.ThrowsAsync<RpcException>(() => FuseAsync(Request([Audio()])));

        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Contains("'fusion' holds its 1 requests", refused.Status.Detail);
        Assert.True(RetryHint.IsGiven(refused));
        waits.Dispose();
        var answered = FuseAsync(Request([Audio()]));
        computes.Dispose();
        Assert.NotNull((await answered).Posterior);
        Assert.NotNull((await FuseAsync(Request([Audio()]))).Posterior);
    }

    [Fact]
    public async Task Fuse_TextThatThisFusionWasNotTrainedOn_IsLeftOutAndNamed()
    {
        var with = await FuseAsync(Request([Audio(), Video(), Words()], [Words()]));
        var without = await FuseAsync(Request([Audio(), Video()], []));

        Assert.Equal(["text"], with.LeftOut);
        Assert.Empty(without.LeftOut);
        with.LeftOut.Clear();
        Assert.Equal(without, with);
        Assert.Equal(Abstention.Types.Reason.NoModality, with.Windows[1].Abstention.Reason);
    }

    [Fact]
    public async Task Fuse_ModalitiesOfDifferentOpinion_SaysSo()
    {
        var (sure, other) = (Audio(), Video());
        sure.Posterior = ModelWire.ToPosterior([0.1f, 0.1f, 0.3f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f], Emotion.Features.EmotionLabels.Names);

        var answer = await FuseAsync(Request([sure, other], [sure]));

        Assert.True(answer.ModalitiesDisagree);
        Assert.Equal([true, false], answer.Windows.Select(window => window.ModalitiesDisagree));
    }

    [Fact]
    public async Task Fuse_WindowsOfDifferentOpinion_SaysWhichDecided()
    {
        var (sure, unsure) = (Audio(), Audio());
        sure.Posterior = ModelWire.ToPosterior([0.1f, 0.1f, 0.3f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f], Emotion.Features.EmotionLabels.Names);
        sure.Quality = 1;

        var answer = await FuseAsync(Request([unsure], [], [sure]));

        var winner = answer.Posterior.Probabilities.IndexOf(answer.Posterior.Probabilities.Max());
        var top = answer.Windows[0].Change > answer.Windows[2].Change ? 0 : 2;
        var without = await FuseAsync(Request([top == 0 ? sure : unsure]));
        Assert.Equal([(uint)top], answer.DecidedBy.WindowIndex);
        Assert.Equal(answer.Posterior.Probabilities[winner] - without.Posterior.Probabilities[winner], answer.DecidedBy.Change, 1e-4);
        Assert.All(without.Posterior.Probabilities.Zip(answer.DecidedBy.PosteriorWithout.Probabilities), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.Equal(answer.DecidedBy.Change, answer.Windows[top].Change, 1e-4);
        Assert.True(answer.Windows[2 - top].Change < 0);
        Assert.False(answer.Windows[1].HasChange);
        Assert.Null((await FuseAsync(Request([unsure], [unsure]))).DecidedBy);
    }

    [Fact]
    public async Task Fuse_FeatureMapsOfOtherVersions_AreRefusedByBothNames()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => FuseAsync(Request([OfOtherVersion(), Video()])));

        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        Assert.Contains("audio/20261122-1200-cccccccc", refused.Status.Detail);
        Assert.Contains($"audio/{_trainedOn["audio"]}", refused.Status.Detail);
        Assert.Contains(_version, refused.Status.Detail);
    }

    [Fact]
    public async Task Fuse_FallbackAccepted_IsTheProductOfThePosteriorsAndSaysSo()
    {
        var other = OfOtherVersion();
        other.Posterior = ModelWire.ToPosterior([0.1f, 0.3f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f], Emotion.Features.EmotionLabels.Names);
        other.FeatureMap.Values = ByteString.CopyFrom(1, 2, 3, 4);
        var face = Video();
        face.Posterior = ModelWire.ToPosterior([0, 0, 0.9f, 0.1f, 0, 0, 0, 0], ["happy", "sad"]);
        var request = Request([other, face], [face], []);
        request.AcceptFallback = true;

        var answer = await FuseAsync(request);

        Assert.True(answer is { Fallback: true, Uncertain: true, ModalitiesDisagree: false });
        Assert.Contains("audio/20261122-1200-cccccccc", answer.FallbackReason);
        Assert.Contains($"audio/{_trainedOn["audio"]}", answer.FallbackReason);
        Assert.Null(answer.Model);
        Assert.Equal(ServedModel.Release, answer.Release);
        // Of two labels the face's ratios to "no idea" are 1.8 and 0.2; of the six that it does not cover, 1.
        double[] product = [0.1, 0.3, 0.1 * 1.8, 0.1 * 0.2, 0.1, 0.1, 0.1, 0.1];
        Assert.All(product.Zip(answer.Windows[0].Posterior.Probabilities), pair => Assert.Equal(pair.First / product.Sum(), pair.Second, 1e-4));
        Assert.Equal(["audio", "video"], answer.Windows[0].Contributions.Select(one => one.Modality));
        Assert.Equal(["audio", "video"], answer.Contributions.Select(one => one.Modality));
        Assert.True(answer.Windows[1].Uncertain);
        Assert.Equal(Contracts.Fusion.V1.FusedWindow.OutcomeOneofCase.Abstention, answer.Windows[2].OutcomeCase);
    }

    [Fact]
    public async Task Fuse_FallbackAcceptedAndNotNeeded_IsTheNetworksAnswer()
    {
        var accepting = Request([Audio(), Video()], [Audio()]);
        accepting.AcceptFallback = true;

        Assert.Equal(await FuseAsync(Request([Audio(), Video()], [Audio()])), await FuseAsync(accepting));
    }

    [Fact]
    public async Task Fuse_FallbackOfPosteriorsThatNameNoLabels_IsRefused()
    {
        var other = OfOtherVersion();
        other.Posterior.CoveredLabels.Clear();
        var (silent, unknown) = (Request([other]), Request([OfOtherVersion()]));
        unknown.Windows[0].Evidence[0].Posterior.CoveredLabels.Add("joy");
        silent.AcceptFallback = unknown.AcceptFallback = true;

        Assert.Equal(StatusCode.InvalidArgument, await ServedModel.StatusOfAsync(() => FuseAsync(silent)));
        Assert.Equal(StatusCode.InvalidArgument, await ServedModel.StatusOfAsync(() => FuseAsync(unknown)));
    }

    [Fact]
    public async Task Fuse_NoEvidenceAtAll_Abstains()
    {
        var answer = await FuseAsync(Request([], []));

        Assert.Equal(FuseResponse.OutcomeOneofCase.Abstention, answer.OutcomeCase);
        Assert.Empty(answer.Contributions);
    }

    [Fact]
    public async Task Fuse_RequestsThatAreWrong_HaveTheStatusOfTheContract()
    {
        var shortMap = Audio();
        shortMap.FeatureMap.Values = ByteString.CopyFrom(shortMap.FeatureMap.Values.Span[..8]);
        var noNumber = Audio();
        noNumber.Posterior.Probabilities[0] = float.NaN;
        var bare = new ModalityEvidence { Modality = "audio" };
        var otherRelease = Request([Audio()]);
        otherRelease.Release = "r2";
        (string Name, StatusCode Status, FuseRequest Request)[] table =
        [
            ("no windows", StatusCode.InvalidArgument, Request()),
            ("too many windows", StatusCode.InvalidArgument, Request([Audio()], [Audio()], [Audio()], [Audio()])),
            ("a modality twice", StatusCode.InvalidArgument, Request([Audio(), Audio()])),
            ("an unknown modality", StatusCode.InvalidArgument, Request([new ModalityEvidence(Audio()) { Modality = "smell" }])),
            ("a feature map cut short", StatusCode.InvalidArgument, Request([shortMap])),
            ("a probability that is none", StatusCode.InvalidArgument, Request([noNumber])),
            ("evidence of nothing", StatusCode.FailedPrecondition, Request([bare])),
            ("another version", StatusCode.FailedPrecondition, Request([OfOtherVersion()])),
            ("release that is not loaded", StatusCode.NotFound, otherRelease),
        ];

        foreach (var (name, status, request) in table)
        {
            Assert.Equal((name, status), (name, await ServedModel.StatusOfAsync(() => FuseAsync(request))));
        }
    }

    private async Task<FuseResponse> FuseAsync(FuseRequest request) => await new FusionClassifier.FusionClassifierClient(_served.Channel)
        .FuseAsync(request, cancellationToken: TestContext.Current.CancellationToken);

    private static FuseRequest Request(params ModalityEvidence[][] windows) => new()
    {
        ClipId = "clip",
        Windows =
        {
            windows.Select((evidence, index) => new FuseRequest.Types.Window
            {
                ClipWindow = new() { Index = (uint)index, StartSeconds = 4 * index, EndSeconds = 4 * index + 4 },
                Evidence = { evidence },
            }),
        },
    };

    private ModalityEvidence Audio() => Evidence("audio", 512, Emotion.Features.EmotionLabels.Names);

    private ModalityEvidence Video() => Evidence("video", 128, ["happy", "sad"]);

    private ModalityEvidence OfOtherVersion()
    {
        var other = Audio();
        other.FeatureMap.Producer.Version = "20261122-1200-cccccccc";
        return other;
    }

    // The release has no text, and so nobody here checks what made it.
    private ModalityEvidence Words() => new(Audio()) { Modality = "text" };

    private ModalityEvidence Evidence(string modality, int length, IReadOnlyList<string> covered) => new()
    {
        Modality = modality,
        Posterior = ModelWire.ToPosterior([0.3f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f, 0.1f], covered),
        FeatureMap = ModelWire.ToFeatureMap(
            Enumerable.Range(0, length).Select(i => MathF.Sin(i)).ToArray(), new ModelVersion { Name = modality, Version = _trainedOn[modality] }),
        Quality = 0.8f,
    };
}

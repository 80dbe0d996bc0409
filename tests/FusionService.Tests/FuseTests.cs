using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Fusion.V1;
using Emotion.Inference.Fusion;
using Emotion.Inference.Tests;
using Emotion.ModelRegistry.Tests;
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

    public async ValueTask InitializeAsync()
    {
        _served = await ServedModel.StartAsync(
            azurite,
            builder =>
            {
                builder.AddModelService<FusionModel>();
                builder.Services.AddOptions<FusionServiceOptions>().BindConfiguration(FusionServiceOptions.Section);
            },
            app => app.MapModelService<FusionModel, FusionClassifierService>(),
            ("FusionService:MaximumWindows", "3"));
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
    public async Task Fuse_NoEvidenceAtAll_Abstains()
    {
        var answer = await FuseAsync(Request([], []));

        Assert.Equal(FuseResponse.OutcomeOneofCase.Abstention, answer.OutcomeCase);
        Assert.Empty(answer.Contributions);
    }

    [Fact]
    public async Task Fuse_RequestsThatAreWrong_HaveTheStatusOfTheContract()
    {
        var otherVersion = Audio();
        otherVersion.FeatureMap.Producer.Version = "20261122-1200-cccccccc";
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
            ("another version", StatusCode.FailedPrecondition, Request([otherVersion])),
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

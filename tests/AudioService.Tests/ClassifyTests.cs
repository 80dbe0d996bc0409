using Emotion.Contracts.Audio.V1;
using Emotion.Contracts.Common.V1;
using Emotion.Inference.Audio;
using Emotion.Inference.Tests;
using Emotion.ModelRegistry.Tests;
using Emotion.Serving;
using Emotion.Serving.Tests;
using Google.Protobuf;
using Grpc.Core;

namespace Emotion.AudioService.Tests;

public sealed class ClassifyTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const int SampleRate = 16_000;

    private readonly Packages _packages = new();
    private ServedModel _served = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _served = await ServedModel.StartAsync(
        azurite,
        builder =>
        {
            builder.AddModelService<AudioModel>();
            builder.AddCallLimits<CallLimits>();
            builder.Services.AddOptions<AudioServiceOptions>().BindConfiguration(AudioServiceOptions.Section);
        },
        app => app.MapModelService<AudioModel, AudioClassifierService>(),
        ("AudioService:MaximumWindows", "3"));

    public async ValueTask DisposeAsync()
    {
        await _served.DisposeAsync();
        _packages.Dispose();
    }

    [Fact]
    public async Task Classify_TwoWindowsInOddChunks_AnswersEachInOrder()
    {
        var package = await _packages.AudioAsync();
        await _served.PromoteAsync(package);

        var answers = await ClassifyAsync([Start(Window(0, 0, 2), Window(1, 2, 4)), .. Chunks(Voice(4), 4001)]);

        Assert.Equal([0u, 1u], answers.Select(answer => answer.WindowIndex));
        Assert.All(answers, answer =>
        {
            Assert.Equal(1, answer.Posterior.Probabilities.Sum(), 4);
            Assert.Equal(8, answer.Posterior.CoveredLabels.Count);
            Assert.Equal(512 * sizeof(float), answer.FeatureMap.Values.Length);
            Assert.Equal(("audio", package.Version), (answer.FeatureMap.Producer.Name, answer.FeatureMap.Producer.Version));
            Assert.Equal((package.Version, ServedModel.Release), (answer.Model.Version, answer.Release));
            Assert.Equal(20, answer.LevelDb.Count);
            Assert.InRange(answer.SpeechRatio, 0.5, 1);
        });
    }

    [Fact]
    public async Task Classify_FirstWindowComplete_AnswersWhileThePersonStillTalks()
    {
        await _served.PromoteAsync(await _packages.AudioAsync());
        using var call = new AudioClassifier.AudioClassifierClient(_served.Channel).Classify(cancellationToken: Token);
        await call.RequestStream.WriteAsync(Start(Window(0, 0, 2), Window(1, 2, 4)), Token);

        await call.RequestStream.WriteAsync(Pcm(Voice(2.5)), Token);

        Assert.True(await call.ResponseStream.MoveNext(Token));
        Assert.Equal(0u, call.ResponseStream.Current.WindowIndex);
        await call.RequestStream.CompleteAsync();
        Assert.True(await call.ResponseStream.MoveNext(Token));
        Assert.Equal(1u, call.ResponseStream.Current.WindowIndex);
        Assert.False(await call.ResponseStream.MoveNext(Token));
    }

    [Fact]
    public async Task Classify_Silence_AbstainsAndSaysWhy()
    {
        await _served.PromoteAsync(await _packages.AudioAsync());

        var answer = Assert.Single(await ClassifyAsync([Start(Window(0, 0, 2)), Pcm(new byte[2 * 2 * SampleRate])]));

        Assert.Equal(Abstention.Types.Reason.NoSpeech, answer.Abstention.Reason);
        Assert.NotEmpty(answer.Abstention.Detail);
        Assert.Null(answer.FeatureMap);
        Assert.NotEmpty(answer.Model.Version);
    }

    [Fact]
    public async Task Classify_NothingLoaded_IsUnavailable() =>
        Assert.Equal(StatusCode.Unavailable, await ServedModel.StatusOfAsync(() => ClassifyAsync([Start(Window(0, 0, 2))])));

    [Fact]
    public async Task Classify_RequestsThatAreWrong_HaveTheStatusOfTheContract()
    {
        await _served.PromoteAsync(await _packages.AudioAsync());
        var otherRelease = Start(Window(0, 0, 2));
        otherRelease.Start.Release = "r2";
        (string Name, StatusCode Status, ClassifyRequest[] Requests)[] table =
        [
            ("no start", StatusCode.InvalidArgument, [Pcm(Voice(1))]),
            ("nothing at all", StatusCode.InvalidArgument, []),
            ("two starts", StatusCode.InvalidArgument, [Start(Window(0, 0, 2)), Start(Window(0, 0, 2))]),
            ("no windows", StatusCode.InvalidArgument, [Start()]),
            ("too many windows", StatusCode.InvalidArgument, [Start(Window(0, 0, 1), Window(1, 1, 2), Window(2, 2, 3), Window(3, 3, 4))]),
            ("windows go back", StatusCode.InvalidArgument, [Start(Window(0, 2, 3), Window(1, 0, 1)), Pcm(Voice(3))]),
            ("half a sample", StatusCode.InvalidArgument, [Start(Window(0, 0, 2)), Pcm(new byte[3])]),
            ("more sound than windows", StatusCode.ResourceExhausted, [Start(Window(0, 0, 1)), Pcm(Voice(30))]),
            ("release that is not loaded", StatusCode.NotFound, [otherRelease]),
        ];

        foreach (var (name, status, requests) in table)
        {
            Assert.Equal((name, status), (name, await ServedModel.StatusOfAsync(() => ClassifyAsync(requests))));
        }
    }

    private async Task<List<ClassifyResponse>> ClassifyAsync(IEnumerable<ClassifyRequest> requests)
    {
        using var call = new AudioClassifier.AudioClassifierClient(_served.Channel).Classify(cancellationToken: Token);
        try
        {
            foreach (var request in requests)
            {
                await call.RequestStream.WriteAsync(request, Token);
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (Exception ended) when (ended is RpcException or InvalidOperationException)
        {
            TestContext.Current.SendDiagnosticMessage("The service ended the call before it had all: {0}", ended.Message);
        }

        var answers = new List<ClassifyResponse>();
        while (await call.ResponseStream.MoveNext(Token))
        {
            answers.Add(call.ResponseStream.Current);
        }

        return answers;
    }

    private static ClassifyRequest Start(params ClipWindow[] windows) => new() { Start = new() { ClipId = "clip", Windows = { windows } } };

    private static ClipWindow Window(uint index, double start, double end) => new() { Index = index, StartSeconds = start, EndSeconds = end };

    private static ClassifyRequest Pcm(byte[] pcm) => new() { Pcm = ByteString.CopyFrom(pcm) };

    private static IEnumerable<ClassifyRequest> Chunks(byte[] pcm, int size) => pcm.Chunk(size).Select(Pcm);

    /// <summary>A hummed vowel.</summary>
    private static byte[] Voice(double seconds)
    {
        var pcm = new byte[(int)(seconds * SampleRate) * 2];
        for (var i = 0; i < pcm.Length / 2; i++)
        {
            var time = (double)i / SampleRate;
            var sample = (short)(6000 * (Math.Sin(2 * Math.PI * 160 * time) + 0.5 * Math.Sin(2 * Math.PI * 640 * time)));
            System.Buffers.Binary.BinaryPrimitives.WriteInt16LittleEndian(pcm.AsSpan(2 * i), sample);
        }

        return pcm;
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Text.V1;
using Emotion.Inference.Tests;
using Emotion.ModelRegistry.Tests;
using Emotion.Serving;
using Emotion.Serving.Tests;
using Google.Protobuf;
using Grpc.Core;

namespace Emotion.TextService.Tests;

public sealed class TranscribeTests(AzuriteFixture azurite) : ServedText(azurite, ("TextService:MaximumSeconds", "8"))
{
    private const string Sentence = "When the revolution comes, I will have to destroy you all.";

    [Fact]
    public async Task Transcribe_SoundInOddChunks_GivesTextWithClipTimesAndVersions()
    {
        var package = await Packages.TextAsync();
        await Served.PromoteAsync(package);

        var answer = await TranscribeAsync([Start(firstSampleSeconds: 2), .. Chunks(await Speaker.SayAsync(Sentence), 4001)]);

        Assert.Null(answer.Abstention);
        var segment = Assert.Single(answer.Segments);
        Assert.Equal(Sentence, segment.Text);
        Assert.InRange(segment.StartSeconds, 2, 2.3);
        Assert.InRange(segment.EndSeconds, segment.StartSeconds + 2, segment.StartSeconds + 5);
        Assert.InRange(answer.Confidence, 0.7, 1);
        Assert.Equal(("text", package.Version, ServedModel.Release), (answer.Model.Name, answer.Model.Version, answer.Release));
    }

    [Fact]
    public async Task Transcribe_LanguageThatItDoesNotKnow_AbstainsWithoutText()
    {
        await Served.PromoteAsync(await Packages.TextAsync());

        var answer = await TranscribeAsync([Start(language: "de-AT"), .. Chunks(await Speaker.SayAsync(Sentence), 32_000)]);

        Assert.Equal(Abstention.Types.Reason.NotEnglish, answer.Abstention.Reason);
        Assert.Empty(answer.Segments);
    }

    [Fact]
    public async Task Transcribe_Words_AreInNoLogAndNoSpan()
    {
        await Served.PromoteAsync(await Packages.TextAsync());
        var spans = new ConcurrentQueue<Activity>();
        using var listener = Listen(spans.Enqueue);
        var measured = new ConcurrentQueue<double>();
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, meter) =>
            {
                if (instrument.Name == "emotion.inference.compute_time")
                {
                    meter.EnableMeasurementEvents(instrument);
                }
            },
        };
        meters.SetMeasurementEventCallback<double>((_, seconds, tags, _) =>
        {
            if (tags.ToArray() is [{ Key: "model", Value: "text.transcribe" }])
            {
                measured.Enqueue(seconds);
            }
        });
        meters.Start();

        var answer = await TranscribeAsync([Start(), .. Chunks(await Speaker.SayAsync(Sentence), 32_000)]);

        Assert.Equal(Sentence, Assert.Single(answer.Segments).Text);
        Assert.Contains(spans, span => span.OperationName == "text.transcribe");
        Assert.Contains(measured, seconds => seconds > 0);
        Assert.NotEmpty(Log.Lines);
        var told = string.Join('\n', Log.Lines.Concat(spans.Select(Told)));
        string[] words = ["revolution", "destroy"];
        Assert.All(words, word => Assert.DoesNotContain(word, told, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Transcribe_RequestsThatAreWrong_HaveTheStatusOfTheContract()
    {
        await Served.PromoteAsync(await Packages.TextAsync());
        var second = Chunks(new short[16_000], 32_000).ToList();
        (string Name, StatusCode Status, IEnumerable<TranscribeRequest> Requests)[] table =
        [
            ("no start", StatusCode.InvalidArgument, second),
            ("nothing at all", StatusCode.InvalidArgument, []),
            ("two starts", StatusCode.InvalidArgument, [Start(), Start()]),
            ("a first sample before the clip", StatusCode.InvalidArgument, [Start(firstSampleSeconds: -1), .. second]),
            ("half a sample", StatusCode.InvalidArgument, [Start(), new TranscribeRequest { Pcm = ByteString.CopyFrom(1, 2, 3) }]),
            ("more sound than is taken", StatusCode.ResourceExhausted, [Start(), .. Enumerable.Repeat(second[0], 9)]),
            ("release that is not loaded", StatusCode.NotFound, [Start(release: "r2"), .. second]),
        ];

        foreach (var (name, status, requests) in table)
        {
            Assert.Equal((name, status), (name, await ServedModel.StatusOfAsync(() => TranscribeAsync(requests))));
        }
    }

    [Fact]
    public async Task Transcribe_NothingLoaded_IsUnavailable() =>
        Assert.Equal(StatusCode.Unavailable, await ServedModel.StatusOfAsync(() => TranscribeAsync([Start()])));

    [Fact]
    public async Task Admit_WhoWaitsWithoutComputing_KeepsNobodyFromComputing()
    {
        var limiter = new CallLimiter("read", atOnce: 1, waiting: 1);
        var sends = limiter.Admit();

        (await limiter.EnterAsync(Token)).Dispose();

        var computes = await limiter.EnterAsync(Token);
        Assert.Throws<Inference.QueueFullException>(limiter.Admit);
        sends.Dispose();
        sends.Dispose();
        Assert.False(limiter.EnterAsync(Token).IsCompleted);
        computes.Dispose();
    }

    [Fact]
    public async Task Enter_MoreThanMayWait_IsRefusedUntilSomebodyLeaves()
    {
        var limiter = new CallLimiter("read", atOnce: 1, waiting: 1);
        var inside = await limiter.EnterAsync(Token);
        var waiting = limiter.EnterAsync(Token);

        await Assert.ThrowsAsync<Inference.QueueFullException>(() => limiter.EnterAsync(Token));

        Assert.False(waiting.IsCompleted);
        inside.Dispose();
        (await waiting).Dispose();
        (await limiter.EnterAsync(Token)).Dispose();
    }

    private async Task<TranscribeResponse> TranscribeAsync(IEnumerable<TranscribeRequest> requests)
    {
        using var call = new Transcriber.TranscriberClient(Served.Channel).Transcribe(cancellationToken: Token);
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

        return await call.ResponseAsync;
    }

    private static TranscribeRequest Start(string release = "", double firstSampleSeconds = 0, string language = "") => new()
    {
        Start = new() { ClipId = "clip", Release = release, FirstSampleSeconds = firstSampleSeconds, Language = language },
    };

    private static IEnumerable<TranscribeRequest> Chunks(short[] samples, int bytes) =>
        MemoryMarshal.AsBytes(samples.AsSpan()).ToArray().Chunk(bytes).Select(chunk => new TranscribeRequest { Pcm = ByteString.CopyFrom(chunk) });
}

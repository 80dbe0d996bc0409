using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Text.V1;
using Emotion.Features;
using Emotion.Inference.Tests;
using Emotion.Inference.Tests.Graphs;
using Emotion.Inference.Text;
using Emotion.ModelRegistry.Tests;
using Emotion.Serving.Tests;
using Grpc.Core;
using TextReading = Emotion.Contracts.Text.V1.TextReading;

namespace Emotion.TextService.Tests;

public sealed class ClassifyTests(AzuriteFixture azurite)
    : ServedText(azurite, ("TextService:MaximumTexts", "8"), ("TextService:MaximumCharacters", "40"), ("Inference:Batching:MaxBatchSize", "2"))
{
    private const float OfOneWord = 0.98f;

    [Fact]
    public async Task Classify_TextsOfAllLengths_AnswersEachInItsPlace()
    {
        var package = await Packages.TextWithClassifierAsync();
        await Served.PromoteAsync(package);

        var answer = await ClassifyAsync("joy", "rage rage rage", "tears", "Joy?", "Hm...", "JOY joy joy", "rage");

        Assert.Equal(["happy", "angry", "sad", "happy", "neutral", "happy", "angry"], answer.Readings.Select(Winner));
        Assert.All(answer.Readings, reading =>
        {
            Assert.Equal(1, reading.Posterior.Probabilities.Sum(), 4);
            Assert.Equal(0, reading.Posterior.Probabilities[EmotionLabels.IndexOf("calm")]);
            Assert.Equal(TinyText.Covered, reading.Posterior.CoveredLabels);
            Assert.Equal(EmotionLabels.Count * sizeof(float), reading.FeatureMap.Values.Length);
            Assert.Equal(("text", package.Version), (reading.FeatureMap.Producer.Name, reading.FeatureMap.Producer.Version));
            Assert.Null(reading.Abstention);
        });
        Assert.InRange(answer.Readings[0].Posterior.Probabilities.Max(), OfOneWord, 1);
        Assert.InRange(answer.Readings[3].Posterior.Probabilities.Max(), 0.5, OfOneWord);
        Assert.Equal([["happy"], ["angry"], ["sad"], ["happy"], [], ["happy"], ["angry"]], answer.Readings.Select(reading => reading.Labels));
        Assert.Equal(("text", package.Version, ServedModel.Release), (answer.Model.Name, answer.Model.Version, answer.Release));
    }

    [Fact]
    public async Task Classify_TextWithoutAWord_AbstainsAndTheOthersAnswer()
    {
        await Served.PromoteAsync(await Packages.TextWithClassifierAsync());

        var answer = await ClassifyAsync("tears", " \t ", "", "...", "\u266A", "?! \u2014");

        Assert.Equal("sad", Winner(answer.Readings[0]));
        Assert.All(answer.Readings.Skip(1), reading =>
        {
            Assert.Equal(Abstention.Types.Reason.NoWords, reading.Abstention.Reason);
            Assert.Null(reading.Posterior);
            Assert.Null(reading.FeatureMap);
        });
    }

    [Fact]
    public async Task Classify_RequestsThatAreWrong_HaveTheStatusOfTheContract()
    {
        await Served.PromoteAsync(await Packages.TextWithClassifierAsync());
        (string Name, StatusCode Status, ClassifyTextRequest Request)[] table =
        [
            ("no texts", StatusCode.InvalidArgument, new()),
            ("too many texts", StatusCode.InvalidArgument, new() { Texts = { Enumerable.Repeat("joy", 9) } }),
            ("a text that is too long", StatusCode.InvalidArgument, new() { Texts = { "joy", new string('a', 41) } }),
            ("release that is not loaded", StatusCode.NotFound, new() { Texts = { "joy" }, Release = "r2" }),
        ];

        foreach (var (name, status, request) in table)
        {
            Assert.Equal((name, status), (name, await ServedModel.StatusOfAsync(() => ClassifyAsync(request))));
        }
    }

    [Fact]
    public async Task Classify_NothingLoadedYetOrNoClassifier_SaysWhich()
    {
        Assert.Equal(StatusCode.Unavailable, await ServedModel.StatusOfAsync(() => ClassifyAsync("joy")));
        await Served.PromoteAsync(await Packages.TextAsync());

        Assert.Equal(StatusCode.FailedPrecondition, await ServedModel.StatusOfAsync(() => ClassifyAsync("joy")));

        Assert.Empty(Assert.Single((await Served.StatusAsync()).Loaded).CoveredLabels);
    }

    [Fact]
    public async Task Classify_Cancelled_Ends()
    {
        var package = await Packages.TextWithClassifierAsync();
        await using var model = TextModel.Load(package, Packages.Runtime);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        Assert.ThrowsAny<OperationCanceledException>(() => model.Classifier!.Classify(["joy"], cancelled.Token));

        Assert.Equal(["happy", null], model.Classifier!.Classify(["joy", ""], Token)
            .Select(reading => reading is null ? null : EmotionLabels.Names[Array.IndexOf(reading.Posterior, reading.Posterior.Max())]));
    }

    [Fact]
    public async Task Classify_Words_AreInNoLogNoSpanAndNoMetric()
    {
        await Served.PromoteAsync(await Packages.TextWithClassifierAsync());
        var (spans, measured) = (new ConcurrentQueue<Activity>(), new ConcurrentQueue<string>());
        using var listener = Listen(spans.Enqueue);
        using var meters = new MeterListener { InstrumentPublished = (instrument, meter) => meter.EnableMeasurementEvents(instrument) };
        meters.SetMeasurementEventCallback<int>((instrument, _, tags, _) => measured.Enqueue($"{instrument.Name} {string.Join(' ', tags.ToArray())}"));
        meters.SetMeasurementEventCallback<long>((instrument, _, tags, _) => measured.Enqueue($"{instrument.Name} {string.Join(' ', tags.ToArray())}"));
        meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) => measured.Enqueue($"{instrument.Name} {string.Join(' ', tags.ToArray())}"));
        meters.Start();

        await ClassifyAsync("my aardvark weeps tears");
        await ServedModel.StatusOfAsync(() => ClassifyAsync("joy", "aardvark aardvark aardvark aardvark aardvark"));

        Assert.Contains(spans, span => span.OperationName == "text.classify");
        Assert.Contains(measured, line => line.StartsWith("emotion.inference.batch_size", StringComparison.Ordinal));
        Assert.NotEmpty(Log.Lines);
        var told = string.Join('\n', Log.Lines.Concat(measured).Concat(spans.Select(Told)));
        Assert.DoesNotContain("aardvark", told, StringComparison.OrdinalIgnoreCase);
    }

    private static string Winner(TextReading reading) =>
        EmotionLabels.Names[reading.Posterior.Probabilities.IndexOf(reading.Posterior.Probabilities.Max())];

    private Task<ClassifyTextResponse> ClassifyAsync(params string[] texts) =>
        ClassifyAsync(new ClassifyTextRequest { ClipId = "clip", Release = "", Texts = { texts } });

    private async Task<ClassifyTextResponse> ClassifyAsync(ClassifyTextRequest request) =>
        await new Contracts.Text.V1.TextClassifier.TextClassifierClient(Served.Channel).ClassifyAsync(request, cancellationToken: Token);
}

using System.Collections.Concurrent;
using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Text.V1;
using Grpc.Core;

namespace Emotion.Gateway.Tests;

/// <summary>Hears the same sentence in everything.</summary>
public sealed class FakeText : Transcriber.TranscriberBase
{
    public const string Words = "the xylophone is burning";

    public bool Foreign { get; set; }

    public Func<ServerCallContext, Task>? Before { get; set; }

    /// <summary>Start, and PCM bytes, of each call.</summary>
    public ConcurrentQueue<(TranscribeRequest.Types.Start Start, long Bytes)> Heard { get; } = new();

    public override async Task<TranscribeResponse> Transcribe(IAsyncStreamReader<TranscribeRequest> requestStream, ServerCallContext context)
    {
        Assert.True(await requestStream.MoveNext(context.CancellationToken));
        var start = requestStream.Current.Start;
        if (Before is not null)
        {
            await Before(context);
        }

        var bytes = 0L;
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            bytes += requestStream.Current.Pcm.Length;
        }

        Heard.Enqueue((start, bytes));
        var answer = new TranscribeResponse { Confidence = 0.9f, Model = FakeAnswers.Version("text"), Release = start.Release };
        if (Foreign)
        {
            answer.Abstention = new() { Reason = Abstention.Types.Reason.NotEnglish, Detail = "The speech is not English." };
        }
        else
        {
            answer.Segments.Add(new TextSegment { StartSeconds = 0.25, EndSeconds = 1.5, Text = Words, Confidence = 0.9f });
        }

        return answer;
    }
}

/// <summary>Reads joy and tears, and nothing out of other words.</summary>
public sealed class FakeReader : TextClassifier.TextClassifierBase
{
    public const float Sure = 0.7f, Other = 0.05f;

    private static readonly string[] Labels = [.. FakeAnswers.AllLabels.Where(label => label != "calm")];

    /// <summary>Whether there is a model for it; without, nobody may ask.</summary>
    public bool Reads { get; set; }

    public IReadOnlyList<string> Covered => Reads ? Labels : [];

    public Func<ServerCallContext, Task>? Before { get; set; }

    /// <summary>The release that the answers name, where it is not the one that was asked for.</summary>
    public string? OtherRelease { get; set; }

    /// <summary>Each call, failed ones too.</summary>
    public ConcurrentQueue<ClassifyTextRequest> Asked { get; } = new();

    public override async Task<ClassifyTextResponse> Classify(ClassifyTextRequest request, ServerCallContext context)
    {
        Asked.Enqueue(request);
        if (Before is not null)
        {
            await Before(context);
        }

        return new ClassifyTextResponse
        {
            Readings = { request.Texts.Select(Read) },
            Model = FakeAnswers.Version("text"),
            Release = OtherRelease ?? request.Release,
        };
    }

    public static TextReading Read(string text) => text == "..."
        ? new() { Abstention = new() { Reason = Abstention.Types.Reason.NoWords, Detail = "The text has no word." } }
        : new()
        {
            Posterior = PosteriorOf(text.Contains("joy") ? "happy" : text.Contains("tears") ? "sad" : "neutral"),
            FeatureMap = FakeAnswers.Map("text", (byte)text.Length),
        };

    private static Posterior PosteriorOf(string winner) => new()
    {
        Probabilities = { FakeAnswers.AllLabels.Select(label => label == winner ? Sure : label == "calm" ? 0 : Other) },
        CoveredLabels = { Labels },
    };
}

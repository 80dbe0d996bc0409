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

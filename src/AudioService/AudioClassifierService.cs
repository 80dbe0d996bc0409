using System.Runtime.CompilerServices;
using Emotion.Contracts.Audio.V1;
using Emotion.Contracts.Common.V1;
using Emotion.Inference;
using Emotion.Inference.Audio;
using Emotion.Inference.Hosting;
using Emotion.Serving;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Emotion.AudioService;

/// <summary>The wire of <see cref="AudioModel"/>: see audio.proto.</summary>
public sealed class AudioClassifierService(ModelHost<AudioModel> models, CallLimits limits, IOptions<AudioServiceOptions> options)
    : AudioClassifier.AudioClassifierBase
{
    public override async Task Classify(
        IAsyncStreamReader<ClassifyRequest> requestStream, IServerStreamWriter<ClassifyResponse> responseStream, ServerCallContext context)
    {
        var cancellation = context.CancellationToken;
        var start = await requestStream.MoveNext(cancellation) ? requestStream.Current.Start : null;
        if (start is null)
        {
            throw new InvalidInputException("The first message must be the start.");
        }

        var plan = ModelWire.ToPlan(start.Windows, options.Value.MaximumWindows);
        await using var lease = models.Acquire(start.Release);
        using var place = limits.Calls.Admit(); // Before its sound is read.
        var version = lease.VersionOnWire();
        var covered = lease.Model.Package.Manifest.CoveredLabels;
        await foreach (var result in lease.Model.ClassifyAsync(PcmAsync(requestStream, cancellation), plan, start.FirstSampleSeconds, cancellation))
        {
            var answer = new ClassifyResponse
            {
                WindowIndex = (uint)result.Window.Index,
                SpeechRatio = result.SpeechRatio,
                LevelDb = { result.LevelsDecibels },
                Model = version,
                Release = lease.Release,
            };
            if (result.Abstention is { } abstention)
            {
                answer.Abstention = abstention.ToWire();
            }
            else
            {
                answer.Posterior = ModelWire.ToPosterior(result.Posterior, covered);
                answer.FeatureMap = ModelWire.ToFeatureMap(result.Embedding, version);
            }

            await responseStream.WriteAsync(answer, cancellation);
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> PcmAsync(
        IAsyncStreamReader<ClassifyRequest> requests, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await requests.MoveNext(cancellationToken))
        {
            yield return requests.Current.ContentCase == ClassifyRequest.ContentOneofCase.Pcm
                ? requests.Current.Pcm.Memory
                : throw new InvalidInputException("After the start only PCM may come.");
        }
    }
}

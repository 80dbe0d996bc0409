using System.Buffers;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Emotion.Features;
using Emotion.Inference.Golden;
using Emotion.Inference.Hosting;
using Emotion.Inference.Sessions;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Audio;

/// <summary>
/// Speech: 16-bit PCM -> MFCC <c>[1, frames, coefficients]</c> -> ResNet-18 -> posterior <c>[8]</c> and embedding. Windows of all
/// callers share batches. A package may bring more: a graph of role <see cref="VoiceRole"/> makes windows abstain in which nothing sounds like
/// speech, and one of role <see cref="EncoderRole"/> hears the speech of a window for a classifier that has a second input for it. With a
/// <see cref="NoiseSpec"/> the posterior of a window in noise is less sure than the graph says.
/// </summary>
public sealed class AudioModel : IServableModel<AudioModel>
{
    /// <summary>Windows of one clip that are under way at once; bounds the memory of a call.</summary>
    private const int WindowsInFlight = 8;

    public const string ClassifierRole = "classifier", VoiceRole = "voice-activity", EncoderRole = "encoder";

    private const string EncoderInput = "encoder";
    private static readonly string[] InputNames = ["features"], BothNames = ["features", EncoderInput], OutputNames = ["posterior", "embedding"];

    private readonly AudioFrontEnd _frontEnd;
    private readonly GraphSession _graph;
    private readonly Turnstile _frontEnds;
    private readonly BatchQueue<float[], Answer> _queue;

    private AudioModel(ModelPackage package, AudioFrontEnd frontEnd, GraphSession graph, int embeddingLength, ModelRuntime runtime)
    {
        Package = package;
        _frontEnd = frontEnd;
        _graph = graph;
        EmbeddingLength = embeddingLength;
        _frontEnds = runtime.FrontEnds;
        _queue = new BatchQueue<float[], Answer>(ModelName, runtime.Batching, runtime.Clock, RunBatch);
    }

    public static string ModelName => "audio";

    public ModelPackage Package { get; }

    public int SampleRate => _frontEnd.Mfcc.SampleRate;

    public int EmbeddingLength { get; }

    public static AudioModel Load(ModelPackage package, ModelRuntime runtime)
    {
        package.Manifest.RequireOurLabels();
        var graph = runtime.Sessions.Open(package, ClassifierRole);
        AudioFrontEnd? frontEnd = null;
        try
        {
            frontEnd = AudioFrontEnd.Open(package, runtime, graph.InputNames.Contains(EncoderInput));
            graph.RequireInput("features", -1, 1, frontEnd.Mfcc.Frames, frontEnd.Mfcc.Coefficients);
            if (frontEnd.EncoderLength > 0)
            {
                graph.RequireInput(EncoderInput, -1, frontEnd.EncoderLength);
            }

            graph.RequireOutput("posterior", -1, EmotionLabels.Count);
            return new AudioModel(package, frontEnd, graph, graph.RequireOutputLength("embedding"), runtime);
        }
        catch
        {
            frontEnd?.Dispose();
            graph.Dispose();
            throw;
        }
    }

    public static GoldenInputs SynthesiseGolden(AudioModel model) => new() { ["pcm"] = GoldenInputs.Vowel(seconds: 2, model.SampleRate) };

    /// <summary>
    /// Classifies a clip whose sound arrives in pieces; a window's answer comes as soon as its last sample is there, in order of the
    /// plan. Sound that is missing at the end shortens the last windows.
    /// </summary>
    /// <param name="pcm">Little-endian 16-bit mono at <see cref="SampleRate"/>, cut anywhere.</param>
    /// <param name="windows">In order of start; they may overlap.</param>
    /// <param name="firstSampleSeconds">Clip time of the first sample; what lies before it counts as missing.</param>
    /// <exception cref="InvalidInputException">Windows out of order, or an odd number of bytes.</exception>
    /// <exception cref="LimitExceededException">More sound than the windows span.</exception>
    public async IAsyncEnumerable<AudioWindowResult> ClassifyAsync(
        IAsyncEnumerable<ReadOnlyMemory<byte>> pcm,
        IReadOnlyList<ClipWindow> windows,
        double firstSampleSeconds,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var cutter = new PcmWindowCutter(windows, firstSampleSeconds, SampleRate);
        var started = Channel.CreateBounded<Task<AudioWindowResult>>(WindowsInFlight);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var feeding = FeedAsync(pcm, cutter, started.Writer, stop.Token);
        try
        {
            await foreach (var result in started.Reader.ReadAllAsync(cancellationToken))
            {
                yield return await result;
            }
        }
        finally
        {
            // Whoever stops listening early stops the feeding; its end is awaited, and that of each window that it began, so that nothing outlives the call:
            // the caller lets the model go, and with it the memory that a front end may still be reading.
            await stop.CancelAsync();
            await feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (started.Reader.TryRead(out var left))
            {
                await ((Task)left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Classifies the sound of one window.</summary>
    public async Task<AudioWindowResult> ClassifyAsync(
        ClipWindow window, ReadOnlyMemory<short> samples, CancellationToken cancellationToken)
    {
        var row = ArrayPool<float>.Shared.Rent(_frontEnd.RowLength);
        try
        {
            var heard = await WriteAsync(samples, row, cancellationToken);
            var levels = SoundLevel.Every100Milliseconds(samples.Span, SampleRate);
            if (heard.Abstention is not null)
            {
                return new AudioWindowResult(window, [], [], heard.SpeechRatio, levels, heard.Abstention);
            }

            using var activity = InferenceInstruments.Activities.StartActivity("audio.graph");
            var answer = await _queue.RunAsync(row, cancellationToken);
            if (heard.SignalToNoiseDecibels is { } decibels)
            {
                _frontEnd.Noise!.Temper(answer.Posterior, decibels);
            }

            return new AudioWindowResult(window, answer.Posterior, answer.Embedding, heard.SpeechRatio, levels, Abstention: null)
            {
                SignalToNoiseDecibels = heard.SignalToNoiseDecibels,
            };
        }
        finally
        {
            ArrayPool<float>.Shared.Return(row);
        }
    }

    public async Task<IReadOnlyDictionary<string, float[]>> RunGoldenAsync(GoldenInputs inputs, CancellationToken cancellationToken)
    {
        var outputs = _frontEnd.Try(Array.ConvertAll(inputs.Get("pcm"), sample => (short)sample));
        float[] row = [.. outputs["features"], .. outputs.GetValueOrDefault("encoder", [])];
        var answer = await _queue.RunAsync(row, cancellationToken);
        outputs["posterior"] = answer.Posterior;
        outputs["embedding"] = answer.Embedding;
        return outputs;
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        _graph.Dispose();
        _frontEnd.Dispose();
    }

    private async Task<HeardWindow> WriteAsync(ReadOnlyMemory<short> samples, float[] row, CancellationToken cancellationToken)
    {
        await _frontEnds.EnterAsync(cancellationToken);
        try
        {
            using var activity = InferenceInstruments.Activities.StartActivity("audio.features");
            return _frontEnd.Write(samples.Span, row.AsSpan(0, _frontEnd.RowLength));
        }
        finally
        {
            _frontEnds.Leave();
        }
    }

    private async Task FeedAsync(
        IAsyncEnumerable<ReadOnlyMemory<byte>> pcm,
        PcmWindowCutter cutter,
        ChannelWriter<Task<AudioWindowResult>> started,
        CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var chunk in pcm.WithCancellation(cancellationToken))
            {
                cutter.Append(chunk.Span);
                while (cutter.TryTake(out var window, out var samples))
                {
                    await StartAsync(window, samples, started, cancellationToken);
                }
            }

            cutter.Complete();
            while (cutter.TryTake(out var window, out var samples))
            {
                await StartAsync(window, samples, started, cancellationToken);
            }

            started.Complete();
        }
        catch (Exception failure)
        {
            // The reader rethrows it after the windows that were complete.
            started.Complete(failure);
        }
    }

    /// <summary>Not begun before there is room for it: one that is begun is always where the reader finds it.</summary>
    private async Task StartAsync(ClipWindow window, ReadOnlyMemory<short> samples, ChannelWriter<Task<AudioWindowResult>> started, CancellationToken cancellationToken)
    {
        await started.WaitToWriteAsync(cancellationToken);
        started.TryWrite(ClassifyAsync(window, samples, cancellationToken));
    }

    private void RunBatch(ReadOnlySpan<float[]> rows, Span<Answer> results)
    {
        var mfcc = _frontEnd.Mfcc;
        using var features = new PooledTensor<float>(rows.Length, 1, mfcc.Frames, mfcc.Coefficients);
        using var encoder = _frontEnd.EncoderLength > 0 ? new PooledTensor<float>(rows.Length, _frontEnd.EncoderLength) : null;
        using var posterior = new PooledTensor<float>(rows.Length, EmotionLabels.Count);
        using var embedding = new PooledTensor<float>(rows.Length, EmbeddingLength);
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i].AsSpan(0, _frontEnd.FeatureCount).CopyTo(features.Row(i));
            if (encoder is not null)
            {
                rows[i].AsSpan(_frontEnd.FeatureCount, _frontEnd.EncoderLength).CopyTo(encoder.Row(i));
            }
        }

        _graph.Run(
            encoder is null ? InputNames : BothNames, encoder is null ? [features.Value] : [features.Value, encoder.Value],
            OutputNames, [posterior.Value, embedding.Value]);
        for (var i = 0; i < rows.Length; i++)
        {
            results[i] = new Answer(posterior.Row(i).ToArray(), embedding.Row(i).ToArray());
        }
    }

    private readonly record struct Answer(float[] Posterior, float[] Embedding);
}

using System.Buffers;
using Emotion.Features.Mfcc;
using Emotion.Inference.Hosting;
using Emotion.Inference.Sessions;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Audio;

/// <summary>
/// From the sound of a window to what the classifier takes, or to the reason why it gets nothing: coefficients, then, where the package has
/// them, voice activity and the encoder over the speech alone.
/// </summary>
internal sealed class AudioFrontEnd : IDisposable
{
    private readonly MfccFrontEnd _mfcc;
    private readonly VoiceActivity? _voice;
    private readonly SpeechEncoder? _encoder;

    private AudioFrontEnd(MfccFrontEnd mfcc, NoiseTemperature? noise, VoiceActivity? voice, SpeechEncoder? encoder)
    {
        _mfcc = mfcc;
        Noise = noise;
        _voice = voice;
        _encoder = encoder;
    }

    public MfccSpec Mfcc => _mfcc.Spec;

    /// <summary>What makes posteriors less sure in noise; null where the package has none.</summary>
    public NoiseTemperature? Noise { get; }

    /// <summary>Floats of a window's coefficients, the first part of its row.</summary>
    public int FeatureCount => _mfcc.FeatureCount;

    /// <summary>Floats of the second part, what the encoder heard; 0 without an encoder.</summary>
    public int EncoderLength => _encoder?.Length ?? 0;

    public int RowLength => FeatureCount + EncoderLength;

    /// <param name="package">An audio package.</param>
    /// <param name="runtime">Opens its graphs.</param>
    /// <param name="encoded">The classifier takes what the encoder heard; if it does not, the encoder is left alone.</param>
    /// <exception cref="UnservablePackageException">A graph or its spec is missing or contradicts the other.</exception>
    public static AudioFrontEnd Open(ModelPackage package, ModelRuntime runtime, bool encoded)
    {
        var manifest = package.Manifest;
        var spec = manifest.Spec<AudioSpec>();
        var mfcc = manifest.Build(() => new MfccFrontEnd(spec.Mfcc));
        var noise = spec.Noise is { } noiseSpec ? manifest.Build(() => new NoiseTemperature(noiseSpec)) : null;
        VoiceActivity? voice = null;
        try
        {
            if (manifest.Graphs.Any(graph => graph.Role == AudioModel.VoiceRole))
            {
                var voiceSpec = Required(manifest, spec.VoiceActivity, AudioModel.VoiceRole, spec.Mfcc, spec.VoiceActivity?.SampleRate);
                voice = Opened(runtime.Sessions.Open(package, AudioModel.VoiceRole), graph => manifest.Build(() => new VoiceActivity(graph, voiceSpec)));
            }

            if (!encoded)
            {
                return new AudioFrontEnd(mfcc, noise, voice, encoder: null);
            }

            var encoderSpec = Required(manifest, spec.Encoder, AudioModel.EncoderRole, spec.Mfcc, spec.Encoder?.SampleRate);
            var encoder = Opened(runtime.Sessions.Open(package, AudioModel.EncoderRole), graph => new SpeechEncoder(graph, encoderSpec));
            return new AudioFrontEnd(mfcc, noise, voice, encoder);
        }
        catch
        {
            voice?.Dispose();
            throw;
        }
    }

    /// <summary>Writes the row of a window, unless the window abstains: then what is in the row means nothing.</summary>
    public HeardWindow Write(ReadOnlySpan<short> samples, Span<float> row)
    {
        var (quality, decibels) = Coefficients(samples, row[..FeatureCount]);
        if (Abstain(quality) is { } abstention)
        {
            return new HeardWindow((float)quality.SpeechRatio, abstention, SignalToNoiseDecibels: null);
        }

        var ratio = (float)quality.SpeechRatio;
        if (_voice is not null)
        {
            var seconds = SecondsOfSpeech(samples);
            var length = (double)samples.Length / Mfcc.SampleRate;
            ratio = (float)Math.Min(1, seconds / length);
            if (seconds < _voice.Spec.RequiredSeconds)
            {
                return new HeardWindow(ratio, new Abstention(AbstentionReason.NoSpeech, FormattableString.Invariant(
                    $"Nothing here sounds like speech: {seconds:0.0} s of {length:0.0} s do, {_voice.Spec.RequiredSeconds:0.0#} s are needed.")), SignalToNoiseDecibels: null);
            }
        }

        _encoder?.Encode(_mfcc.Speech(samples, quality), row[FeatureCount..]);
        return new HeardWindow(ratio, Abstention: null, decibels);
    }

    /// <summary>Every part of it on the same sound, whatever it sounds like: for golden examples.</summary>
    public Dictionary<string, float[]> Try(ReadOnlySpan<short> samples)
    {
        var features = new float[FeatureCount];
        var quality = _mfcc.WriteWindow(samples, features);
        var outputs = new Dictionary<string, float[]> { ["features"] = features };
        if (_voice is not null)
        {
            var speech = outputs["speech"] = new float[_voice.ChunkCount(samples.Length)];
            _voice.Probabilities(samples, speech);
        }

        if (_encoder is not null)
        {
            var encoder = outputs["encoder"] = new float[_encoder.Length];
            _encoder.Encode(_mfcc.Speech(samples, quality), encoder);
        }

        return outputs;
    }

    public void Dispose()
    {
        _voice?.Dispose();
        _encoder?.Dispose();
    }

    private (AudioQuality Quality, double? SignalToNoiseDecibels) Coefficients(ReadOnlySpan<short> samples, Span<float> features)
    {
        var frames = _mfcc.FrameCount(samples.Length);
        if (Noise is null || frames == 0)
        {
            return (_mfcc.WriteWindow(samples, features), null);
        }

        var rented = ArrayPool<float>.Shared.Rent(frames);
        try
        {
            var levels = rented.AsSpan(0, frames);
            var quality = _mfcc.WriteWindow(samples, features, levels);
            return (quality, Noise.Decibels(levels));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    private double SecondsOfSpeech(ReadOnlySpan<short> samples)
    {
        var chunks = _voice!.ChunkCount(samples.Length);
        var rented = ArrayPool<float>.Shared.Rent(chunks);
        try
        {
            var probabilities = rented.AsSpan(0, chunks);
            _voice.Probabilities(samples, probabilities);
            return SpeechRegions.Seconds(probabilities, _voice.Spec);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    private Abstention? Abstain(AudioQuality quality) => quality.Abstention switch
    {
        AudioAbstention.None => null,
        AudioAbstention.TooShort => new(AbstentionReason.TooShort, "The window holds less sound than one analysis frame."),
        AudioAbstention.Silence => new(AbstentionReason.NoSpeech,
            $"Nothing is louder than {Mfcc.SpeechFloorDecibels:0} dB; the loudest moment has {quality.PeakDecibels:0} dB."),
        _ => new(AbstentionReason.NoSpeech,
            $"{quality.SpeechFrames} analysis frames hold speech; {Mfcc.MinimumSpeechFrames} are needed."),
    };

    private static TModel Opened<TModel>(GraphSession graph, Func<GraphSession, TModel> open)
    {
        try
        {
            return open(graph);
        }
        catch
        {
            graph.Dispose();
            throw;
        }
    }

    private static TSpec Required<TSpec>(ModelManifest manifest, TSpec? spec, string role, MfccSpec mfcc, int? sampleRate) where TSpec : class =>
        spec is null ? throw new UnservablePackageException($"{manifest.Name}/{manifest.Version} uses a graph '{role}', and frontEnd has no spec for it.")
        : sampleRate != mfcc.SampleRate ? throw new UnservablePackageException(
            $"{manifest.Name}/{manifest.Version}: the graph '{role}' is for {sampleRate} Hz, the coefficients are for {mfcc.SampleRate} Hz.")
        : spec;
}

/// <summary>What the front end finds out about a window beside the numbers for the classifier.</summary>
/// <param name="SpeechRatio">Share of the window that is speech, 0..1.</param>
/// <param name="SignalToNoiseDecibels">Null with an abstention, and where the package does not ask for it.</param>
internal readonly record struct HeardWindow(float SpeechRatio, Abstention? Abstention, double? SignalToNoiseDecibels);

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

    private AudioFrontEnd(MfccFrontEnd mfcc, VoiceActivity? voice, SpeechEncoder? encoder)
    {
        _mfcc = mfcc;
        _voice = voice;
        _encoder = encoder;
    }

    public MfccSpec Mfcc => _mfcc.Spec;

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
                return new AudioFrontEnd(mfcc, voice, encoder: null);
            }

            var encoderSpec = Required(manifest, spec.Encoder, AudioModel.EncoderRole, spec.Mfcc, spec.Encoder?.SampleRate);
            var encoder = Opened(runtime.Sessions.Open(package, AudioModel.EncoderRole), graph => new SpeechEncoder(graph, encoderSpec));
            return new AudioFrontEnd(mfcc, voice, encoder);
        }
        catch
        {
            voice?.Dispose();
            throw;
        }
    }

    /// <summary>Writes the row of a window, unless the window abstains: then what is in the row means nothing.</summary>
    public (float SpeechRatio, Abstention? Abstention) Write(ReadOnlySpan<short> samples, Span<float> row)
    {
        var quality = _mfcc.WriteWindow(samples, row[..FeatureCount]);
        if (Abstain(quality) is { } abstention)
        {
            return ((float)quality.SpeechRatio, abstention);
        }

        var ratio = (float)quality.SpeechRatio;
        if (_voice is not null)
        {
            var seconds = SecondsOfSpeech(samples);
            var length = (double)samples.Length / Mfcc.SampleRate;
            ratio = (float)Math.Min(1, seconds / length);
            if (seconds < _voice.Spec.RequiredSeconds)
            {
                return (ratio, new Abstention(AbstentionReason.NoSpeech, FormattableString.Invariant(
                    $"Nothing here sounds like speech: {seconds:0.0} s of {length:0.0} s do, {_voice.Spec.RequiredSeconds:0.0#} s are needed.")));
            }
        }

        _encoder?.Encode(_mfcc.Speech(samples, quality), row[FeatureCount..]);
        return (ratio, null);
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

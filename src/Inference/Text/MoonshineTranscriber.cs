using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Emotion.Features.Mfcc;
using Emotion.Inference.Audio;
using Emotion.Inference.Sessions;

namespace Emotion.Inference.Text;

/// <summary>
/// Speech to text: voice activity finds the speech, pauses cut it into pieces, each piece is trimmed, levelled, encoded
/// (<c>input_values [1, samples]</c> -> <c>last_hidden_state [1, frames, width]</c>) and decoded. Any number of threads at once.
/// </summary>
public sealed class MoonshineTranscriber : IDisposable
{
    private static readonly string[] InputNames = ["input_values"], OutputNames = ["last_hidden_state"];

    // Beside reading, which is the model's other call and takes a thousandth of the time.
    private static readonly KeyValuePair<string, object?> Tag = new("model", TextModel.ModelName + ".transcribe");

    /// <summary>Memories that are kept; callers beyond that make their own.</summary>
    private static readonly int KeptMemories = Environment.ProcessorCount;

    private readonly VoiceActivity _voice;
    private readonly GraphSession _encoder;
    private readonly MoonshineDecoder _decoder;
    private readonly SubwordVocabulary _vocabulary;
    private readonly ConcurrentBag<DecoderMemory> _memories = [];

    /// <param name="voice">Disposed with this, as the graphs are.</param>
    /// <exception cref="UnservablePackageException">The graphs, the vocabulary and the spec do not go together.</exception>
    public MoonshineTranscriber(VoiceActivity voice, GraphSession encoder, MoonshineDecoder decoder, SubwordVocabulary vocabulary, TranscriberSpec spec)
    {
        (_voice, _encoder, _decoder, _vocabulary, Spec) = (voice, encoder, decoder, vocabulary, spec.Validated());
        encoder.RequireInput(InputNames[0], -1, -1);
        encoder.RequireOutput(OutputNames[0], -1, -1, decoder.Width);
        if (voice.Spec.SampleRate != spec.SampleRate || vocabulary.Count > decoder.Vocabulary
            || Math.Max(spec.BeginToken, spec.EndToken) >= decoder.Vocabulary)
        {
            throw new UnservablePackageException(
                $"The transcriber is for {spec.SampleRate} Hz and begins with token {spec.BeginToken} and ends with {spec.EndToken}; voice activity is for "
                + $"{voice.Spec.SampleRate} Hz, the decoder has {decoder.Vocabulary} tokens, the vocabulary {vocabulary.Count}.");
        }
    }

    public TranscriberSpec Spec { get; }

    /// <summary>As of a recording, for sound that is in memory.</summary>
    public Task<Transcription> TranscribeAsync(ReadOnlyMemory<short> samples, string language, CancellationToken cancellationToken) =>
        TranscribeAsync(new RecordingInMemory(samples), language, cancellationToken);

    /// <summary>
    /// The whole recording; what is not believed is an abstention. In memory are a run of voice activity or a piece at a time, whatever its length,
    /// and 125 bytes a second that tell where speech is.
    /// </summary>
    /// <param name="recording">At the spec's rate.</param>
    /// <param name="language">BCP 47 tag that the caller gives, such as <c>en-GB</c>; empty where nobody knows.</param>
    /// <param name="cancellationToken">Looked at before every run of a graph.</param>
    public async Task<Transcription> TranscribeAsync(IRecording recording, string language, CancellationToken cancellationToken)
    {
        if (!Understands(language))
        {
            return Abstain(AbstentionReason.NotEnglish, $"The language was given as '{language}'; only '{Spec.Language}' is understood.");
        }

        var pieces = new List<TranscribedPiece>();
        await foreach (var piece in PiecesAsync(recording, cancellationToken))
        {
            pieces.Add(piece);
        }

        return Judge(pieces);
    }

    /// <summary>Piece by piece, as each is decoded; pieces without a word are left out. Nothing is judged: that takes the whole.</summary>
    public async IAsyncEnumerable<TranscribedPiece> PiecesAsync(
        IRecording recording, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Away from the caller's thread: to look for speech takes seconds of computing where there are hours of sound, a piece tens of milliseconds.
        foreach (var piece in await Task.Run(() => Pieces(recording, cancellationToken), cancellationToken))
        {
            if (await Task.Run(() => Transcribe(recording, piece, cancellationToken), cancellationToken) is { Text.Length: > 0 } transcribed)
            {
                yield return transcribed;
            }
        }
    }

    /// <summary>Whether the pieces of a whole recording are to be believed.</summary>
    public Transcription Judge(IReadOnlyList<TranscribedPiece> pieces)
    {
        if (pieces.Count == 0)
        {
            return Abstain(AbstentionReason.NoSpeech, "No word was made out: nobody speaks, or not clearly enough.");
        }

        var confidence = (float)Math.Exp(pieces.Sum(piece => piece.Tokens * Math.Log(piece.Confidence)) / pieces.Sum(piece => piece.Tokens));
        if (confidence >= Spec.MinimumConfidence)
        {
            return new Transcription(pieces, confidence, Abstention: null);
        }

        var detail = FormattableString.Invariant(
            $"The speech is not English, or cannot be made out: its words have a mean probability of {confidence:0.00}; {Spec.MinimumConfidence:0.00} is needed.");
        return new Transcription([], confidence, new Abstention(AbstentionReason.NotEnglish, detail));
    }

    /// <summary>Whether a language that the caller gives is the transcriber's, whatever the region; an unknown one is tried.</summary>
    public bool Understands(string language) =>
        language.Length == 0 || language.AsSpan(0, language.AsSpan().IndexOfAny('-', '_') is var end and >= 0 ? end : language.Length)
            .Equals(Spec.Language, StringComparison.OrdinalIgnoreCase);

    public void Dispose()
    {
        while (_memories.TryTake(out var memory))
        {
            memory.Dispose();
        }

        _decoder.Dispose();
        _encoder.Dispose();
        _voice.Dispose();
    }

    private List<SpeechPiece> Pieces(IRecording recording, CancellationToken cancellationToken)
    {
        var chunks = _voice.ChunkCount(recording.Samples);
        var rented = ArrayPool<float>.Shared.Rent(chunks);
        try
        {
            var probabilities = rented.AsSpan(0, chunks);
            _voice.Probabilities(recording, probabilities, cancellationToken);
            return SpeechPieces.Of(probabilities, recording.Samples, _voice.Spec, Spec);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// Every part of it on the same sound, whatever it sounds like: for golden examples. Of the text only the probability of its first token,
    /// since on sound that is no speech another processor's rounding may choose another one.
    /// </summary>
    internal IReadOnlyDictionary<string, float[]> Try(ReadOnlySpan<short> samples, CancellationToken cancellationToken)
    {
        var speech = new float[_voice.ChunkCount(samples.Length)];
        _voice.Probabilities(samples, speech);
        using var encoded = Encode(samples);
        var (_, logProbability, _) = Decode(samples, 1, memory => memory.Count, cancellationToken);
        return new Dictionary<string, float[]>
        {
            ["speech"] = speech,
            ["encoded"] = encoded.Span.ToArray(),
            ["logProbability"] = [(float)logProbability],
        };
    }

    private PooledTensor<float> Encode(ReadOnlySpan<short> samples)
    {
        using var input = new PooledTensor<float>(1, Math.Max(samples.Length, (int)(Spec.MinimumPieceSeconds * Spec.SampleRate)));
        Pcm.ToFloat(samples, input.Span);
        input.Span[samples.Length..].Clear();
        SoundLevel.BringPeakTo((float)Spec.Peak, input.Span);
        var encoded = new PooledTensor<float>(1, Frames(input.Span.Length), _decoder.Width);
        _encoder.Run(InputNames, [input.Value], OutputNames, [encoded.Value]);
        return encoded;
    }

    // Three convolutions: 127 wide every 64, 7 wide every 3, 3 wide every 2.
    private static int Frames(int samples) => (((samples - 127) / 64 + 1 - 7) / 3 + 1 - 3) / 2 + 1;

    private TranscribedPiece Transcribe(IRecording recording, SpeechPiece piece, CancellationToken cancellationToken)
    {
        using var activity = InferenceInstruments.Activities.StartActivity("text.transcribe");
        var started = Stopwatch.GetTimestamp();
        var heard = Hear(recording, piece, Spec.MarginSeconds, cancellationToken);
        if (heard.Confidence < Spec.SureConfidence)
        {
            var again = Hear(recording, piece, Spec.SecondMarginSeconds, cancellationToken);
            heard = again.Confidence > heard.Confidence ? again : heard;
        }

        activity?.SetTag("emotion.seconds", heard.EndSeconds - heard.StartSeconds);
        activity?.SetTag("emotion.tokens", heard.Tokens);
        InferenceInstruments.ComputeTime.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, Tag);
        InferenceInstruments.BatchSize.Record(1, Tag);
        InferenceInstruments.Items.Add(1, Tag, new KeyValuePair<string, object?>("outcome", "ok"));
        return heard;
    }

    private TranscribedPiece Hear(IRecording recording, SpeechPiece piece, double margin, CancellationToken cancellationToken)
    {
        var (first, length) = piece.With((int)(margin * Spec.SampleRate)).GetOffsetAndLength(recording.Samples);
        var rented = ArrayPool<short>.Shared.Rent(length);
        try
        {
            var sound = rented.AsSpan(0, length);
            recording.Read(first, sound);
            var (text, logProbability, count) = Decode(
                sound, Spec.TokensOf((double)length / Spec.SampleRate), memory => _vocabulary.Decode(memory.Tokens), cancellationToken);
            return new TranscribedPiece(
                (double)piece.First / Spec.SampleRate, (double)piece.End / Spec.SampleRate, text, (float)Math.Exp(logProbability / count), count);
        }
        finally
        {
            ArrayPool<short>.Shared.Return(rented, clearArray: true); // Somebody's voice.
        }
    }

    private (T Value, double LogProbability, int Count) Decode<T>(
        ReadOnlySpan<short> sound, int maximum, Func<DecoderMemory, T> read, CancellationToken cancellationToken)
    {
        var memory = _memories.TryTake(out var kept) ? kept : new DecoderMemory(_decoder, Spec.MaximumTokens);
        try
        {
            using var encoded = Encode(sound);
            var (logProbability, count) = _decoder.Decode(encoded, memory, Spec, Math.Min(maximum, Spec.MaximumTokens), cancellationToken);
            return (read(memory), logProbability, count);
        }
        finally
        {
            if (_memories.Count < KeptMemories)
            {
                _memories.Add(memory);
            }
            else
            {
                memory.Dispose();
            }
        }
    }

    private static Transcription Abstain(AbstentionReason reason, string detail) => new([], 0, new Abstention(reason, detail));
}

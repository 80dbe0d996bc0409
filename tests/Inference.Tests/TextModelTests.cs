using System.Diagnostics;
using Emotion.Inference.Golden;
using Emotion.Inference.Tests.Graphs;
using Emotion.Inference.Text;

namespace Emotion.Inference.Tests;

[Collection(nameof(LoadedText))]
public sealed class TextModelTests(LoadedText loaded) : IDisposable
{
    private const string Sentence = "When the revolution comes, I will have to destroy you all.";

    private readonly Packages _packages = new();
    private readonly TextModel _model = loaded.Model;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _packages.Dispose();

    [Fact]
    public async Task Transcribe_ReadAloud_IsWhatWasRead()
    {
        var pcm = await Speaker.SayAsync(Sentence);

        var transcription = await _model.Transcriber.TranscribeAsync(pcm, "en-US", Token);

        Assert.Null(transcription.Abstention);
        Assert.Equal(Sentence, transcription.Text);
        Assert.InRange(transcription.Confidence, 0.7, 1);
        var piece = Assert.Single(transcription.Pieces);
        Assert.InRange(piece.StartSeconds, 0, 0.3);
        Assert.InRange(piece.EndSeconds, pcm.Length / 16000.0 - 1, pcm.Length / 16000.0);
    }

    [Fact]
    public async Task Transcribe_APause_CutsPiecesWithTheirTimes()
    {
        var sentence = await Speaker.SayAsync(Sentence);
        short[] pcm = [.. new short[16000], .. sentence, .. new short[32000], .. sentence];

        var transcription = await _model.Transcriber.TranscribeAsync(pcm, "", Token);

        Assert.Equal([Sentence, Sentence], transcription.Pieces.Select(piece => piece.Text));
        Assert.InRange(transcription.Pieces[0].StartSeconds, 0.9, 1.3);
        Assert.InRange(transcription.Pieces[1].StartSeconds, 3 + sentence.Length / 16000.0 - 0.1, 3 + sentence.Length / 16000.0 + 0.3);
    }

    [Fact]
    public async Task Transcribe_AQuietRecording_IsBroughtToTheLevel()
    {
        var pcm = await Speaker.SayAsync(Sentence);

        var quiet = await _model.Transcriber.TranscribeAsync(Array.ConvertAll(pcm, sample => (short)(sample / 6)), "", Token);

        Assert.Equal(Sentence, quiet.Text);
    }

    [Fact]
    public async Task Transcribe_ManyAtOnce_SayWhatEachSaysAlone()
    {
        var sounds = new List<short[]> { await Speaker.SayAsync(Sentence), await Speaker.SayAsync("Okay."), await Speaker.SayAsync("Where are you going tonight?") };
        var alone = new List<string>();
        foreach (var sound in sounds)
        {
            alone.Add((await _model.Transcriber.TranscribeAsync(sound, "", Token)).Text);
        }

        var together = await Task.WhenAll(Enumerable.Range(0, 9).Select(i => _model.Transcriber.TranscribeAsync(sounds[i % 3], "", Token)));

        Assert.Equal(Enumerable.Range(0, 9).Select(i => alone[i % 3]), together.Select(transcription => transcription.Text));
    }

    [Fact]
    public async Task Transcribe_Silence_AbstainsForLackOfSpeech()
    {
        var transcription = await _model.Transcriber.TranscribeAsync(new short[48000], "", Token);

        Assert.Equal(AbstentionReason.NoSpeech, transcription.Abstention?.Reason);
        Assert.Empty(transcription.Pieces);
    }

    [Theory]
    [InlineData("es", "No entiendo por qué se fue sin decir una palabra.")]
    [InlineData("fr", "Je ne comprends pas pourquoi il est parti sans dire un mot.")]
    public async Task Transcribe_AnotherLanguage_IsToldByItsConfidence(string voice, string text)
    {
        var transcription = await _model.Transcriber.TranscribeAsync(await Speaker.SayAsync(text, voice), "", Token);

        Assert.Equal(AbstentionReason.NotEnglish, transcription.Abstention?.Reason);
        Assert.Equal("", transcription.Text);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("en", true)]
    [InlineData("EN-gb", true)]
    [InlineData("en_US", true)]
    [InlineData("de", false)]
    [InlineData("enm", false)]
    public async Task Transcribe_LanguageGiven_DecidesBeforeAnythingIsHeard(string language, bool understood)
    {
        var transcription = await _model.Transcriber.TranscribeAsync(new short[16000], language, Token);

        Assert.Equal(understood ? AbstentionReason.NoSpeech : AbstentionReason.NotEnglish, transcription.Abstention!.Reason);
    }

    [Fact]
    public async Task Transcribe_Cancelled_Ends()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var pcm = await Speaker.SayAsync(Sentence);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _model.Transcriber.TranscribeAsync(pcm, "", cancelled.Token));
    }

    [Fact]
    public async Task Transcribe_Words_AreInNoSpanAndNoPrintedResult()
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (spans)
                {
                    spans.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);

        var transcription = await _model.Transcriber.TranscribeAsync(await Speaker.SayAsync(Sentence), "", Token);

        List<Activity> stopped;
        lock (spans)
        {
            stopped = [.. spans];
        }

        Assert.Contains(stopped, span => span.OperationName == "text.transcribe");
        var told = string.Join('\n', stopped.Select(span =>
            $"{span.DisplayName} {span.StatusDescription} {string.Join(' ', span.TagObjects)} {string.Join(' ', span.Events.Select(happened => string.Join(' ', happened.Tags)))}"))
            + transcription + string.Join('\n', transcription.Pieces);
        string[] words = ["revolution", "destroy"];
        Assert.All(words, word =>
        {
            Assert.Contains(word, transcription.Text);
            Assert.DoesNotContain(word, told, StringComparison.OrdinalIgnoreCase);
        });
    }

    [Fact]
    public async Task Golden_OfAPackage_ComesOutAgain() => await GoldenExample.VerifyAsync(_model, Token);

    [Fact]
    public async Task Load_SpecThatContradictsItself_IsRefused()
    {
        var broken = await _packages.TextAsync(Moonshine.Spec with { Transcriber = Moonshine.Spec.Transcriber with { EndToken = 40_000 } }, golden: false);

        Assert.Contains("40000", Assert.Throws<UnservablePackageException>(() => TextModel.Load(broken, Packages.Runtime)).Message);
        var endless = await _packages.TextAsync(Moonshine.Spec with { Transcriber = Moonshine.Spec.Transcriber with { MaximumPieceSeconds = 600 } }, golden: false);
        Assert.Contains("maximumPieceSeconds", Assert.Throws<UnservablePackageException>(() => TextModel.Load(endless, Packages.Runtime)).Message);
    }
}

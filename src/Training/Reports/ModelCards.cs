using System.Globalization;
using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Training.Reports;

/// <summary>
/// A card for each shipped model (Mitchell et al. 2019): what it is for and not for, what it learned from, what it is worth, where it fails. Figures, corpora and licence are the
/// manifest's; what is said of people and limits is of the corpora, whatever the version.
/// </summary>
public static class ModelCards
{
    // What the corpora are, from their publications: nobody's face, voice or words but these were learned from.
    private static readonly Dictionary<string, Card> Cards = new()
    {
        ["audio"] = new(
            "Tells the expressed emotion of up to a few seconds of speech, by MFCC through ResNet-18, with a frozen speech encoder beside it.",
            "24 professional actors (12 women, 12 men) of one city, in North American English, saying two sentences with acted emotions, in a studio. Training takes 16 to 18 of them.",
            "Other languages and accents, children, old or ill voices, noise, telephones and spontaneous speech were not learned from; the robustness tables of [speech](results/speech.md) say what noise, reverberation and "
            + "codecs cost on the same actors. Acted emotion is stronger and purer than life's. Test figures are of four actors: the interval over people is wide."),
        ["video"] = new(
            "Tells the expressed emotion of a face over a window of time: five-point alignment, ResNet-34 on gray face frames, LSTM over them. It finds and follows faces, and knows nobody: no identity is computed, stored or compared.",
            "FER2013: pictures found by search words, labelled by few people, who agree with each other on about two of three; subjects, ages and origins unknown, and uneven. CK+: 123 people posing in a laboratory, most of them "
            + "young and of European descent.",
            "No figure by age, sex or skin colour can be given: the corpora do not say. Expect it to be worse for whoever is rare in them, with masks, beards, glasses, turned or badly lit faces. `calm` is not covered; `disgust` and `fearful` are recognised worst."),
        ["text"] = new(
            "Writes down English speech (Moonshine tiny) and tells the emotion of words, sentence by sentence.",
            "GoEmotions: comments of an internet forum in English, mostly of young men, labelled by three to five raters from India. MELD: lines of one American television series.",
            "English only; other languages abstain. Irony, slang of other places and what is left unsaid are read badly. Words carry what is said, not how. `calm` is not covered. Speech to text is worst for accents and noise that it was not trained on, and its errors go on into the answer."),
        ["fusion"] = new(
            "One answer from what is there: feature maps and posteriors of speech, face and words through fully connected layers, for each window and for the clip.",
            "Feature maps of people who were left out of the other models' training, **drawn together by label from different people**.",
            "Its figures on drawn tuples are easier than life and nobody's accuracy; [fusion on the same performances](results/fusion.md) is told apart. A confidently wrong modality can outvote two right ones: see *Noise* in [results](results/training.md). `calm` above all: only sound covers it, so a face that is sure of something else says little against it, and of the [labelled clips](results/fusion.md) of real people that is what goes wrong where there is sound: all takes in which one person is heard to speak are heard as calm, whatever the face says."),
    };

    private sealed record Card(string What, string People, string Limits);

    /// <param name="release">Its name.</param>
    /// <param name="packages">In the order of the page.</param>
    public static string Write(string release, IReadOnlyList<ModelPackage> packages)
    {
        var text = new Markdown().Heading(1, "Model cards").Paragraph(
            $"Release {release}. Written by `./emotion training report shipped` from the manifests of `models/`; do not edit. All figures with their sets: [results/training.md](results/training.md). What the system may be used for: " +
            "[responsible-use.md](responsible-use.md).");
        foreach (var package in packages)
        {
            Write(text, package, Cards[package.Name]);
        }

        return text.ToString();
    }

    private static void Write(Markdown text, ModelPackage package, Card card)
    {
        var manifest = package.Manifest;
        text.Heading(2, $"{package.Name}, {package.Version}").Paragraph(card.What);
        var uncovered = EmotionLabels.Names.Except(manifest.CoveredLabels).ToList();
        text.Table(["", ""],
        [
            ["for", "research on expressed emotion in clips of people who agreed to it"],
            ["not for", "decisions about people: hiring, work, school, credit, insurance, policing, borders; medical diagnosis; finding out what somebody feels, thinks or is; lie detection"],
            ["answers", string.Join(", ", manifest.CoveredLabels) + (uncovered.Count > 0 ? $"; never {string.Join(", ", uncovered)}, of which it is no evidence" : "")],
            ["learned from", string.Join(", ", manifest.Datasets.Select(data => data.Name))],
            ["whose", card.People],
            ["split", string.Join(" / ", manifest.Datasets.Select(data => data.Split).Distinct())],
            ["starts from", manifest.Lineage ?? "nothing"],
            ["made", string.Create(CultureInfo.InvariantCulture, $"{manifest.CreatedAt:yyyy-MM-dd}, commit `{manifest.GitCommit[..Math.Min(10, manifest.GitCommit.Length)]}`")],
            ["licence of the weights", $"{manifest.License.Id}; commercial use {(manifest.License.AllowsCommercialUse ? "allowed" : "**not** allowed")}. {manifest.License.Note}"],
        ], wordColumns: 2);
        text.Paragraph("**Limits.** " + card.Limits);
        if (Headline(manifest.Metrics) is var (name, judged))
        {
            Recalls(text, name, judged);
        }
    }

    private static (string Name, JsonObject Judged)? Headline(JsonObject metrics)
    {
        foreach (var name in (string[])["test", "goemotions_ekman"])
        {
            if (metrics[name] is JsonObject judged && judged["confusion"] is JsonArray)
            {
                return (name, judged);
            }
        }

        return null;
    }

    private static void Recalls(Markdown text, string name, JsonObject judged)
    {
        var rows = judged["confusion"]!.AsArray().Select(row => row!.AsArray().Select(cell => (int)cell!).ToArray()).ToList();
        var drawn = judged["drawn"] is not null ? ", **drawn**" : "";
        text.Paragraph(
            $"Of each emotion, the share recognised, {(string?)judged["set"] ?? name} (n = {judged["n"]}{drawn}); chance of a guess is {Markdown.Percent(1.0 / rows.Count(row => row.Sum() > 0))} %:");
        text.Table(["emotion", "n", "recognised, per cent", "most often taken for"], rows.Index().Where(row => row.Item.Sum() > 0).Select(row =>
        {
            var wrong = row.Item.Index().Where(cell => cell.Index != row.Index).MaxBy(cell => cell.Item);
            return (IReadOnlyList<string>)
            [
                EmotionLabels.Names[row.Index], row.Item.Sum().ToString(CultureInfo.InvariantCulture), Markdown.Percent(row.Item[row.Index] / (double)row.Item.Sum()),
                wrong.Item > 0 ? $"{EmotionLabels.Names[wrong.Index]} ({Markdown.Percent(wrong.Item / (double)row.Item.Sum())})" : "nothing",
            ];
        }));
    }
}

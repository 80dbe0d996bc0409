using System.Globalization;
using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Packaging;

namespace Emotion.Training.Reports;

/// <summary>What the packages of a release are worth, from their manifests alone: nothing is computed here, and each figure can be computed anew.</summary>
public static class ShippedReport
{
    private const string Drawn = "drawn", Test = "test";

    /// <param name="packages">In the order of the report.</param>
    public static string Write(string release, IReadOnlyList<ModelPackage> packages)
    {
        var text = new Markdown().Heading(1, "What the shipped models are worth").Paragraph(
            $"Release {release}. Written by `./emotion training report shipped` from the manifests of `models/`, whose figures were computed on the exported graphs through `src/Inference`; "
            + "`./emotion training verify audio|video|text|fusion` computes them anew. UAR and WA in percent with 95 % bootstrap intervals, over people where it is known who is shown, else over "
            + "examples. Research, non-commercial: see each manifest's licence. What each model was compared with: [speech](speech.md), [faces](face.md), [text](text.md).");
        Packages(text, packages);
        Figures(text, packages);
        foreach (var package in packages.Where(package => package.Manifest.Metrics[Test]?[Drawn] is not null))
        {
            Fusion(text, package.Manifest.Metrics);
        }

        foreach (var package in packages)
        {
            foreach (var (name, judged) in Judged(package).Take(1))
            {
                Confusion(text, package, name, judged);
            }
        }

        return text.ToString();
    }

    private static void Packages(Markdown text, IReadOnlyList<ModelPackage> packages) => text.Table(
        ["package", "version", "starts from", "commit", "trained on", "bytes"],
        packages.Select(package => (IReadOnlyList<string>)
        [
            package.Name, package.Version, package.Manifest.Lineage ?? "nothing", package.Manifest.GitCommit[..Math.Min(7, package.Manifest.GitCommit.Length)],
            string.Join(", ", package.Manifest.Datasets.Select(data => data.Name)), Bytes(package).ToString("N0", CultureInfo.InvariantCulture),
        ]), wordColumns: 5);

    private static void Figures(Markdown text, IReadOnlyList<ModelPackage> packages)
    {
        text.Heading(2, "Figures").Table(
            ["model", "set", "n", "UAR", "WA", "NLL", "ECE"],
            packages.SelectMany(package => Judged(package).Where(one => one.Judged[Drawn] is null).Select(one => (IReadOnlyList<string>)
            [
                package.Name, (string)one.Judged["set"]! + Seen(one.Name), one.Judged["n"]!.ToString(), Share(one.Judged, "uar"), Share(one.Judged, "wa"),
                Markdown.Number(Number(one.Judged, "nll"), 3), Markdown.Number(Number(one.Judged, "ece"), 3),
            ])), wordColumns: 2);
    }

    private static string Seen(string name) => name switch
    {
        VideoPackage.TestOneView => ": each face once",
        VideoPackage.TestBothViews => ": each face mirrored, too",
        _ => "",
    };

    private static void Fusion(Markdown text, JsonObject metrics)
    {
        var subsets = metrics.Where(one => one.Key.StartsWith(Test, StringComparison.Ordinal)).Select(one => one.Value!.AsObject()).ToList();
        var rivals = subsets.SelectMany(subset => subset["rivals"]!.AsObject().Select(rival => rival.Key)).Distinct().ToList();
        text.Heading(2, "Fusion, by what is there").Paragraph(
            "Everything here is **drawn**: voices, faces and texts of different people, paired by label. It is easier than life, and no figure of the product's accuracy. The difference is that of the "
            + "fused WA less that of the best modality alone on the same tuples, in points, with the interval of a paired bootstrap over tuples. A modality alone answers as its own network does, by a rule "
            + "that was made after a test figure of an earlier run had been seen (docs/training.md).");
        text.Table(
            ["present", "n", "fused WA", "best alone", "difference", .. rivals, "ECE"],
            subsets.OrderByDescending(subset => subset["alone"]!.AsObject().Count).Select(subset => (IReadOnlyList<string>)
            [
                string.Join('+', subset["alone"]!.AsObject().Select(one => one.Key)), subset["n"]!.ToString(), Share(subset, "wa"),
                $"{(string)subset["best"]!} {Markdown.Percent(Number(subset["alone"]![(string)subset["best"]!]!, "wa"))}", Difference(subset),
                .. rivals.Select(rival => subset["rivals"]![rival] is { } judged ? Markdown.Percent(Number(judged, "wa")) : ""), Markdown.Number(Number(subset, "ece"), 3),
            ]));
        if (metrics["noise"] is JsonObject noise)
        {
            text.Heading(3, "Noise in one of them").Paragraph("Less the same tuples without that modality, in points of WA: a flat posterior with a feature map of noise, and one that is sure of another label.");
            text.Table(["modality", "no idea", "sure of another label"], noise.Where(one => one.Value is JsonObject).Select(one => (IReadOnlyList<string>)
                [one.Key, Difference(one.Value!["noIdea"]!), Difference(one.Value["otherLabel"]!)]));
            if (noise["audio"]?["whiteNoise"] is { } heard)
            {
                text.Paragraph($"**Recordings under white noise** as loud as the voice ({heard["decibels"]} dB), as the served speech model hears them (it abstains on {Markdown.Percent(Number(heard, "abstained"))} %): {Difference(heard)} points of WA less the same tuples without sound.");
            }
        }

        if (metrics["calm"] is JsonObject calm)
        {
            text.Paragraph(string.Create(CultureInfo.InvariantCulture,
                $"**Calm**, which neither faces nor words know: with a neutral face and neutral words, calm voices are answered calm in {Markdown.Percent(Number(calm, "fused"))} % (voice alone {Markdown.Percent(Number(calm, "alone"))} %, n = {calm["n"]})."));
        }
    }

    private static void Confusion(Markdown text, ModelPackage package, string name, JsonObject judged)
    {
        var rows = judged["confusion"]!.AsArray();
        text.Heading(2, $"{package.Name}, {(judged[Drawn] is null ? (string)judged["set"]! : $"all modalities ({Drawn})")}").Table(
            ["true \\ said", .. EmotionLabels.Names],
            EmotionLabels.Names.Select((label, i) => (Label: label, Row: rows[i]!.AsArray())).Where(row => row.Row.Sum(cell => (int)cell!) > 0)
                .Select(row => (IReadOnlyList<string>)[row.Label, .. row.Row.Select(cell => cell!.ToString())]));
    }

    /// <summary>What the manifest has of whole test sets; the first is the one that the package is chosen by.</summary>
    private static IEnumerable<(string Name, JsonObject Judged)> Judged(ModelPackage package) => package.Manifest.Metrics
        .Where(one => one.Value is JsonObject judged && judged["confusion"] is JsonArray && one.Key != "validation")
        .Select(one => (one.Key, one.Value!.AsObject()))
        .OrderBy(one => one.Key == Test ? 0 : 1);

    private static long Bytes(ModelPackage package) => package.Manifest.Files.Keys.Sum(file => new FileInfo(package.PathOf(file)).Length);

    private static string Difference(JsonNode json) => Markdown.Points(Number(json, "difference")) + Limits(json["differenceInterval95"], Markdown.Points);

    private static string Share(JsonNode json, string name) => Markdown.Percent(Number(json, name)) + Limits(json[name + "Interval95"], Markdown.Percent);

    private static string Limits(JsonNode? interval, Func<double, string> write) =>
        interval is JsonArray { Count: 2 } limits ? $" ({write((double)limits[0]!)} to {write((double)limits[1]!)})" : "";

    private static double Number(JsonNode json, string name) => (double?)json[name] ?? double.NaN;
}

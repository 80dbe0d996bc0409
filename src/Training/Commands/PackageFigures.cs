using System.Text.Json.Nodes;
using Emotion.Inference.Text;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Packaging;

namespace Emotion.Training.Commands;

/// <summary>Figures of a shipped package, computed anew from the package and the corpora.</summary>
public static class PackageFigures
{
    /// <summary>A tenth of a point: what another processor's rounding may change.</summary>
    public const double Tolerance = 0.001;

    // Not of texts, whose figures are of more than one kind.
    private static Task<IReadOnlyDictionary<string, Judged>> JudgeAsync(
        DataRoot data, ModelPackage package, string packages, CancellationToken cancellationToken) => package.Name switch
        {
            "audio" => AudioPackage.JudgeAsync(data, package, cancellationToken),
            "video" => VideoPackage.JudgeAsync(data, package, cancellationToken),
            _ => FusionPackage.JudgeAsync(data, package, packages, cancellationToken),
        };

    /// <summary>All figures of each test part.</summary>
    public static async Task<IReadOnlyDictionary<string, JsonObject>> EvaluateAsync(
        DataRoot data, ModelPackage package, string packages, CancellationToken cancellationToken)
    {
        if (package.Name != TextModel.ModelName)
        {
            return (await JudgeAsync(data, package, packages, cancellationToken)).ToDictionary(one => one.Key, one => one.Value.ToJson());
        }

        var (judgement, spec, leak) = await TextPackage.JudgeAsync(data, package, cancellationToken);
        var figures = new TextWorth(judgement, spec).ToJson().ToDictionary(part => part.Key, part => (JsonObject)part.Value!);
        figures[SentenceLeak.Member] = leak.ToJson();
        return figures;
    }

    /// <param name="results">Folder of reports; null for the repository's. One of another package is not looked at.</param>
    /// <returns>0 if every figure is what the manifest and, of texts, the report say, else 1.</returns>
    public static async Task<int> VerifyAsync(
        DataRoot data, ModelPackage package, string packages, Action<string> report, CancellationToken cancellationToken, string? results = null)
    {
        var failures = 0;
        foreach (var (source, name, figure, actual, expected) in await FiguresAsync(data, package, packages, results, cancellationToken))
        {
            var holds = Math.Abs(actual - expected) <= Tolerance;
            failures += holds ? 0 : 1;
            report(FormattableString.Invariant(
                $"{package.Name}/{package.Version} {name} {figure}: {actual:P2}, {source} {expected:P2}: {(holds ? "holds" : "DOES NOT HOLD")}"));
        }

        return failures == 0 ? 0 : 1;
    }

    private static async Task<IReadOnlyList<Figure>> FiguresAsync(
        DataRoot data, ModelPackage package, string packages, string? results, CancellationToken cancellationToken)
    {
        Figure OfManifest(string name, string figure, double actual) => new("manifest", name, figure, actual, package.Manifest.Metrics[name]?[figure]);
        if (package.Name != TextModel.ModelName)
        {
            return [.. (await JudgeAsync(data, package, packages, cancellationToken)).SelectMany(one => new[]
            {
                OfManifest(one.Key, "uar", one.Value.Scores.Uar), OfManifest(one.Key, "wa", one.Value.Scores.Wa),
            })];
        }

        var (text, spec, leak) = await TextPackage.JudgeAsync(data, package, cancellationToken);
        var (macro, weighted) = (TextFigures.Macro(text.F1(spec)), text.MeldWeightedF1);
        var (comments, lines) = (TextJudgement.EceOf(text.GoEmotions), TextJudgement.EceOf(text.Meld));
        List<Figure> figures =
        [
            OfManifest("goemotions_ekman", "macro_f1", macro), OfManifest("meld", "weighted_f1", weighted), OfManifest("goemotions", TextJudgement.MassEce, comments),
            OfManifest("meld", TextJudgement.MassEce, lines), OfManifest(SentenceLeak.Member, "uar", leak.Scores.Uar),
        ];
        var file = Path.Combine(results ?? Path.Combine(DataRoot.RepositoryRoot(), "docs", "results"), "text.json");
        if (File.Exists(file) && JsonNode.Parse(await File.ReadAllTextAsync(file, cancellationToken)) is { } said && (string?)said["package"] == package.Version)
        {
            figures.AddRange(
            [
                new Figure("report", "goemotions_ekman", "macro_f1", macro, said["goemotions_ekman"]?["macro_f1"]),
                new Figure("report", "meld", "weighted_f1", weighted, said["meld"]?["weighted_f1"]),
                new Figure("report", "goemotions", "ece", comments, said["goemotions"]?["ece"]), new Figure("report", "meld", "ece", lines, said["meld"]?["ece"]),
                new Figure("report", SentenceLeak.Member, "uar", leak.Scores.Uar, said["ravdess_text_uar"]),
            ]);
        }

        return figures;
    }

    /// <param name="Source">That says what is expected.</param>
    /// <param name="Expected">Not a number where it says nothing, which nothing equals.</param>
    private readonly record struct Figure(string Source, string Name, string What, double Actual, double Expected)
    {
        public Figure(string source, string name, string what, double actual, JsonNode? expected)
            : this(source, name, what, actual, (double?)expected ?? double.NaN)
        {
        }
    }
}

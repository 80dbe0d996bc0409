using System.Text.Json.Nodes;
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

    public static Task<IReadOnlyDictionary<string, Judged>> JudgeAsync(
        DataRoot data, ModelPackage package, string packages, CancellationToken cancellationToken) => package.Name switch
        {
            "audio" => AudioPackage.JudgeAsync(data, package, cancellationToken),
            "video" => VideoPackage.JudgeAsync(data, package, cancellationToken),
            "text" => TextAsync(data, package),
            _ => FusionPackage.JudgeAsync(data, package, packages, cancellationToken),
        };

    /// <returns>0 if every figure is what the manifest says, else 1.</returns>
    public static async Task<int> VerifyAsync(
        DataRoot data, ModelPackage package, string packages, Action<string> report, CancellationToken cancellationToken)
    {
        var failures = 0;
        foreach (var (name, figure, actual) in await FiguresAsync(data, package, packages, cancellationToken))
        {
            var expected = package.Manifest.Metrics[name]?[figure]?.GetValue<double>() ?? double.NaN;
            var holds = Math.Abs(actual - expected) <= Tolerance;
            failures += holds ? 0 : 1;
            report(FormattableString.Invariant(
                $"{package.Name}/{package.Version} {name} {figure}: {actual:P2}, manifest {expected:P2}: {(holds ? "holds" : "DOES NOT HOLD")}"));
        }

        return failures == 0 ? 0 : 1;
    }

    private static async Task<IReadOnlyList<(string Name, string Figure, double Actual)>> FiguresAsync(
        DataRoot data, ModelPackage package, string packages, CancellationToken cancellationToken)
    {
        if (package.Name == "text")
        {
            var (text, spec) = await TextPackage.JudgeAsync(data, package);
            return [("goemotions_ekman", "macro_f1", TextFigures.Macro(text.F1(spec))), ("meld", "weighted_f1", text.MeldWeightedF1)];
        }

        return [.. (await JudgeAsync(data, package, packages, cancellationToken)).SelectMany(one => new[]
        {
            (one.Key, "uar", one.Value.Scores.Uar), (one.Key, "wa", one.Value.Scores.Wa),
        })];
    }

    private static async Task<IReadOnlyDictionary<string, Judged>> TextAsync(DataRoot data, ModelPackage package)
    {
        var (judgement, _) = await TextPackage.JudgeAsync(data, package);
        return new Dictionary<string, Judged> { ["goemotions"] = judgement.GoEmotions, ["meld"] = judgement.Meld };
    }
}

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
            _ => FusionPackage.JudgeAsync(data, package, packages, cancellationToken),
        };

    /// <returns>0 if every figure is what the manifest says, else 1.</returns>
    public static async Task<int> VerifyAsync(
        DataRoot data, ModelPackage package, string packages, Action<string> report, CancellationToken cancellationToken)
    {
        var failures = 0;
        foreach (var (name, judged) in await JudgeAsync(data, package, packages, cancellationToken))
        {
            var said = package.Manifest.Metrics[name] as JsonObject;
            foreach (var (figure, actual) in new[] { ("uar", judged.Scores.Uar), ("wa", judged.Scores.Wa) })
            {
                var expected = said?[figure]?.GetValue<double>() ?? double.NaN;
                var holds = Math.Abs(actual - expected) <= Tolerance;
                failures += holds ? 0 : 1;
                report(FormattableString.Invariant(
                    $"{package.Name}/{package.Version} {name} {figure}: {actual:P2}, manifest {expected:P2}: {(holds ? "holds" : "DOES NOT HOLD")}"));
            }
        }

        return failures == 0 ? 0 : 1;
    }
}

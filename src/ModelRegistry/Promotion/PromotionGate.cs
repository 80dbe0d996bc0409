using System.Globalization;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;

namespace Emotion.ModelRegistry.Promotion;

/// <summary>A release with the manifests of its models, name to manifest.</summary>
public sealed record JudgedRelease(ReleaseManifest Release, IReadOnlyDictionary<string, ModelManifest> Manifests);

/// <summary>
/// Decides from manifests alone whether a release may take the place of another. Figures are compared only where they were measured on
/// the same thing: same name, set and count, and for every corpus that both manifests name the same digest and the same split.
/// </summary>
public static class PromotionGate
{
    /// <param name="current">What the channel points to; null where there is nothing to compare with.</param>
    public static IReadOnlyList<PromotionObjection> Check(JudgedRelease candidate, JudgedRelease? current, ModelPolicyOptions policy) =>
    [
        .. ReleaseCoherence.Objections(candidate.Release, candidate.Manifests)
            .Select(message => new PromotionObjection(ObjectionKind.NotCoherent, message)),
        .. policy.RequireCommercialUse ? Licenses(candidate) : [],
        .. current is null ? [] : Metrics(candidate, current, policy.MaximumDrop),
    ];

    private static IEnumerable<PromotionObjection> Licenses(JudgedRelease candidate) =>
        candidate.Manifests.Values
            .Where(manifest => !manifest.License.AllowsCommercialUse)
            .Select(manifest => new PromotionObjection(
                ObjectionKind.License,
                $"{manifest.Name}/{manifest.Version} is licensed '{manifest.License.Id}', and Models:RequireCommercialUse is set."));

    private static IEnumerable<PromotionObjection> Metrics(JudgedRelease candidate, JudgedRelease current, double maximumDrop)
    {
        foreach (var (name, before) in current.Manifests)
        {
            if (!candidate.Manifests.TryGetValue(name, out var after))
            {
                yield return NotComparable($"{current.Release.Release} has a {name} model, {candidate.Release.Release} has none.");
                continue;
            }

            if (after.Version == before.Version)
            {
                continue;
            }

            foreach (var objection in Compare(before, after, maximumDrop))
            {
                yield return objection;
            }
        }
    }

    private static IEnumerable<PromotionObjection> Compare(ModelManifest before, ModelManifest after, double maximumDrop)
    {
        var headlines = HeadlineMetric.Of(before);
        var measured = HeadlineMetric.Of(after).ToDictionary(metric => metric.Name);
        if (headlines.Count == 0 && measured.Count == 0)
        {
            yield return NotComparable($"{Name(after)}: neither it nor {before.Version} has a headline metric.");
        }

        foreach (var was in headlines)
        {
            if (!measured.TryGetValue(was.Name, out var now))
            {
                yield return NotComparable($"{Name(after)} has no {was.Name}, {before.Version} has.");
            }
            else if (Difference(before, was, after, now) is { } difference)
            {
                yield return NotComparable($"{Name(after)}: {was.Name} is not comparable with that of {before.Version}: {difference}.");
            }
            // A hair of tolerance, since 0.81 - 0.80 is more than 0.01 in binary.
            else if (was.Value - now.Value > maximumDrop + 1e-9)
            {
                yield return new PromotionObjection(ObjectionKind.MetricFell, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Name(after)}: {was.Name} falls from {100 * was.Value:0.0#} to {100 * now.Value:0.0#}, by {100 * (was.Value - now.Value):0.0#} points; {100 * maximumDrop:0.0#} are allowed."));
            }
        }
    }

    private static string? Difference(ModelManifest before, HeadlineMetric was, ModelManifest after, HeadlineMetric now)
    {
        if (was.Set != now.Set)
        {
            return $"measured on '{now.Set}', before on '{was.Set}'";
        }

        if (was.Count != now.Count)
        {
            return $"n is {now.Count}, before {was.Count}";
        }

        var shared = before.Datasets.Join(after.Datasets, dataset => dataset.Name, dataset => dataset.Name, (old, other) => (old, other)).ToList();
        if (shared.Count == 0)
        {
            return "the manifests name no corpus in common";
        }

        if (shared.FirstOrDefault(pair => pair.old.Digest != pair.other.Digest) is ({ } corpus, _))
        {
            return $"{corpus.Name} has another digest";
        }

        return shared.FirstOrDefault(pair => pair.old.Split != pair.other.Split) is ({ } split, { } otherwise)
            ? $"{split.Name} is split '{otherwise.Split}', before '{split.Split}'"
            : null;
    }

    private static string Name(ModelManifest manifest) => $"{manifest.Name}/{manifest.Version}";

    private static PromotionObjection NotComparable(string message) => new(ObjectionKind.NotComparable, message);
}

using Emotion.Features;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Fusion;

/// <summary>Evidence of windows, checked and put into the order of a fusion's modalities.</summary>
/// <param name="package">The fusion's.</param>
/// <param name="modalities">That it knows, in its order.</param>
internal sealed class EvidenceSlots(ModelPackage package, IReadOnlyList<string> modalities)
{
    /// <summary>For the network, which takes feature maps of the lengths and versions that it was trained on.</summary>
    /// <param name="lengths">Of feature maps, by modality.</param>
    /// <returns>Of each window a slot per modality; null where it is absent.</returns>
    /// <exception cref="InvalidInputException">No windows, unknown or doubled modalities, wrong lengths, numbers that are not finite.</exception>
    /// <exception cref="IncompatibleVersionException">A feature map of a version that this fusion was not trained on.</exception>
    public ModalityEvidence?[][] ForNetwork(IReadOnlyList<WindowEvidence> windows, IReadOnlyList<int> lengths) => Of(windows, (evidence, m, window) =>
    {
        var trainedOn = package.Manifest.TrainedOn[evidence.Modality];
        if (evidence.Producer != evidence.Modality || evidence.ProducerVersion != trainedOn)
        {
            throw new IncompatibleVersionException(
                $"Window {window}: the feature map of {evidence.Producer}/{evidence.ProducerVersion} does not fit "
                + $"fusion/{package.Version}, which was trained on {evidence.Modality}/{trainedOn}.");
        }

        if (evidence.Embedding.Length != lengths[m])
        {
            throw new InvalidInputException(
                $"Window {window}, {evidence.Modality}: {evidence.Embedding.Length} embedding values instead of {lengths[m]}.");
        }

        if (evidence.Embedding.Span.ContainsAnyNotFinite())
        {
            throw new InvalidInputException($"Window {window}, {evidence.Modality}: embeddings must be finite.");
        }
    });

    /// <summary>For the product of the posteriors, which looks at no feature map and must know what each posterior covers.</summary>
    /// <returns>As <see cref="ForNetwork"/>.</returns>
    /// <exception cref="InvalidInputException">As there; or covered labels that are none.</exception>
    public ModalityEvidence?[][] ForProduct(IReadOnlyList<WindowEvidence> windows) => Of(windows, (evidence, _, window) =>
    {
        if (evidence.CoveredLabels.Count == 0 || evidence.CoveredLabels.Any(label => !EmotionLabels.TryIndexOf(label, out var _)))
        {
            throw new InvalidInputException(
                $"Window {window}, {evidence.Modality}: without fusion's network a posterior must name the labels that it covers; "
                + $"it names '{string.Join(" ", evidence.CoveredLabels)}'.");
        }
    });

    private ModalityEvidence?[][] Of(IReadOnlyList<WindowEvidence> windows, Action<ModalityEvidence, int, int> check)
    {
        if (windows.Count == 0)
        {
            throw new InvalidInputException("There are no windows to fuse.");
        }

        return [.. windows.Select(window =>
        {
            var slots = new ModalityEvidence?[modalities.Count];
            foreach (var evidence in window.Evidence)
            {
                var m = modalities.Index().FirstOrDefault(pair => pair.Item == evidence.Modality, (Index: -1, Item: "")).Index;
                if (m < 0 || slots[m] is not null)
                {
                    throw new InvalidInputException(
                        $"Window {window.WindowIndex}: '{evidence.Modality}' is {(m < 0 ? "unknown to this fusion" : "there twice")}; "
                        + $"it knows {string.Join(", ", modalities)}.");
                }

                check(evidence, m, window.WindowIndex);
                RequirePosterior(evidence, window.WindowIndex);
                slots[m] = evidence;
            }

            return slots;
        })];
    }

    private static void RequirePosterior(ModalityEvidence evidence, int window)
    {
        var sum = 0f;
        foreach (var probability in evidence.Posterior.Span)
        {
            sum += probability >= 0 ? probability : float.NaN;
        }

        if (evidence.Posterior.Length != EmotionLabels.Count || !(Math.Abs(sum - 1) < 1e-2f) || !(evidence.Quality is >= 0 and <= 1))
        {
            throw new InvalidInputException(
                $"Window {window}, {evidence.Modality}: {evidence.Posterior.Length} probabilities must be {EmotionLabels.Count} and add up to 1 "
                + $"(they give {sum}), quality must be 0..1 ({evidence.Quality}).");
        }
    }
}

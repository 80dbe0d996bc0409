using Emotion.Features;

namespace Emotion.Inference.Fusion;

/// <summary>
/// From evidence to the answer, whatever fuses it: each window, once more without each of its modalities, the clip, and what every modality and every
/// window did for the clip's winner.
/// </summary>
/// <param name="modalities">In the order of the slots.</param>
/// <param name="uncertainBelow">A winner with less is uncertain.</param>
internal sealed class FusedClipBuilder(IReadOnlyList<string> modalities, float uncertainBelow)
{
    /// <param name="slots">Of each window a slot per modality; null where it is absent.</param>
    /// <param name="fuse">Rows of slots, of which at least one is there, to posteriors <c>[8]</c>.</param>
    public FusedClip Build(
        IReadOnlyList<WindowEvidence> windows, ModalityEvidence?[][] slots, Func<IReadOnlyList<ModalityEvidence?[]>, IReadOnlyList<float[]>> fuse)
    {
        var posteriors = fuse(Rows(slots));
        var fused = new FusedWindow[windows.Count];
        var clip = new ClipMean(modalities.Count);
        for (int w = 0, row = 0; w < windows.Count; w++)
        {
            var present = slots[w].Count(evidence => evidence is not null);
            if (present == 0)
            {
                fused[w] = new FusedWindow(windows[w].WindowIndex, [], false, [], NoModality("this window"));
                continue;
            }

            var full = posteriors[row++];
            var winner = full.AsSpan().IndexOfMaximum();
            var contributions = new List<Contribution>(present);
            var weight = slots[w].OfType<ModalityEvidence>().Average(evidence => evidence.Quality);
            for (var m = 0; m < slots[w].Length; m++)
            {
                if (slots[w][m] is not { } evidence)
                {
                    clip.AddWithout(m, full, weight);
                    continue;
                }

                var without = present > 1 ? posteriors[row++] : null;
                contributions.Add(new Contribution(modalities[m], full[winner] - (without?[winner] ?? FusionModel.NoEvidence), []));
                clip.AddOwn(m, evidence.Posterior.Span, evidence.Quality);
                if (without is not null)
                {
                    clip.AddWithout(m, without, weight);
                }
            }

            clip.Add(w, full, weight);
            fused[w] = new FusedWindow(windows[w].WindowIndex, full, full[winner] < uncertainBelow, contributions, null)
            {
                ModalitiesDisagree = Disagreement.IsAmong([.. slots[w].OfType<ModalityEvidence>().Select(evidence => evidence.Posterior)]),
            };
        }

        return Conclude(fused, clip);
    }

    // For each window with evidence: all of it, then, if there are several, all but each.
    private static List<ModalityEvidence?[]> Rows(ModalityEvidence?[][] slots)
    {
        var rows = new List<ModalityEvidence?[]>();
        foreach (var window in slots)
        {
            var present = window.Count(evidence => evidence is not null);
            if (present > 0)
            {
                rows.Add(window);
            }

            for (var m = 0; m < window.Length && present > 1; m++)
            {
                if (window[m] is not null)
                {
                    var without = window.ToArray();
                    without[m] = null;
                    rows.Add(without);
                }
            }
        }

        return rows;
    }

    private FusedClip Conclude(FusedWindow[] windows, ClipMean clip)
    {
        if (clip.Posterior is not { } posterior)
        {
            return new FusedClip(windows, [], false, [], NoModality("this clip"));
        }

        var winner = posterior.AsSpan().IndexOfMaximum();
        var contributions = new List<Contribution>();
        for (var m = 0; m < modalities.Count; m++)
        {
            if (clip.Own(m) is { } own)
            {
                var without = clip.Without(m)?[winner] ?? FusionModel.NoEvidence;
                contributions.Add(new Contribution(modalities[m], posterior[winner] - without, own));
            }
        }

        var changes = clip.ChangesBy(winner);
        FusedWindow[] explained = [.. windows.Select((window, w) => changes.TryGetValue(w, out var change) ? window with { Change = change } : window)];
        return new FusedClip(explained, posterior, posterior[winner] < uncertainBelow, contributions, null)
        {
            ModalitiesDisagree = Disagreement.IsAmong([.. contributions.Select(one => (ReadOnlyMemory<float>)one.Posterior)]),
            DecidedBy = clip.Deciding(winner, changes) is not { } deciding
                ? null
                : deciding with { WindowIndices = [.. deciding.WindowIndices.Select(w => windows[w].WindowIndex)] },
        };
    }

    private static Abstention NoModality(string where) => new(AbstentionReason.NoModality, $"No modality has an answer for {where}.");
}

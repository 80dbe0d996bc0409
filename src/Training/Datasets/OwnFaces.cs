using System.Text.Json;
using Emotion.Features;
using Emotion.Inference.Video;
using Emotion.Media;
using Emotion.ModelRegistry;
using Emotion.Training.Evaluation;
using Emotion.Training.Packaging;
using Emotion.Training.Splits;

namespace Emotion.Training.Datasets;

/// <summary>
/// The faces of a corpus of one's own: of each clip the largest and longest, found and cut by the front end that serves, divided by subject, then cut into
/// sequences as long as a clip window; and what a published frame network says of them.
/// </summary>
public static class OwnFaces
{
    private const int ReportEvery = 25;

    /// <param name="model">Its detector, aligner and frame network.</param>
    /// <param name="cache">Faces that were cut once lie here.</param>
    /// <param name="report">A line for people.</param>
    /// <returns>Of every part.</returns>
    /// <exception cref="CorpusException">Clips that cannot be decoded, show no face, or show something that faces do not: each with its row.</exception>
    public static async Task<IReadOnlyDictionary<SubjectPart, AnsweredSequences>> ReadAsync(
        OwnCorpus corpus, VideoModel model, ClipWindowSpec windows, OwnCorpusOptions options, string cache, Action<string> report, CancellationToken cancellationToken)
    {
        var faults = new CorpusFaults(options.MaximumFaults);
        RefuseWhatFacesDoNotShow(corpus, ServedVideo.Covered(model), faults);
        faults.ThrowIfAny(OwnCorpus.Name(corpus.Folder));

        var spec = model.Package.Manifest.FrontEnd.Deserialize<VideoSpec>(RegistryJson.Options)!;
        using var reader = new FaceVideoReader(spec, model.Detector, FaceCorpora.DetectorDigest(model), cache);
        var parts = Enum.GetValues<SubjectPart>().ToDictionary(part => part, _ => new List<(OwnClip Clip, IReadOnlyList<FaceAnswer> Answers)>());
        var seconds = 0.0;
        for (var i = 0; i < corpus.Clips.Count; i++)
        {
            var clip = corpus.Clips[i];
            IReadOnlyList<float[]> faces;
            try
            {
                faces = await reader.FacesAsync(clip.File, cancellationToken);
            }
            catch (MediaRefusedException refused)
            {
                faults.Add(clip.Row, LabelTable.Clip, $"'{clip.Name}' cannot be seen: {refused.Message}");
                continue;
            }

            var sequences = Cut(faces, windows, spec.FaceFrame.PicturesPerSecond, spec.Sequence.MinimumFaceFrames);
            if (sequences.Count == 0)
            {
                faults.Add(clip.Row, LabelTable.Clip, $"a face is read in {faces.Count} pictures of '{clip.Name}', and at least {spec.Sequence.MinimumFaceFrames} are needed");
            }

            seconds += faces.Count / spec.FaceFrame.PicturesPerSecond;
            if (seconds > options.MaximumSeconds)
            {
                throw new CorpusException(FormattableString.Invariant($"The corpus shows faces for more than {options.MaximumSeconds:0.###} s, which are taken at the most."));
            }

            foreach (var sequence in sequences)
            {
                parts[corpus.Parts[clip.Subject]].Add((clip, await ServedVideo.FramesAsync(model, sequence, cancellationToken)));
            }

            if ((i + 1) % ReportEvery == 0)
            {
                report($"faces of {i + 1} of {corpus.Clips.Count} clips are read");
            }
        }

        faults.ThrowIfAny(OwnCorpus.Name(corpus.Folder));
        report($"{corpus.Clips.Count} clips, {seconds:F0} s with a face; sequences: {parts[SubjectPart.Training].Count} train, {parts[SubjectPart.Validation].Count} select, "
            + $"{parts[SubjectPart.Test].Count} test");
        return parts.ToDictionary(part => part.Key, part => new AnsweredSequences(
            part.Key.ToString().ToLowerInvariant(), [.. part.Value.Select(one => one.Clip.Label)], [.. part.Value.Select(one => one.Answers)])
        {
            Subjects = [.. part.Value.Select(one => one.Clip.Subject)],
        });
    }

    /// <summary>Faces one after another to sequences, as the windows of a clip that shows a face in each picture.</summary>
    /// <param name="rate">Pictures a second.</param>
    /// <param name="fewest">Faces of a sequence.</param>
    internal static IReadOnlyList<float[][]> Cut(IReadOnlyList<float[]> faces, ClipWindowSpec windows, double rate, int fewest)
    {
        int At(double seconds) => Math.Min(faces.Count, (int)Math.Round(seconds * rate));
        return [.. ClipWindows.Cut(faces.Count / rate, windows)
            .Select(window => faces.Take(At(window.StartSeconds)..At(window.EndSeconds)).ToArray())
            .Where(sequence => sequence.Length >= fewest)];
    }

    private static void RefuseWhatFacesDoNotShow(OwnCorpus corpus, bool[] covered, CorpusFaults faults)
    {
        foreach (var clip in corpus.Clips.Where(clip => !covered[clip.Label]))
        {
            faults.Add(clip.Row, LabelTable.Emotion, $"'{EmotionLabels.Names[clip.Label]}' is nothing that face networks tell: say neutral, or leave the clip out");
        }
    }
}

using System.Text.Json;
using Emotion.Features.Faces;
using Emotion.Inference.Video;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;

namespace Emotion.Training.Evaluation;

/// <summary>Sequences read by the sequence network, and by the mean of their frames' posteriors.</summary>
public sealed record TwoAnswers(Judged Network, Judged Mean)
{
    /// <summary>Of the network's WA less that of the mean.</summary>
    public (double Low, double High) Difference => Bootstrap.WaDifference(Network, Mean);
}

/// <summary>Everything that can be computed of a face package from the corpora and the clips, through the code that serves it.</summary>
public sealed record FaceFigures
{
    public required ModelPackage Package { get; init; }

    /// <summary>FER2013 PrivateTest, whole, and without pictures that occur more than once.</summary>
    public required Judged Test { get; init; }
    public required Judged TestWithoutDuplicates { get; init; }

    /// <summary>CK+48, whole: the frame network, which saw nothing of it, averaged over the three pictures of each sequence.</summary>
    public required Judged Ck48 { get; init; }

    /// <summary>CK+ and CK+48 sequences of test subjects, and sequences composed of PrivateTest pictures.</summary>
    public required TwoAnswers Real { get; init; }
    public required TwoAnswers Composed { get; init; }

    /// <summary>Recordings of test subjects; null where the package learned from none.</summary>
    public TwoAnswers? Recorded { get; init; }

    /// <summary>The frame network in both precisions; null where its run is not at hand.</summary>
    public FrameFigures? Frames { get; init; }
    public Judged? Float16WithoutDuplicates { get; init; }

    public required ClipScores ClipsByNetwork { get; init; }
    public required ClipScores ClipsByMean { get; init; }

    /// <summary>FER2013 PrivateTest pictures, and how many of them show the detector a face when enlarged to its input.</summary>
    public required int Pictures { get; init; }
    public required int PicturesWithFace { get; init; }
    public required IReadOnlyDictionary<string, string> DataDigests { get; init; }

    /// <summary>Who answers for a window of the package as it is.</summary>
    public string Answer => Package.Manifest.FrontEnd["sequence"]?["answer"]?.GetValue<string>() ?? SequenceSpec.Network;

    /// <summary>The sequence network's WA less that of the mean, on each set that judges both, with its interval.</summary>
    public IReadOnlyList<(string Set, double Gain, double Low, double High)> Differences
    {
        get
        {
            static (string, double, double, double) Of(string set, TwoAnswers two) =>
                (set, two.Network.Scores.Wa - two.Mean.Scores.Wa, two.Difference.Low, two.Difference.High);
            var clips = ClipsByNetwork.Difference(ClipsByMean);
            return
            [
                Of("real", Real), Of("composed", Composed), .. Recorded is { } videos ? [Of("videos", videos)] : Array.Empty<(string, double, double, double)>(),
                ("clips", ClipsByNetwork.Wa - ClipsByMean.Wa, clips.Low, clips.High),
            ];
        }
    }

    /// <param name="packages">Folder of packages with <c>release.json</c>.</param>
    /// <param name="clips">Folder of labelled clips.</param>
    /// <param name="run">Of the package's frame network, if it is at hand.</param>
    public static async Task<FaceFigures> ComputeAsync(
        DataRoot data, string packages, string clips, RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        var package = await PackageFolder.NewestAsync(packages, VideoModel.ModelName, cancellationToken);
        var release = JsonSerializer.Deserialize<ReleaseManifest>(
            await File.ReadAllBytesAsync(Path.Combine(packages, "release.json"), cancellationToken), RegistryJson.Options)!;
        using var variants = new AnswerVariants(package);
        await using var network = await variants.LoadAsync(SequenceSpec.Network, cancellationToken);
        await using var mean = await variants.LoadAsync(SequenceSpec.Mean, cancellationToken);

        var recipe = RecipeFile.FromJson<VideoPackage.Recipes>(package.Manifest.Recipe).Sequence;
        var corpora = await FaceCorpora.ReadAsync(data, recipe, network, report, cancellationToken);
        var stills = corpora.Stills;
        var test = await ServedVideo.JudgeStillsAsync(network, "FER2013 PrivateTest, whole, as served", stills.Test, cancellationToken);
        report($"PrivateTest: {test.Scores}");
        var frames = FrameFigures.Of(run, package, test, stills, cancellationToken);
        report(frames is null
            ? "the run of the package is not at hand: floats and integers as its manifest says"
            : $"floats: {frames.Float16.Scores}; integers: {frames.Int8.Scores}");
        TwoAnswers Both(AnsweredSequences sequences) => new(sequences.By(network, cancellationToken), sequences.By(mean, cancellationToken));
        var real = Both(await ServedVideo.AnswerAsync(
            network, "CK+ and CK+48 sequences of test subjects", corpora.Real.Test.ToAsyncEnumerable(), cancellationToken));
        report($"sequences of test subjects: network {real.Network.Scores}; mean {real.Mean.Scores}");
        var composed = Both(await VideoPackage.ComposedAsync(
            network, "sequences composed of FER2013 PrivateTest pictures, not real video", stills.Test, recipe, cancellationToken));
        var recorded = await corpora.RecordingsAsync(network, SubjectPart.Test, report, cancellationToken);
        var listed = LabelledClips.Read(clips);
        var found = 0;
        foreach (var picture in stills.Test)
        {
            cancellationToken.ThrowIfCancellationRequested();
            found += ShowsFace(network, picture) ? 1 : 0;
        }

        var (byNetwork, byMean) = (await ClipsAsync(network, release, listed, cancellationToken), await ClipsAsync(mean, release, listed, cancellationToken));
        report($"labelled clips: network {byNetwork.Wa:P1}, mean {byMean.Wa:P1}, n = {byMean.Count}");
        return new FaceFigures
        {
            Package = package,
            Test = test,
            TestWithoutDuplicates = stills.WithoutDuplicates(test),
            Ck48 = await ServedVideo.JudgeSequencesAsync(
                mean, "CK+48, all sequences of our labels", [.. corpora.Ck.Sequences.Where(CkPlus.IsShort)], cancellationToken),
            Real = real,
            Composed = composed,
            Recorded = recorded is null ? null : Both(recorded),
            Frames = frames,
            Float16WithoutDuplicates = frames is null ? null : stills.WithoutDuplicates(frames.Float16),
            ClipsByNetwork = byNetwork,
            ClipsByMean = byMean,
            Pictures = stills.Test.Count,
            PicturesWithFace = found,
            DataDigests = new Dictionary<string, string>(
                corpora.Datasets.Select(dataset => KeyValuePair.Create(dataset.Name, dataset.Digest))
                    .Append(KeyValuePair.Create("labelled clips", await LabelledClips.DigestAsync(clips, cancellationToken)))),
        };
    }

    private static async Task<ClipScores> ClipsAsync(
        VideoModel model, ReleaseManifest release, IReadOnlyList<LabelledClip> clips, CancellationToken cancellationToken)
    {
        using var served = new ServedClips(release.ClipWindow);
        var answers = new List<float[]?>();
        foreach (var clip in clips)
        {
            answers.Add(await served.PosteriorAsync(model, clip.File, cancellationToken));
        }

        return new ClipScores(clips, answers, ServedVideo.Covered(model));
    }

    // Each pixel becomes a square, with a gray margin of the same width as the picture's quarter all around.
    private static bool ShowsFace(VideoModel model, FacePicture picture)
    {
        const int Times = 4, Side = FacePicture.Side, Margin = Side, Whole = Side * Times + 2 * Margin;
        var pixels = new byte[Whole * Whole * 3];
        Array.Fill(pixels, (byte)128);
        for (var y = 0; y < Side * Times; y++)
        {
            for (var x = 0; x < Side * Times; x++)
            {
                pixels.AsSpan(((y + Margin) * Whole + x + Margin) * 3, 3).Fill(picture.Gray[y / Times * Side + x / Times]);
            }
        }

        return model.Detector.Detect(new RgbPicture(pixels, Whole, Whole)).Length > 0;
    }
}

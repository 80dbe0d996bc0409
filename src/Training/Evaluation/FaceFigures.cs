using System.Text.Json;
using Emotion.Features.Faces;
using Emotion.Inference.Video;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;
using Emotion.Training.Datasets;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;

namespace Emotion.Training.Evaluation;

/// <summary>Sequences read by the sequence network, and by the mean of their frames' posteriors.</summary>
public sealed record TwoAnswers(Judged Network, Judged Mean);

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

    public required ClipScores ClipsByNetwork { get; init; }
    public required ClipScores ClipsByMean { get; init; }

    /// <summary>FER2013 PrivateTest pictures, and how many of them show the detector a face when enlarged to its input.</summary>
    public required int Pictures { get; init; }
    public required int PicturesWithFace { get; init; }
    public required IReadOnlyDictionary<string, string> DataDigests { get; init; }

    /// <param name="packages">Folder of packages with <c>release.json</c>.</param>
    /// <param name="clips">Folder of labelled clips.</param>
    public static async Task<FaceFigures> ComputeAsync(
        DataRoot data, string packages, string clips, Action<string> report, CancellationToken cancellationToken)
    {
        var package = await PackageFolder.NewestAsync(packages, VideoModel.ModelName, cancellationToken);
        var release = JsonSerializer.Deserialize<ReleaseManifest>(
            await File.ReadAllBytesAsync(Path.Combine(packages, "release.json"), cancellationToken), RegistryJson.Options)!;
        using var variants = new AnswerVariants(package);
        await using var network = await variants.LoadAsync(SequenceSpec.Network, cancellationToken);
        await using var mean = await variants.LoadAsync(SequenceSpec.Mean, cancellationToken);

        var fer = await Fer2013.ReadAsync(data, cancellationToken);
        var stills = FaceSplit.Of(fer);
        var test = await ServedVideo.JudgeStillsAsync(network, "FER2013 PrivateTest, whole", stills.Test, cancellationToken);
        report($"PrivateTest: {test.Scores}");
        var corpus = await CkPlus.ReadAsync(data, network.Aligner, network.Detector, cancellationToken);
        var unseen = SubjectSplit.Of(corpus.Sequences).Test;
        var recipe = RecipeFile.FromJson<VideoPackage.Recipes>(package.Manifest.Recipe).Sequence;
        async Task<TwoAnswers> BothAsync(Func<VideoModel, Task<Judged>> judge) => new(await judge(network), await judge(mean));
        var real = await BothAsync(model => ServedVideo.JudgeSequencesAsync(model, "CK+ and CK+48 sequences of test subjects", unseen, cancellationToken));
        report($"sequences of test subjects: network {real.Network.Scores}; mean {real.Mean.Scores}");
        var composed = await BothAsync(model => VideoPackage.ComposedAsync(
            model, "sequences composed of FER2013 PrivateTest pictures, not real video", stills.Test, recipe, cancellationToken));
        var listed = LabelledClips.Read(clips);
        var found = 0;
        foreach (var picture in stills.Test)
        {
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
                mean, "CK+48, all sequences of our labels", [.. corpus.Sequences.Where(CkPlus.IsShort)], cancellationToken),
            Real = real,
            Composed = composed,
            ClipsByNetwork = byNetwork,
            ClipsByMean = byMean,
            Pictures = stills.Test.Count,
            PicturesWithFace = found,
            DataDigests = new Dictionary<string, string>
            {
                ["FER2013"] = fer.Digest, ["CK+48"] = corpus.ShortDigest, ["CK+ full sequences"] = corpus.FullDigest,
            },
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

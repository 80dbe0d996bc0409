using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Inference.Audio;
using Emotion.Inference.Fusion;
using Emotion.Inference.Golden;
using Emotion.Inference.Hosting;
using Emotion.Inference.Sessions;
using Emotion.Inference.Text;
using Emotion.Inference.Video;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;

namespace Emotion.RolloutBench;

/// <summary>
/// Releases of the shipped weights that can be told apart by their numbers and not by their names alone: each has a front end of its own,
/// with golden examples made anew, so whoever mixes two of them up is seen. What a training changes is another file in each, so that a swap builds it; what
/// none changes (transcriber, speech encoder, detectors) is the same, as in the versions that are published.
/// </summary>
internal sealed class ReleaseSet(string shipped, string folder)
{
    private static readonly ModelRuntime Runtime = ModelRuntime.Create(new InferenceOptions { Provider = "cpu" }, new BatchOptions { MaxDelay = TimeSpan.Zero });

    /// <summary>A model's graphs that its recipes train.</summary>
    private static readonly Dictionary<string, string[]> Trained = new()
    {
        [AudioModel.ModelName] = [AudioModel.ClassifierRole],
        [VideoModel.ModelName] = ["frame", "sequence"],
        [TextModel.ModelName] = [TextModel.ClassifierRole],
        [FusionModel.ModelName] = ["classifier"],
    };

    private readonly Dictionary<string, string> _versions = [];

    /// <summary>Graphs that every swap builds anew, as MODEL/ROLE.</summary>
    public static IEnumerable<string> Rebuilt => Trained.SelectMany(model => model.Value.Select(role => $"{model.Key}/{role}"));

    /// <summary>Versions made here, as NAME/VERSION.</summary>
    public IEnumerable<string> Made => _versions.Keys;

    /// <summary>
    /// All four models new. Sound and faces are standardised a little otherwise, so that every number differs and answers stay sensible; every
    /// label of a text passes, or only one that the shipped model never gives, and every fused answer is certain, or none is.
    /// </summary>
    /// <param name="step">1 or -1.</param>
    public async Task<ReleaseManifest> MakeAsync(string name, int step, CancellationToken cancellationToken)
    {
        var release = await ReleasePublisher.ReadReleaseAsync(shipped, cancellationToken);
        var models = new Dictionary<string, string>
        {
            ["audio"] = await ResealAsync<AudioModel>(release, frontEnd => Shift(frontEnd["mfcc"]!["mean"]!.AsArray(), step), [], cancellationToken),
            ["video"] = await ResealAsync<VideoModel>(release, frontEnd => Move(frontEnd["faceFrame"]!, "mean", 0.05 * step), [], cancellationToken),
            ["text"] = await ResealAsync<TextModel>(release, frontEnd => Pass(frontEnd["classifier"]!["thresholds"]!.AsArray(), label => step < 0 || label == EmotionLabels.IndexOf("calm")), [], cancellationToken),
        };
        models["fusion"] = await ResealAsync<FusionModel>(release, frontEnd => frontEnd["uncertainBelow"] = step > 0 ? 0.999 : 0.001, models, cancellationToken);
        return await WriteAsync(release with { Release = name, Models = models }, cancellationToken);
    }

    /// <summary>It hears nothing: it asks for more speech than any window has. Its golden example, which is about numbers, comes out all the same.</summary>
    public async Task<ReleaseManifest> MakeBadAsync(string name, CancellationToken cancellationToken)
    {
        var release = await ReleasePublisher.ReadReleaseAsync(shipped, cancellationToken);
        var models = new Dictionary<string, string>(release.Models)
        {
            ["audio"] = await ResealAsync<AudioModel>(release, frontEnd => frontEnd["mfcc"]!["minimumSpeechFrames"] = 1_000_000, [], cancellationToken),
        };
        models.Remove("fusion");
        models["fusion"] = await ResealAsync<FusionModel>(release, _ => { }, models, cancellationToken);
        return await WriteAsync(release with { Release = name, Models = models }, cancellationToken);
    }

    public string FolderOf(ReleaseManifest release) => Path.Combine(folder, release.Release);

    private static void Shift(JsonArray numbers, double by)
    {
        for (var i = 0; i < numbers.Count; i++)
        {
            numbers[i] = (float)numbers[i]!.GetValue<double>() + (float)by;
        }
    }

    private static void Pass(JsonArray thresholds, Predicate<int> label)
    {
        for (var i = 0; i < thresholds.Count; i++)
        {
            thresholds[i] = label(i) ? 0 : 2;
        }
    }

    private static void Move(JsonNode spec, string name, double by) => spec[name] = spec[name]!.GetValue<double>() + by;

    /// <summary>Another description behind a graph, ModelProto's field <c>doc_string</c>, of which the last one counts: other bytes, the same numbers.</summary>
    private static Task DescribeAsync(string file, string text, CancellationToken cancellationToken) =>
        File.AppendAllBytesAsync(file, (byte[])[(6 << 3) | 2, (byte)text.Length, .. Encoding.ASCII.GetBytes(text)], cancellationToken);

    private async Task<string> ResealAsync<TModel>(
        ReleaseManifest release, Action<JsonNode> change, Dictionary<string, string> trainedOn, CancellationToken cancellationToken)
        where TModel : class, IServableModel<TModel>
    {
        var making = Directory.CreateDirectory(Path.Combine(folder, "making-" + Guid.NewGuid().ToString("n")[..8])).FullName;
        var from = await ModelPackage.OpenAsync(Path.Combine(shipped, TModel.ModelName, release.Models[TModel.ModelName]), cancellationToken);
        foreach (var file in from.Manifest.Files.Keys)
        {
            File.Copy(from.PathOf(file), Path.Combine(making, file));
        }

        foreach (var role in Trained[TModel.ModelName])
        {
            await DescribeAsync(Path.Combine(making, from.Manifest.Graph(role).File), Path.GetFileName(making), cancellationToken);
        }

        var frontEnd = from.Manifest.FrontEnd.DeepClone().AsObject();
        change(frontEnd);
        var draft = from.Manifest with { FrontEnd = frontEnd, TrainedOn = trainedOn };
        // The name of a version comes from its files, and those of two releases may be equal.
        await File.WriteAllTextAsync(Path.Combine(making, "release.txt"), Path.GetFileName(making), cancellationToken);
        var package = await ModelPackage.SealAsync(making, draft, TimeProvider.System, cancellationToken);
        await GoldenExample.WriteAsync<TModel>(package, Runtime, cancellationToken);
        package = await ModelPackage.SealAsync(making, draft, TimeProvider.System, cancellationToken);
        _versions[$"{package.Name}/{package.Version}"] = making;
        return package.Version;
    }

    private async Task<ReleaseManifest> WriteAsync(ReleaseManifest release, CancellationToken cancellationToken)
    {
        foreach (var (name, version) in release.Models)
        {
            var place = Path.Combine(FolderOf(release), name, version);
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            if (_versions.TryGetValue($"{name}/{version}", out var made))
            {
                Directory.Move(made, place);
            }
            else
            {
                Directory.CreateSymbolicLink(place, Path.GetFullPath(Path.Combine(shipped, name, version)));
            }
        }

        await File.WriteAllBytesAsync(
            Path.Combine(FolderOf(release), ReleasePublisher.ReleaseFile), JsonSerializer.SerializeToUtf8Bytes(release, RegistryJson.Options), cancellationToken);
        return release;
    }
}

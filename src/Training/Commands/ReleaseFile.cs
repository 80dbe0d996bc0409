using System.Text.Json;
using Emotion.Inference.Text;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Promotion;
using Emotion.ModelRegistry.Releases;
using Emotion.Training.Packaging;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Training.Commands;

/// <summary>The coherent set that the packages of a folder make: <c>release.json</c> beside them.</summary>
public static class ReleaseFile
{
    private static readonly string[] Names = ["audio", "video", "fusion"];

    /// <summary>In a release only where the folder has one. Fusion may be trained on its feature maps, or not.</summary>
    private static readonly string Optional = TextModel.ModelName;

    /// <summary>How clips are cut in every release so far: recordings as long as RAVDESS's are one window.</summary>
    private static readonly ReleaseClipWindow ClipWindow = new(4.0, 1.5);

    /// <exception cref="ArgumentException">Fusion was trained on other versions.</exception>
    public static async Task<string> WriteAsync(string packages, string? name, CancellationToken cancellationToken)
    {
        var newest = new Dictionary<string, ModelPackage>();
        foreach (var model in Directory.Exists(Path.Combine(packages, Optional)) ? Names.Append(Optional) : Names)
        {
            newest[model] = await PackageFolder.NewestAsync(packages, model, cancellationToken);
        }

        foreach (var (model, version) in newest["fusion"].Manifest.TrainedOn)
        {
            if (newest.GetValueOrDefault(model)?.Version is var there && there != version)
            {
                throw new ArgumentException(
                    $"fusion/{newest["fusion"].Version} was trained on {model}/{version}, but the newest is {there ?? "none"}: train fusion again.");
            }
        }

        var release = new ReleaseManifest
        {
            Release = name ?? "r" + newest.Values.Max(package => package.Version)![..13],
            CreatedAt = TimeProvider.System.GetUtcNow(),
            Models = newest.ToDictionary(pair => pair.Key, pair => pair.Value.Version),
            ClipWindow = ClipWindow,
        };
        var path = Path.Combine(packages, RegistrySeeder.ReleaseFile);
        await File.WriteAllBytesAsync(path, JsonSerializer.SerializeToUtf8Bytes(release, RegistryJson.Options), cancellationToken);
        return path;
    }

    /// <summary>The one beside the packages.</summary>
    public static async Task<ReleaseManifest> ReadAsync(string packages, CancellationToken cancellationToken) => JsonSerializer.Deserialize<ReleaseManifest>(
        await File.ReadAllBytesAsync(Path.Combine(packages, RegistrySeeder.ReleaseFile), cancellationToken), RegistryJson.Options)!;

    /// <summary>Publishes and promotes as <c>emotion models</c> does: with the keys and past the gate that the environment configures.</summary>
    /// <param name="trial">What each new package has to pass before anything is uploaded.</param>
    public static async Task PublishAsync(
        string packages, string connection, string channel, string why, PackageTrial trial, Action<string> report, CancellationToken cancellationToken)
    {
        var configuration = new ConfigurationBuilder()
            .AddEnvironmentVariables()
            .AddInMemoryCollection([new("ConnectionStrings:models", connection)])
            .Build();
        await using var services = new ServiceCollection().AddModelRegistry(configuration).BuildServiceProvider();
        var published = await services.GetRequiredService<ReleasePublisher>().PublishReleaseAsync(packages, trial, cancellationToken);
        foreach (var version in published.Versions)
        {
            report(version.IsNew ? $"published {version.Name}/{version.Version}" : $"{version.Name}/{version.Version} is there already");
        }

        var request = new PromotionRequest(published.Release.Release, channel, 1, Environment.UserName, why);
        var moved = (await services.GetRequiredService<ReleasePromoter>().PromoteAsync(request, cancellationToken)).Channel;
        report($"{channel} is {moved.Release}, generation {moved.Generation}");
    }
}

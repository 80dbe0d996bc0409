using System.CommandLine;
using Emotion.Inference.Golden;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Cli.Models;

/// <summary><c>models publish FOLDER</c>: a package, or a release with its packages.</summary>
internal static class PublishCommand
{
    public static Command Create()
    {
        var folder = new Argument<DirectoryInfo>("FOLDER") { Description = "A package (manifest.json and its files), or release.json with NAME/VERSION/ packages beside it." };
        var json = ModelsCommand.Json();
        var untried = new Option<bool>("--untried") { Description = "Upload what is not tried here, as for a machine that cannot run it; services try what they load in any case." };
        var command = new Command(
            "publish",
            "Uploads a package, or what of a release is not there yet and then the release. What is new is tried before: hashes, its golden example through the serving code, and that again with its graphs as they were written (parity). Published things never change; nothing is promoted. An upload that was interrupted is finished by publishing again.")
        {
            folder, untried, json,
        };
        command.SetAction((parsed, cancellationToken) => RegistryAction.RunAsync(async services =>
        {
            var directory = parsed.GetValue(folder)!.FullName;
            PackageTrial trial = parsed.GetValue(untried) ? ReleasePublisher.Untried : ServingTrial.RunAsync;
            var published = File.Exists(Path.Combine(directory, ModelManifest.FileName))
                ? await PackageAsync(services.GetRequiredService<Registry>(), directory, trial, cancellationToken)
                : await ReleaseAsync(services.GetRequiredService<ReleasePublisher>(), directory, trial, cancellationToken);
            Write(published, parsed.GetValue(json));
            return ExitCode.Done;
        }));
        return command;
    }

    private static async Task<Published> PackageAsync(Registry registry, string directory, PackageTrial trial, CancellationToken cancellationToken)
    {
        var package = await ModelPackage.OpenAsync(directory, cancellationToken);
        await trial(package, cancellationToken);
        await registry.PublishAsync(package, cancellationToken);
        return new Published(null, [new PublishedVersion(package.Name, package.Version, IsNew: true)]);
    }

    private static async Task<Published> ReleaseAsync(ReleasePublisher publisher, string directory, PackageTrial trial, CancellationToken cancellationToken)
    {
        var published = await publisher.PublishReleaseAsync(directory, trial, cancellationToken);
        return new Published(new PublishedName(published.Release.Release, published.IsNew), published.Versions);
    }

    private static void Write(Published published, bool json)
    {
        if (json)
        {
            RegistryAction.WriteJson(published);
            return;
        }

        foreach (var version in published.Versions)
        {
            Console.WriteLine($"{version.Name}/{version.Version}: {Said(version.IsNew)}");
        }

        if (published.Release is { } release)
        {
            Console.WriteLine($"release {release.Name}: {Said(release.IsNew)}. 'models promote {release.Name} --why REASON' serves it.");
        }
    }

    private static string Said(bool isNew) => isNew ? "published" : "was there already";

    private sealed record Published(PublishedName? Release, IReadOnlyList<PublishedVersion> Versions);

    private sealed record PublishedName(string Name, bool IsNew);
}

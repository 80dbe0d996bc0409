using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;
using Emotion.ModelRegistry.Signing;
using Microsoft.Extensions.Options;

namespace Emotion.RolloutBench;

/// <summary>A small signed set in the running registry's store; one byte of one of its blobs is changed, and all of it read as a service reads it.</summary>
internal static class ByteFlips
{
    private const string Container = "flips";
    private const int Seed = 20261129;

    /// <returns>How many of the changes were refused.</returns>
    public static async Task<int> RunAsync(RolloutSystem system, int flips, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(system.Folder, "flips")).FullName;
        var key = SigningKey.Create();
        var file = Path.Combine(folder, "key.pem");
        await File.WriteAllTextAsync(file, key.PrivatePem, cancellationToken);
        var options = system.RegistryOptions(Container);
        (options.SigningKeyFile, options.TrustedKeys) = (file, [key.PublicPem]);
        await PublishAsync(new Registry(Options.Create(options), TimeProvider.System), folder, cancellationToken);

        var container = new BlobServiceClient(options.ConnectionString).GetBlobContainerClient(Container);
        var blobs = new List<string>();
        await foreach (var blob in container.GetBlobsAsync(cancellationToken: cancellationToken))
        {
            blobs.Add(blob.Name);
        }

        var random = new Random(Seed);
        var refused = 0;
        for (var flip = 0; flip < flips; flip++)
        {
            var blob = container.GetBlobClient(blobs[random.Next(blobs.Count)]);
            var properties = await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
            var metadata = properties.Value.Metadata;
            var original = (await blob.DownloadContentAsync(cancellationToken)).Value.Content.ToArray();
            var altered = original.ToArray();
            altered[random.Next(altered.Length)] ^= (byte)random.Next(1, 256);
            await WriteAsync(blob, altered, metadata, cancellationToken);
            refused += await IsRefusedAsync(options, Path.Combine(folder, "cache"), cancellationToken) ? 1 : 0;
            await WriteAsync(blob, original, metadata, cancellationToken);
        }

        return await IsRefusedAsync(options, Path.Combine(folder, "cache"), cancellationToken)
            ? throw new InvalidOperationException("The set itself is refused: nothing was proved.")
            : refused;
    }

    private static Task WriteAsync(BlobClient blob, byte[] content, IDictionary<string, string> metadata, CancellationToken cancellationToken) =>
        blob.UploadAsync(BinaryData.FromBytes(content), new Azure.Storage.Blobs.Models.BlobUploadOptions { Metadata = metadata }, cancellationToken);

    private static async Task<bool> IsRefusedAsync(ModelRegistryOptions writer, string cache, CancellationToken cancellationToken)
    {
        // What was read before must not help.
        if (Directory.Exists(cache))
        {
            Directory.Delete(cache, recursive: true);
        }

        var registry = new Registry(
            Options.Create(new ModelRegistryOptions
            {
                ConnectionString = writer.ConnectionString, Container = Container, CacheDirectory = cache, TrustedKeys = writer.TrustedKeys,
            }),
            TimeProvider.System);
        try
        {
            var channel = await registry.ChannelAsync(ChannelManifest.Stable, cancellationToken);
            var release = await registry.ReleaseAsync(channel!.Channel.Release, cancellationToken);
            foreach (var (name, version) in release.Models)
            {
                await registry.FetchAsync(name, version, cancellationToken);
            }

            return false;
        }
        catch (PackageIntegrityException)
        {
            return true;
        }
    }

    private static async Task PublishAsync(Registry registry, string folder, CancellationToken cancellationToken)
    {
        var audio = await SealAsync(folder, "audio", [], cancellationToken);
        var fusion = await SealAsync(folder, "fusion", new() { ["audio"] = audio.Version }, cancellationToken);
        await registry.PublishAsync(audio, cancellationToken);
        await registry.PublishAsync(fusion, cancellationToken);
        await registry.PublishReleaseAsync(
            new ReleaseManifest
            {
                Release = "r1",
                CreatedAt = TimeProvider.System.GetUtcNow(),
                Models = new Dictionary<string, string> { ["audio"] = audio.Version, ["fusion"] = fusion.Version },
                ClipWindow = new ReleaseClipWindow(4, 1.5),
            },
            cancellationToken);
        await registry.PromoteAsync(ChannelManifest.Stable, "r1", 1, "proof", "first", cancellationToken);
    }

    private static async Task<ModelPackage> SealAsync(string folder, string name, Dictionary<string, string> trainedOn, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "model.onnx"), new string(name[0], 4000), cancellationToken);
        return await ModelPackage.SealAsync(
            directory,
            new ModelManifest
            {
                Name = name,
                Opset = 17,
                Graphs = [new GraphManifest("classifier", "model.onnx", [], [])],
                Labels = ["neutral"],
                CoveredLabels = ["neutral"],
                FrontEnd = new JsonObject(),
                Recipe = new JsonObject(),
                GitCommit = "0000000",
                Datasets = [],
                Metrics = new JsonObject(),
                License = new LicenseManifest("MIT", true, "made by this proof"),
                TrainedOn = trainedOn,
            },
            TimeProvider.System,
            cancellationToken);
    }
}

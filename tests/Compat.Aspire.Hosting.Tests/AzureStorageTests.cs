using System.Runtime.Versioning;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Azure;
using Azure;
using Azure.Storage.Blobs;
using static Emotion.Compat.Aspire.Hosting.Tests.TestApplication;

namespace Emotion.Compat.Aspire.Hosting.Tests;

[SupportedOSPlatform("linux")]
public sealed class AzureStorageTests
{
    [Fact]
    public async Task Emulator_WithAVolume_KeepsItsBlobsAndItsKeyOverARestart()
    {
        await using var first = new TestApplication();
        var blobs = Describe(first, "models");
        await first.StartAsync();
        await first.Notifications.WaitForResourceHealthyAsync("storage", Cancelled);
        var connection = await ConnectionStringAsync(blobs);
        await new BlobContainerClient(connection, "kept").CreateAsync(cancellationToken: Cancelled);

        // Azurite saves every five seconds; whether its shutdown saves what came since is its own affair.
        await WaitAsync(() => File.ReadAllText(Path.Combine(first.Store, "storage", "__azurite_db_blob__.json")).Contains("kept"));

        await using var second = await first.StopAndSucceedAsync();
        blobs = Describe(second, "models");
        await second.StartAsync();
        await second.Notifications.WaitForResourceHealthyAsync("storage", Cancelled);

        Assert.Equal(KeyIn(connection), KeyIn(await ConnectionStringAsync(blobs)));
        Assert.True((await new BlobContainerClient(await ConnectionStringAsync(blobs), "kept").ExistsAsync(Cancelled)).Value);
    }

    [Fact]
    public async Task Emulator_WithTheWellKnownKey_Refuses()
    {
        const string wellKnown = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
        await using var test = new TestApplication();
        var blobs = Describe(test, "models");
        test.AddScript("service", "echo $ConnectionStrings__models; exec sleep 600").WithReference(blobs).WaitFor(blobs);
        await test.StartAsync();
        await WaitAsync(() => test.ReadLog("service").Contains("BlobEndpoint="));

        var connection = await ConnectionStringAsync(blobs);
        Assert.Contains(connection, test.ReadLog("service"));
        var stranger = new BlobContainerClient(connection.Replace(KeyIn(connection), wellKnown), "stolen");
        var refusal = await Assert.ThrowsAsync<RequestFailedException>(() => stranger.CreateAsync(cancellationToken: Cancelled));
        Assert.Equal(403, refusal.Status);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(test.Store, "storage.key")));
    }

    private static IResourceBuilder<AzureBlobStorageResource> Describe(TestApplication test, string name) =>
        test.Builder.AddAzureStorage("storage").RunAsEmulator(azurite => azurite.WithDataVolume()).AddBlobs(name);

    private static async Task<string> ConnectionStringAsync(IResourceBuilder<AzureBlobStorageResource> blobs) =>
        await ((IResourceWithConnectionString)blobs.Resource).GetConnectionStringAsync(Cancelled) ?? "";

    private static string KeyIn(string connection) => connection.Split("AccountKey=")[1].Split(';')[0];
}

using System.Globalization;
using System.Security.Cryptography;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Azure;
using Aspire.Hosting.Supervision;

namespace Aspire.Hosting.Azure
{
    /// <summary>A storage account; here always the emulator.</summary>
    public class AzureStorageResource(string name) : Resource(name), IResourceWithEndpoints
    {
        internal const string BlobEndpointName = "blob";

        /// <summary>True once <c>RunAsEmulator</c> was called.</summary>
        public bool IsEmulator => Annotations.OfType<LaunchAnnotation>().Any();

        /// <summary>The key of the emulator's account; empty in Azure, where identities are used.</summary>
        internal string AccountKey { get; set; } = "";

        internal EndpointReference BlobEndpoint => new(this, BlobEndpointName);
    }

    /// <summary>The storage account's emulator, while it is being described; it is the same resource.</summary>
    public class AzureStorageEmulatorResource(AzureStorageResource innerResource) : Resource(innerResource.Name), IResourceWithEndpoints
    {
        /// <inheritdoc />
        public override ResourceAnnotationCollection Annotations => innerResource.Annotations;

        /// <summary>Where the emulator keeps its data, if it shall survive.</summary>
        internal string? DataPath { get; set; }
    }

    /// <summary>The blobs of a storage account.</summary>
    public class AzureBlobStorageResource(string name, AzureStorageResource storage)
        : Resource(name), IResourceWithConnectionString, IResourceWithParent<AzureStorageResource>
    {
        /// <inheritdoc />
        public AzureStorageResource Parent => storage;

        /// <inheritdoc />
        public ReferenceExpression ConnectionStringExpression => storage.IsEmulator
            ? ReferenceExpression.Create(
                $"DefaultEndpointsProtocol=http;AccountName={Azurite.AccountName};AccountKey={storage.AccountKey};BlobEndpoint={storage.BlobEndpoint}/{Azurite.AccountName};")
            : throw new DistributedApplicationException(
                $"Storage '{storage.Name}' runs nowhere: call RunAsEmulator(), or use AddConnectionString for an account in Azure.");
    }
}

namespace Aspire.Hosting
{
    /// <summary>Adds blob storage.</summary>
    public static class AzureStorageExtensions
    {
        /// <summary>A storage account.</summary>
        public static IResourceBuilder<AzureStorageResource> AddAzureStorage(this IDistributedApplicationBuilder builder, string name) =>
            builder.AddResource(new AzureStorageResource(name));

        /// <summary>
        /// Runs Azurite as the account: from the nearest <c>node_modules</c> above the AppHost's folder, where the published package
        /// runs a container. Its account key is made once and kept, readable by the user only.
        /// </summary>
        public static IResourceBuilder<AzureStorageResource> RunAsEmulator(
            this IResourceBuilder<AzureStorageResource> builder,
            Action<IResourceBuilder<AzureStorageEmulatorResource>>? configureContainer = null)
        {
            if (builder.ApplicationBuilder.ExecutionContext.IsPublishMode)
                return builder;
            var storage = builder.Resource;
            var store = SupervisorPaths.Of(builder.ApplicationBuilder);
            var emulator = new AzureStorageEmulatorResource(storage);
            builder.WithEndpoint(scheme: "http", name: AzureStorageResource.BlobEndpointName);
            configureContainer?.Invoke(builder.ApplicationBuilder.CreateResourceBuilder(emulator));

            storage.AccountKey = Azurite.ReadOrCreateKey(Path.Combine(store.Directory, $"{storage.Name}.key"));
            storage.Annotations.Add(new HealthProbeAnnotation(() => storage.BlobEndpoint, "/", StatusCode: null));
            storage.Annotations.Add(new EnvironmentCallbackAnnotation(context =>
            {
                context.EnvironmentVariables["AZURITE_ACCOUNTS"] = $"{Azurite.AccountName}:{storage.AccountKey}";
                return Task.CompletedTask;
            }));
            storage.Annotations.Add(new LaunchAnnotation(() => Azurite.Plan(
                builder.ApplicationBuilder.AppHostDirectory, storage.BlobEndpoint.Port,
                emulator.DataPath ?? Path.Combine(store.Directory, "scratch", storage.Name), keepData: emulator.DataPath is not null)));
            return builder;
        }

        /// <summary>The account's blobs, with a connection string of their own.</summary>
        public static IResourceBuilder<AzureBlobStorageResource> AddBlobs(this IResourceBuilder<AzureStorageResource> builder, string name) =>
            builder.ApplicationBuilder.AddResource(new AzureBlobStorageResource(name, builder.Resource));

        /// <summary>Keeps the emulator's data between runs, under the AppHost's store; without it each run starts empty.</summary>
        public static IResourceBuilder<AzureStorageEmulatorResource> WithDataVolume(
            this IResourceBuilder<AzureStorageEmulatorResource> builder, string? name = null, bool isReadOnly = false) =>
            builder.WithDataBindMount(
                Path.Combine(SupervisorPaths.Of(builder.ApplicationBuilder).Directory, name ?? builder.Resource.Name), isReadOnly);

        /// <summary>Keeps the emulator's data in a folder, relative to the AppHost's.</summary>
        public static IResourceBuilder<AzureStorageEmulatorResource> WithDataBindMount(
            this IResourceBuilder<AzureStorageEmulatorResource> builder, string? path = null, bool isReadOnly = false)
        {
            if (isReadOnly)
                throw new DistributedApplicationException("Azurite from npm cannot run on data that is read-only.");
            builder.Resource.DataPath = Path.GetFullPath(path ?? $".azurite/{builder.Resource.Name}", builder.ApplicationBuilder.AppHostDirectory);
            return builder;
        }

        /// <summary>Gives the blob endpoint a fixed port.</summary>
        public static IResourceBuilder<AzureStorageEmulatorResource> WithBlobPort(
            this IResourceBuilder<AzureStorageEmulatorResource> builder, int port) =>
            builder.WithEndpoint(AzureStorageResource.BlobEndpointName, endpoint => endpoint.Port = port);
    }

    /// <summary>The blob emulator that npm has.</summary>
    internal static class Azurite
    {
        internal const string AccountName = "devstoreaccount1";
        private const string Script = "node_modules/azurite/dist/src/blob/main.js";
        private const int KeyBytes = 64;

        internal static LaunchPlan Plan(string appHostDirectory, int port, string dataPath, bool keepData)
        {
            if (!keepData && Directory.Exists(dataPath))
                Directory.Delete(dataPath, recursive: true);
            Directory.CreateDirectory(dataPath);
            return new LaunchPlan(
                "node",
                [
                    FindScript(appHostDirectory),
                    "--blobHost", EndpointReference.LoopbackHost,
                    "--blobPort", port.ToString(CultureInfo.InvariantCulture),
                    "--location", dataPath,
                    "--silent", "--disableTelemetry", "--skipApiVersionCheck",
                ],
                dataPath);
        }

        /// <summary>A well-known key would let any local program that guesses the port read the clips.</summary>
        internal static string ReadOrCreateKey(string path)
        {
            if (File.Exists(path))
                return File.ReadAllText(path).Trim();

            var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes));
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var writer = new StreamWriter(path, options);
            writer.Write(key);
            return key;
        }

        private static string FindScript(string appHostDirectory)
        {
            for (var folder = new DirectoryInfo(appHostDirectory); folder is not null; folder = folder.Parent)
            {
                var script = Path.Combine(folder.FullName, Script);
                if (File.Exists(script))
                    return script;
            }

            throw new DistributedApplicationException($"Azurite is not installed: there is no {Script} above {appHostDirectory}. Run `npm ci`.");
        }
    }
}

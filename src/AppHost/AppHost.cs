// The running system on one page: what runs, what refers to what, what waits for what.
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Emotion.AppHost;
using Emotion.AppHost.Publishing;
using Microsoft.Extensions.Configuration;

var builder = DistributedApplication.CreateBuilder(args);

// `./emotion publish` writes deploy/ instead of running anything; what only counts there is in Publishing/.
var deployed = builder.ExecutionContext.IsPublishMode;
builder.AddKubernetesEnvironment("kubernetes");
builder.AddDockerComposeEnvironment("compose")
    .WithProperties(compose => compose.DefaultNetworkName = Compose.Network)
    .ConfigureComposeFile(Compose.Complete);

var repository = Path.GetFullPath("../..", builder.AppHostDirectory);
var store = Path.GetFullPath(builder.Configuration["Aspire:Store:Path"] ?? "../../.emotion", builder.AppHostDirectory);
var gatewayPort = builder.Configuration.GetValue<int?>("Gateway:Port");
var videoReplicas = builder.Configuration.GetValue("Video:Replicas", 2);
var maximumVideoReplicas = builder.Configuration.GetValue("Video:MaximumReplicas", videoReplicas);

// An emulator here; deployed, an account whose connection string is a secret.
IResourceBuilder<IResourceWithConnectionString> models = deployed
    ? builder.AddConnectionString("models")
    : builder.AddAzureStorage("storage").RunAsEmulator(azurite => azurite.WithDataVolume()).AddBlobs("models");

// Deployed, services answer those alone who show the secret of the system; here nobody else reaches them.
var token = deployed ? builder.AddParameter("service-token", secret: true) : null;

// A fresh start publishes this repository's models into its empty registry.
var seed = builder.AddProject<Projects.Cli>("seed")
    .WithArgs("models", "seed", "--from", deployed ? "/app/models" : Path.Combine(repository, "models"))
    .WithReference(models)
    .WaitFor(models)
    .DeployAsJob(PodSize.Seed);

var audio = AddModelService<Projects.AudioService>("audio", PodSize.Audio);

var fusion = AddModelService<Projects.FusionService>("fusion", PodSize.Fusion);

var video = AddReplicas<Projects.VideoService>("video", videoReplicas, maximumVideoReplicas, PodSize.Video);

// What a release needs no model for, a system needs no replica of: the text service comes with the first release that has a text model.
var release = JsonNode.Parse(File.ReadAllText(Path.Combine(repository, "models", "release.json")))!;
var textReplicas = builder.Configuration.GetValue("Text:Replicas", release["models"]?["text"] is null ? 0 : 1);
var text = AddReplicas<Projects.TextService>("text", textReplicas, textReplicas, PodSize.Text);

IResourceBuilder<ProjectResource>[] services = [audio, .. video, .. text, fusion];

var gateway = builder.AddProject<Projects.Gateway>("gateway")
    .WithHttpEndpoint(port: gatewayPort)
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithReference(models) // Which release is tried out on which share of the requests.
    .WithEnvironment("ModelRegistry__CacheDirectory", deployed ? Pods.Cache : Path.Combine(repository, ".emotion", "models"))
    .WithEnvironment("Gateway__Jobs__DataFolder", deployed ? Pods.Data : Path.Combine(store, "gateway")) // Analyses and clips outlive it.
    .DeployAsGateway(PodSize.Gateway, services.Select(service => service.Resource.Name));

// Who may come in: here whoever can read a file, deployed who has the first key, which is a secret.
gateway = deployed
    ? gateway.WithEnvironment("Gateway__Keys__Bootstrap", builder.AddParameter("gateway-key", secret: true))
    : gateway.WithEnvironment("Gateway__Keys__DeveloperFile", Path.Combine(store, "key"))
        .WithEnvironment("Gateway__Canary__StickToKeys", "false"); // One key would be all of a canary or nothing of it.

// Where they are not to be in that folder: PostgreSQL, and Azure Blob storage.
foreach (var kept in (string[])["jobs", "media"])
{
    if (builder.Configuration.GetConnectionString(kept) is { Length: > 0 })
    {
        gateway.WithReference(builder.AddConnectionString(kept));
    }
}

if (!deployed)
{
    // They share the cores with the gateway, whose callers are not to wait for models. A cluster's pods have shares of their own.
    foreach (var service in services)
    {
        service.WithEnvironment("Serving__Niceness", "5");
    }
}

if (token is not null)
{
    foreach (var sharing in services.Append(gateway))
    {
        sharing.WithEnvironment("Grpc__Token__Value", token);
    }
}

foreach (var service in services)
{
    gateway.WithReference(service.GetEndpoint("http"));
    if (!service.Resource.Annotations.OfType<ExplicitStartupAnnotation>().Any())
    {
        gateway.WaitFor(service);
    }
}

// A training takes the cores and the memory, and libtorch, which nothing else here needs: its service is there for whoever starts it. A cluster has a job.
if (deployed)
{
    builder.AddTrainingJob(models, PodSize.Training);
}
else
{
    builder.AddTrainingService("training", "../Training/Training.csproj")
        .WithHttpEndpoint()
        .AsHttp2Service()
        .WithHttpHealthCheck("/health")
        .WithReference(models)
        .WithEnvironment("TrainingRuns__Folder", Path.Combine(store, "training-runs"))
        .WithEnvironment("TrainingRuns__CorporaFolder", Path.Combine(store, "corpora"))
        .WithExplicitStart();
}

builder.Build().Run();

// Separate resources rather than replicas of one: callers balance over addresses, and one proxied address has only one. A cluster has one
// resource with so many pods as are needed, and a name that has all of their addresses. What goes beyond the count is there for `./emotion scale`.
IResourceBuilder<ProjectResource>[] AddReplicas<TProject>(string name, int count, int most, PodSize size)
    where TProject : IProjectMetadata, new() => deployed
        ? [.. Enumerable.Repeat(name, Math.Min(count, 1)).Select(only => AddModelService<TProject>(only, size))]
        : [.. Enumerable.Range(1, Math.Max(count, most)).Select(number => AddModelService<TProject>($"{name}-{number}", size) is var replica && number > count
            ? replica.WithExplicitStart()
            : replica)];

// Speaks gRPC, is ready when it has loaded the models of a release, and keeps what it fetched for the next start.
IResourceBuilder<ProjectResource> AddModelService<TProject>(string name, PodSize size)
    where TProject : IProjectMetadata, new() =>
    builder.AddProject<TProject>(name)
        .WithHttpEndpoint()
        .AsHttp2Service()
        .WithHttpHealthCheck("/health")
        .WithReference(models)
        .WithEnvironment("ORT_DISABLE_TELEMETRY", "1") // ONNX Runtime's Linux library would tell its maker of every session.
        // A model that is let go gives its memory back: large pieces have pages of their own, and threads share heaps, not so few that whoever loads has them
        // locked when others answer. docs/decisions/memory-over-swaps.md
        .WithEnvironment("MALLOC_ARENA_MAX", "8")
        .WithEnvironment("MALLOC_MMAP_THRESHOLD_", "131072")
        .WithEnvironment("MALLOC_TRIM_THRESHOLD_", "131072")
        .WithEnvironment("ModelRegistry__CacheDirectory", deployed ? Pods.Cache : Path.Combine(repository, ".emotion", "models"))
        .WaitFor(models)
        .WaitForCompletion(seed)
        .DeployAsModelService(size);

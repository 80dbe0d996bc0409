// The running system on one page: what runs, what refers to what, what waits for what.
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

var builder = DistributedApplication.CreateBuilder(args);

var repository = Path.GetFullPath("../..", builder.AppHostDirectory);
var gatewayPort = builder.Configuration.GetValue<int?>("Gateway:Port");
var videoReplicas = builder.Configuration.GetValue("Video:Replicas", 2);

var storage = builder.AddAzureStorage("storage")
    .RunAsEmulator(azurite => azurite.WithDataVolume());

var models = storage.AddBlobs("models");

// A fresh start publishes this repository's models into its empty registry.
var seed = builder.AddProject<Projects.Cli>("seed")
    .WithArgs("models", "seed", "--from", Path.Combine(repository, "models"))
    .WithReference(models)
    .WaitFor(storage);

var audio = AddModelService<Projects.AudioService>("audio");

var fusion = AddModelService<Projects.FusionService>("fusion");

// Separate resources rather than replicas of one: callers balance over addresses, and one proxied address has only one.
var video = Enumerable.Range(1, videoReplicas)
    .Select(number => AddModelService<Projects.VideoService>($"video-{number}"))
    .ToArray();

// What a release needs no model for, a system needs no replica of: the text service comes with the first release that has a text model.
var release = JsonNode.Parse(File.ReadAllText(Path.Combine(repository, "models", "release.json")))!;
var text = Enumerable.Range(1, builder.Configuration.GetValue("Text:Replicas", release["models"]?["text"] is null ? 0 : 1))
    .Select(number => AddModelService<Projects.TextService>($"text-{number}"))
    .ToArray();

var gateway = builder.AddProject<Projects.Gateway>("gateway")
    .WithHttpEndpoint(port: gatewayPort)
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithReference(models) // Which release is tried out on which share of the requests.
    .WithEnvironment("ModelRegistry__CacheDirectory", Path.Combine(repository, ".emotion", "models"));

foreach (var service in (IResourceBuilder<ProjectResource>[])[audio, .. video, .. text, fusion])
{
    gateway.WithReference(service).WaitFor(service);
}

builder.Build().Run();

// Speaks gRPC, is ready when it has loaded the models of a release, and keeps what it fetched for the next start.
IResourceBuilder<ProjectResource> AddModelService<TProject>(string name)
    where TProject : IProjectMetadata, new() =>
    builder.AddProject<TProject>(name)
        .WithHttpEndpoint()
        .AsHttp2Service()
        .WithHttpHealthCheck("/health")
        .WithReference(models)
        .WithEnvironment("ORT_DISABLE_TELEMETRY", "1") // ONNX Runtime's Linux library would tell its maker of every session.
        .WithEnvironment("ModelRegistry__CacheDirectory", Path.Combine(repository, ".emotion", "models"))
        .WaitFor(storage)
        .WaitForCompletion(seed);

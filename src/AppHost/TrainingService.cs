using Aspire.Hosting.ApplicationModel;

namespace Emotion.AppHost;

/// <summary>
/// The training service is no part of what `./emotion up` builds, since building it and running it need libtorch: it is what `./emotion training` has built, if it has.
/// </summary>
internal static class TrainingService
{
    private const string Program = "Emotion.Training.dll";

    public static IResourceBuilder<ProjectResource> AddTrainingService(this IDistributedApplicationBuilder builder, string name, string project)
    {
        var output = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(project, builder.AppHostDirectory))!, "bin");
        return builder.AddProject(name, project)
            .WithArgs("serve")
            .WithEnvironment("OMP_WAIT_POLICY", "PASSIVE") // Threads that spin while they wait would ruin everything beside them.
            .WithEnvironment(_ => RequireBuilt(output));
    }

    // When it is started, which may be long after somebody has built it beside the running system.
    private static void RequireBuilt(string output)
    {
        if (!Directory.Exists(output) || !Directory.EnumerateFiles(output, Program, SearchOption.AllDirectories).Any())
        {
            throw new DistributedApplicationException(
                "training is not set up on this machine: run `./emotion training --help` once, which installs libtorch and builds the service, and start it again.");
        }
    }
}

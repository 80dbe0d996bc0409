using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Kubernetes.Resources;

namespace Emotion.AppHost.Publishing;

/// <summary>
/// A training as a job that waits to be let go: it is of an image of its own, with libtorch in it, so it is no project of this system. Corpora
/// are read from one claim, runs and caches are written to another.
/// </summary>
internal static class TrainingJob
{
    private const string Data = "/data", Runs = "/runs";

    public static void AddTrainingJob(this IDistributedApplicationBuilder builder, IResourceBuilder<IResourceWithConnectionString> models, PodSize size) =>
        builder.AddContainer("training", "training", "latest")
            .WithArgs("train", "audio")
            .WithEnvironment("EMOTION_DATA", Data)
            .WithEnvironment("OMP_WAIT_POLICY", "PASSIVE")
            .WithReference(models)
            .PublishAsKubernetesService(resource =>
            {
                resource.Harden(size);
                var pod = resource.Workload!.PodTemplate.Spec;
                pod.Containers[0].WorkingDir = Runs; // Caches and runs are written below it.
                pod.Mount("data", Data, readOnly: true);
                pod.Mount("runs", Runs, readOnly: false);
                resource.BecomeJob(suspended: true);
                resource.Close();
                resource.AdditionalResources.Add(Claim("training-data", "50Gi"));
                resource.AdditionalResources.Add(Claim("training-runs", "20Gi"));
            })
            .PublishAsDockerComposeService((_, compose) =>
            {
                compose.Harden(size);
                compose.Restart = "no";
                compose.WorkingDir = Runs;
                compose.Profiles.Add("training");
                compose.AddBind("${EMOTION_DATA:-./data}", Data, readOnly: true);
                compose.AddBind("${EMOTION_RUNS:-./runs}", Runs, readOnly: false);
            });

    private static void Mount(this PodSpecV1 pod, string name, string path, bool readOnly)
    {
        pod.Volumes.Add(new VolumeV1
        {
            Name = name, PersistentVolumeClaim = new PersistentVolumeClaimVolumeSourceV1 { ClaimName = $"training-{name}", ReadOnly = readOnly },
        });
        pod.Containers[0].VolumeMounts.Add(new VolumeMountV1 { Name = name, MountPath = path, ReadOnly = readOnly });
    }

    private static Manifest Claim(string name, string size) => new(
        "v1", "PersistentVolumeClaim", name,
        new { accessModes = new[] { "ReadWriteOnce" }, resources = new { requests = new { storage = size } } });
}

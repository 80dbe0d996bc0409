using Aspire.Hosting.ApplicationModel;

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
                pod.Mount("data", "training-data", Data, readOnly: true);
                pod.Mount("runs", "training-runs", Runs, readOnly: false);
                resource.BecomeJob(suspended: true);
                resource.Close();
                resource.AdditionalResources.Add(Pods.Claim("training-data", "50Gi"));
                resource.AdditionalResources.Add(Pods.Claim("training-runs", "20Gi"));
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
}

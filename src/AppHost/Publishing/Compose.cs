using System.Globalization;
using Aspire.Hosting.Docker.Resources;
using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm;

namespace Emotion.AppHost.Publishing;

/// <summary>The same bounds on one machine with Docker, and the blob store that a machine of its own does not have.</summary>
internal static class Compose
{
    public const string Network = "workers";

    public const string GatewayData = "gateway-data";

    private const string Edge = "edge", Storage = "storage", Token = "Grpc__Token__Value";

    public static void Harden(this Service service, PodSize size)
    {
        service.Image = $"${{{service.Name.ToUpperInvariant()}_IMAGE:-emotion-{service.Name}:latest}}";
        service.User = $"{Pods.User}:{Pods.User}";
        service.ReadOnly = true;
        service.Init = true;
        service.CapDrop.Add("ALL");
        service.SecurityOpt.Add("no-new-privileges:true");
        service.Restart = "unless-stopped";
        if (size.Tmp.EndsWith("Gi", StringComparison.Ordinal))
        {
            service.Volumes.Add(new Volume { Name = "tmp", Type = "volume", Target = "/tmp" }); // Of the container's own, on disk: in memory it would be the container's.
        }
        else
        {
            service.Tmpfs.Add(Folder("/tmp", size.Tmp));
        }

        service.Tmpfs.Add(Folder(Pods.Cache, "1Gi"));
        service.Deploy = new Deploy
        {
            Replicas = size.Replicas?.Least,
            Resources = new Resources { Limits = new ResourceSpec { Cpus = size.Cpu.Limit, Memory = Bytes(size.Memory.Limit) } },
        };
    }

    public static void AddBind(this Service service, string source, string target, bool readOnly) =>
        service.Volumes.Add(new Volume { Name = target.Trim('/'), Type = "bind", Source = source, Target = target, ReadOnly = readOnly });

    /// <summary>Workers have no way out; the gateway has one, for who calls it.</summary>
    public static void Complete(ComposeFile file)
    {
        file.Name = "emotion";
        file.Networks[Network].Internal = true;
        file.AddNetwork(new Network { Name = Edge, Driver = "bridge" });
        file.Services["gateway"].Networks.Add(Edge);
        file.AddVolume(new Volume { Name = Storage });
        file.AddVolume(new Volume { Name = GatewayData });
        file.AddService(new Service
        {
            Name = Storage,
            Image = "${STORAGE_IMAGE:-mcr.microsoft.com/azure-storage/azurite:3.35.0}",
            Command = ["azurite-blob", "--blobHost", "0.0.0.0", "--location", "/data", "--silent", "--disableTelemetry", "--skipApiVersionCheck"],
            Environment = { ["AZURITE_ACCOUNTS"] = "${AZURITE_ACCOUNTS:?set it in .env to NAME:KEY}" },
            Expose = ["10000"],
            Networks = [Network],
            Volumes = [new Volume { Name = Storage, Type = "volume", Source = Storage, Target = "/data" }],
            Restart = "unless-stopped",
        });
        foreach (var service in file.Services.Values.Where(service => service.Environment.ContainsKey(Token)))
        {
            service.Environment[Token] = "${SERVICE_TOKEN:?set it in .env to what openssl rand -hex 32 prints}";
        }

        foreach (var service in file.Services.Values.Where(service => service.Environment.ContainsKey("ConnectionStrings__models")))
            service.DependsOn[Storage] = new ServiceDependency { Condition = "service_started" };
    }

    /// <summary>A folder in memory: what lies in it counts as the container's.</summary>
    private static string Folder(string path, string size) =>
        $"{path}:size={Bytes(size)},mode=0700,uid={Pods.User.ToString(CultureInfo.InvariantCulture)},gid={Pods.User.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>Kubernetes' <c>512Mi</c> is <c>512m</c> here.</summary>
    private static string Bytes(string quantity) => quantity.Replace("Gi", "g", StringComparison.Ordinal).Replace("Mi", "m", StringComparison.Ordinal);
}

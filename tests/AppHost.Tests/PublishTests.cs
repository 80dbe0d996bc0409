using YamlDotNet.RepresentationModel;

namespace Emotion.AppHost.Tests;

/// <summary>What AppHost publishes is what deploy/ holds, and is held against the schemas of Kubernetes and Compose.</summary>
public sealed class PublishTests
{
    private static readonly string Check = Tools.PathOf("tests", "AppHost.Tests", "Schemas", "check.mjs");

    [Fact]
    public async Task Publish_IntoAnEmptyFolder_IsWhatDeployHolds()
    {
        var folder = Directory.CreateTempSubdirectory("emotion-publish-");
        try
        {
            await Tools.OutputAsync("dotnet", null, Tools.AppHost, "--operation", "publish", "--output-path", folder.FullName);

            var published = Files(folder.FullName);
            Assert.NotEmpty(published);
            foreach (var environment in new[] { "kubernetes", "compose" })
            {
                Assert.Equal(
                    Files(Tools.PathOf("deploy", environment)).Keys.Select(file => $"{environment}/{file}").Order(),
                    published.Keys.Where(file => file.StartsWith($"{environment}/", StringComparison.Ordinal)).Order());
            }

            Assert.All(published, file => Assert.True(
                File.ReadAllText(Tools.PathOf("deploy", file.Key)) == file.Value, $"deploy/{file.Key} is out of date: run ./emotion publish"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Manifests_AgainstKubernetesSchemas_AreValid()
    {
        var manifests = Files(Tools.PathOf("deploy", "kubernetes")).Where(file => file.Key != "kustomization.yaml").ToList();

        var said = await Tools.OutputAsync("node", string.Join("---\n", manifests.Select(file => file.Value)), Check, "kubernetes");

        Assert.Contains($"{manifests.Count} documents", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("replicas: nine", "must be")] // A wrong value.
    [InlineData("replicaz: 9", "does not exist in type")] // A field that nobody knows.
    public async Task Manifest_ThatIsWrong_IsRefused(string mistake, string complaint)
    {
        var deployment = File.ReadAllText(Tools.PathOf("deploy", "kubernetes", "gateway", "deployment.yaml"));
        Assert.Contains("replicas: 1", deployment, StringComparison.Ordinal);

        var (exitCode, said) = await Tools.RunAsync(
            "node", deployment.Replace("replicas: 1", mistake, StringComparison.Ordinal), Check, "kubernetes");

        Assert.Equal(1, exitCode);
        Assert.Contains(complaint, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ComposeFile_AgainstItsSchema_IsValid()
    {
        var compose = File.ReadAllText(Tools.PathOf("deploy", "compose", "docker-compose.yaml"));

        await Tools.OutputAsync("node", compose, Check, "compose");
        var (exitCode, _) = await Tools.RunAsync("node", compose.Replace("read_only: true", "read_only: 7", StringComparison.Ordinal), Check, "compose");
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public void Compose_EveryServiceOfOurs_IsBoundedAndWithoutPrivileges()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(Tools.PathOf("deploy", "compose", "docker-compose.yaml"))));
        var services = (YamlMappingNode)yaml.Documents[0].RootNode["services"];

        Assert.All(services.Children.Where(service => service.Key.ToString() != "storage"), service =>
        {
            Assert.Equal("true", service.Value["read_only"].ToString());
            Assert.Equal("1654:1654", service.Value["user"].ToString());
            Assert.NotNull(service.Value["deploy"]["resources"]["limits"]["memory"]);
        });
        Assert.Equal("true", yaml.Documents[0].RootNode["networks"]["workers"]["internal"].ToString());
    }

    private static Dictionary<string, string> Files(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .ToDictionary(path => Path.GetRelativePath(folder, path), File.ReadAllText);
}

using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Emotion.Compat.Aspire.Hosting.Tests;

/// <summary>Files instead of processes.</summary>
public sealed class PublishTests : IDisposable
{
    private readonly DirectoryInfo _output = Directory.CreateTempSubdirectory("aspire-publish-");

    public void Dispose() => _output.Delete(recursive: true);

    [Fact]
    public async Task Publish_ValuesOfAllKinds_AreWrittenOrReferredTo()
    {
        await using var application = Application("--Parameters:colour", "blue", "--Parameters:password", "hush");
        var builder = application.Builder;
        builder.AddKubernetesEnvironment("cluster");
        builder.AddDockerComposeEnvironment("machine");
        var back = builder.AddContainer("back", "back", "1").WithHttpEndpoint(targetPort: 9000);
        builder.AddContainer("front", "front", "2")
            .WithEnvironment("COLOUR", builder.AddParameter("colour"))
            .WithEnvironment("PASSWORD", builder.AddParameter("password", secret: true))
            .WithEnvironment("SINCE", "00:30:00")
            .WithEnvironment("BACK", $"{back.GetEndpoint("http")}/v1")
            .WithReference(builder.AddConnectionString("store"))
            .WithArgs("--host", back.GetEndpoint("http").Property(EndpointProperty.Host));

        await application.StartAsync();

        var config = Read("cluster", "front", "config.yaml");
        Assert.Contains("COLOUR: blue\n", config, StringComparison.Ordinal);
        Assert.Contains("SINCE: \"00:30:00\"\n", config, StringComparison.Ordinal); // YAML 1.1 would read 1800.
        Assert.Contains("BACK: http://back-service:9000/v1\n", config, StringComparison.Ordinal);
        var deployment = Read("cluster", "front", "deployment.yaml");
        Assert.Contains("- name: PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  name: password\n", deployment, StringComparison.Ordinal);
        Assert.Contains("- name: ConnectionStrings__store\n", deployment, StringComparison.Ordinal);
        Assert.Contains("- back-service\n", deployment, StringComparison.Ordinal);
        var compose = Read("machine", "docker-compose.yaml");
        Assert.Contains("BACK: http://back:9000/v1\n", compose, StringComparison.Ordinal);
        Assert.Contains("PASSWORD: ${PASSWORD}\n", compose, StringComparison.Ordinal);
        Assert.Equal("PASSWORD=\nSTORE=\n", Read("machine", ".env"));
        Assert.All(Directory.EnumerateFiles(_output.FullName, "*", SearchOption.AllDirectories),
            file => Assert.DoesNotContain("hush", File.ReadAllText(file), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Publish_AgainIntoTheSameFolder_LeavesNothingOfBefore()
    {
        _output.CreateSubdirectory("cluster/gone");
        await using var application = Application();
        application.Builder.AddKubernetesEnvironment("cluster");
        application.Builder.AddContainer("only", "only", "1");

        await application.StartAsync();

        Assert.Equal(["kustomization.yaml", "only"], Directory.EnumerateFileSystemEntries(Path.Combine(_output.FullName, "cluster")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Publish_SecretInsideOfOtherText_IsRefused()
    {
        await using var application = Application("--Parameters:password", "hush");
        var builder = application.Builder;
        builder.AddKubernetesEnvironment("cluster");
        var password = builder.AddParameter("password", secret: true).Resource;
        builder.AddContainer("front", "front", "2").WithEnvironment("LINE", $"user:{password}");

        var refusal = await Assert.ThrowsAsync<DistributedApplicationException>(application.StartAsync);

        Assert.Contains("variable of its own", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publish_WithoutAnEnvironment_SaysWhatToAdd()
    {
        await using var application = Application();

        var refusal = await Assert.ThrowsAsync<DistributedApplicationException>(application.StartAsync);

        Assert.Contains("AddKubernetesEnvironment", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Operation_ThatIsUnknown_IsRefused() =>
        Assert.Contains("no operation 'deploy'", Assert.Throws<DistributedApplicationException>(() => new TestApplication("--operation", "deploy")).Message, StringComparison.Ordinal);

    private TestApplication Application(params string[] args) => new(["--operation", "publish", "--output-path", _output.FullName, .. args]);

    private string Read(params string[] path) => File.ReadAllText(Path.Combine([_output.FullName, .. path]));
}

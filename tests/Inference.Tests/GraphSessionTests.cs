using Emotion.Inference.Sessions;
using Emotion.ModelRegistry.Packages;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.ML.OnnxRuntime;

namespace Emotion.Inference.Tests;

public sealed class GraphSessionTests : IDisposable
{
    private readonly Packages _packages = new();

    public void Dispose() => _packages.Dispose();

    [Fact]
    public async Task Open_Auto_RunsWithWhateverIsThere()
    {
        using var graph = Factory("auto").Open(await _packages.AudioAsync(), "classifier");

        Assert.Contains(graph.Provider, (string[])["cpu", "cuda"]);
        using var features = new PooledTensor<float>(2, 1, 300, 40);
        using var posterior = new PooledTensor<float>(2, 8);
        features.Span.Clear();
        graph.Run(["features"], [features.Value], ["posterior"], [posterior.Value]);
        Assert.Equal(1, posterior.Row(0).ToArray().Sum(), 5);
        Assert.Equal(posterior.Row(0).ToArray(), posterior.Row(1).ToArray());
    }

    [Fact]
    public async Task Open_Cuda_FailsLoudlyWhereItDoesNotLoad()
    {
        var package = await _packages.AudioAsync();

        var failure = Record.Exception(() =>
        {
            using var graph = Factory("cuda").Open(package, "classifier");
            Assert.Equal("cuda", graph.Provider);
        });

        Assert.True(failure is null or InvalidOperationException { InnerException: OnnxRuntimeException }, $"{failure}");
    }

    [Fact]
    public async Task Open_ManifestNamesAnInputThatTheGraphLacks_IsRefused()
    {
        var package = await Packages.ResealAsync(await _packages.AudioAsync(), manifest => manifest with
        {
            Graphs = [manifest.Graphs[0] with { Inputs = [new TensorManifest("sound", ["batch", "1", "300", "40"])] }],
        });

        var refused = Assert.Throws<UnservablePackageException>(() => Factory("cpu").Open(package, "classifier"));

        Assert.Contains("no input 'sound'", refused.Message);
        Assert.Contains("features", refused.Message);
    }

    [Fact]
    public async Task Open_ManifestSaysAnotherShape_IsRefused()
    {
        var package = await Packages.ResealAsync(await _packages.AudioAsync(), manifest => manifest with
        {
            Graphs = [manifest.Graphs[0] with { Inputs = [new TensorManifest("features", ["batch", "1", "200", "40"])] }],
        });

        var refused = Assert.Throws<UnservablePackageException>(() => Factory("cpu").Open(package, "classifier"));

        Assert.Contains("[-1,1,300,40], its manifest says [batch,1,200,40]", refused.Message);
    }

    [Fact]
    public async Task Open_SecondSetOfOptionsInTheProcess_HasThreadsOfItsOwn()
    {
        var package = await _packages.AudioAsync();
        var (first, second) = (Factory("cpu"), Factory("cpu", threads: 3));

        using var shared = first.Open(package, "classifier");
        using var own = second.Open(package, "classifier");

        Assert.Equal((true, false), (first.HasSharedThreads, second.HasSharedThreads));
        Assert.Equal(shared.InputNames, own.InputNames);
    }

    internal static GraphSessionFactory Factory(string provider, int threads = 1) => new(
        Options.Create(new InferenceOptions { Provider = provider, IntraOpThreads = threads }), NullLogger<GraphSessionFactory>.Instance);
}

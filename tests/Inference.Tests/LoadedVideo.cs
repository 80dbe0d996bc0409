using Emotion.Inference.Video;

namespace Emotion.Inference.Tests;

/// <summary>The video package as it comes, made and loaded once for all tests of a class that only ask it.</summary>
public sealed class LoadedVideo : IAsyncLifetime
{
    private readonly Packages _packages = new();

    public VideoModel Model { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Model = VideoModel.Load(await _packages.VideoAsync(), Packages.Runtime);

    public async ValueTask DisposeAsync()
    {
        await Model.DisposeAsync();
        _packages.Dispose();
    }
}

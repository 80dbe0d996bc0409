using Emotion.Inference.Text;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Tests;

/// <summary>Speech to text, made and loaded once for all who only ask it.</summary>
[CollectionDefinition(nameof(LoadedText))]
public sealed class LoadedText : IAsyncLifetime, ICollectionFixture<LoadedText>
{
    private readonly Packages _packages = new();

    public ModelPackage Package { get; private set; } = null!;

    public TextModel Model { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Package = await _packages.TextAsync();
        Model = TextModel.Load(Package, Packages.Runtime);
    }

    public async ValueTask DisposeAsync()
    {
        await Model.DisposeAsync();
        _packages.Dispose();
    }
}

using Emotion.Inference.Golden;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Hosting;

/// <summary>A model that <see cref="ModelHost{TModel}"/> can load, check, warm up and let go. Thread-safe while it lives.</summary>
public interface IServableModel<TSelf> : IAsyncDisposable where TSelf : class, IServableModel<TSelf>
{
    /// <summary>Its name in releases: <c>audio</c>, <c>video</c>, <c>fusion</c>.</summary>
    static abstract string ModelName { get; }

    /// <exception cref="UnservablePackageException">Graphs, labels or specs that this code cannot serve.</exception>
    static abstract TSelf Load(ModelPackage package, ModelRuntime runtime);

    /// <summary>Synthetic inputs for a golden example of this kind of model; equal on every machine.</summary>
    static abstract GoldenInputs SynthesiseGolden(TSelf model);

    ModelPackage Package { get; }

    /// <summary>Runs golden inputs through front end and graphs; the outputs by name.</summary>
    Task<IReadOnlyDictionary<string, float[]>> RunGoldenAsync(GoldenInputs inputs, CancellationToken cancellationToken);
}

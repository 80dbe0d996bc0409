using Emotion.Inference.Text;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Packaging;

namespace Emotion.Training.Tests.Words;

/// <summary>One of <see cref="SmallTexts"/> that tests only read.</summary>
[CollectionDefinition(nameof(SmallTextPackage))]
public sealed class SmallTextPackage : IAsyncLifetime, ICollectionFixture<SmallTextPackage>
{
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-small-text-").FullName;
    private Task<ModelPackage>? _withoutClassifier;

    public DataRoot Data { get; private set; } = null!;

    public ModelPackage Package { get; private set; } = null!;

    /// <summary>Folder of the package.</summary>
    public string Packages { get; private set; } = null!;

    /// <summary>Folder of the run that it is of.</summary>
    public string Run => Path.Combine(_folder, "run");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Data = SmallTexts.Corpus(_folder);
        Packages = await SmallTexts.ExportedAsync(Data, _folder);
        Package = await PackageFolder.NewestAsync(Packages, TextModel.ModelName, Token);
    }

    /// <summary>A package that only writes down what is said.</summary>
    public Task<ModelPackage> WithoutClassifierAsync()
    {
        return _withoutClassifier ??= ExportAsync();

        async Task<ModelPackage> ExportAsync()
        {
            var output = Path.Combine(_folder, "without-classifier");
            await TextPackage.ExportAsync(Data, null, output, _ => { }, Token);
            return await PackageFolder.NewestAsync(output, TextModel.ModelName, Token);
        }
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}

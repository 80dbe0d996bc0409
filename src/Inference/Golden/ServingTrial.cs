using Emotion.Inference.Audio;
using Emotion.Inference.Fusion;
using Emotion.Inference.Hosting;
using Emotion.Inference.Sessions;
using Emotion.Inference.Text;
using Emotion.Inference.Video;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Golden;

/// <summary>
/// What a service does with a package before it serves it, and parity: the golden inputs once more through the graphs as they were
/// written, without the runtime's rearrangements, must give the same numbers within the golden example's tolerance.
/// </summary>
public static class ServingTrial
{
    /// <exception cref="UnservablePackageException">It does not load, its golden example comes out otherwise, or the two ways to run its graphs differ.</exception>
    public static Task RunAsync(ModelPackage package, CancellationToken cancellationToken) => package.Name switch
    {
        "audio" => RunAsync<AudioModel>(package, cancellationToken),
        "video" => RunAsync<VideoModel>(package, cancellationToken),
        "text" => RunAsync<TextModel>(package, cancellationToken),
        "fusion" => RunAsync<FusionModel>(package, cancellationToken),
        var other => throw new UnservablePackageException($"{other}/{package.Version}: no service serves a model '{other}'; audio, video, text and fusion are served."),
    };

    private static async Task RunAsync<TModel>(ModelPackage package, CancellationToken cancellationToken) where TModel : class, IServableModel<TModel>
    {
        await using var served = TModel.Load(package, Runtime(optimise: true));
        await GoldenExample.VerifyAsync(served, cancellationToken);
        await using var written = TModel.Load(package, Runtime(optimise: false));
        var inputs = (await GoldenExample.ReadAsync(package, cancellationToken)).Inputs;
        RequireParity(package, await written.RunGoldenAsync(inputs, cancellationToken), await served.RunGoldenAsync(inputs, cancellationToken));
    }

    internal static void RequireParity(ModelPackage package, IReadOnlyDictionary<string, float[]> written, IReadOnlyDictionary<string, float[]> served)
    {
        foreach (var (name, values) in written)
        {
            if (GoldenOutput.Of(values).Difference(served[name]) is { } difference)
            {
                throw new UnservablePackageException($"{package.Name}/{package.Version}: parity, {name}: as it is served {difference}, which the graph as it was written gives.");
            }
        }
    }

    private static ModelRuntime Runtime(bool optimise) => ModelRuntime.Create(
        new InferenceOptions { Provider = "cpu", Optimise = optimise }, new BatchOptions { MaxDelay = TimeSpan.Zero });
}

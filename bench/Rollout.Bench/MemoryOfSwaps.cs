using System.Globalization;
using Emotion.Inference.Audio;
using Emotion.Inference.Fusion;
using Emotion.Inference.Golden;
using Emotion.Inference.Hosting;
using Emotion.Inference.Sessions;
using Emotion.Inference.Text;
using Emotion.Inference.Video;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;

namespace Emotion.RolloutBench;

/// <summary>
/// The memory of one process that loads a shipped package, tries it, and lets the one before go, again and again, as a service does at each
/// swap, and nothing else: what grows here grows in ONNX Runtime or its allocator, or in our own heap, which is told apart.
/// </summary>
internal static class MemoryOfSwaps
{
    private const int WarmSwaps = 10;

    public static async Task<int> RunAsync(string model, int swaps, CancellationToken cancellationToken)
    {
        var release = await ReleasePublisher.ReadReleaseAsync("models", cancellationToken);
        var package = await ModelPackage.OpenAsync(Path.Combine("models", model, release.Models[model]), cancellationToken);
        return model switch
        {
            "audio" => await RunAsync<AudioModel>(package, swaps, cancellationToken),
            "video" => await RunAsync<VideoModel>(package, swaps, cancellationToken),
            "text" => await RunAsync<TextModel>(package, swaps, cancellationToken),
            _ => await RunAsync<FusionModel>(package, swaps, cancellationToken),
        };
    }

    private static async Task<int> RunAsync<TModel>(ModelPackage package, int swaps, CancellationToken cancellationToken) where TModel : class, IServableModel<TModel>
    {
        var runtime = ModelRuntime.Create(new InferenceOptions { Provider = "cpu", ShareGraphs = false }, new BatchOptions());
        var current = await LoadAsync<TModel>(package, runtime, cancellationToken);
        var (before, remains) = (0.0, new ModelRemains(TimeProvider.System));
        for (var swap = 1; swap <= WarmSwaps + swaps; swap++)
        {
            var next = await LoadAsync<TModel>(package, runtime, cancellationToken);
            await current.DisposeAsync();
            remains.ModelGone();
            current = next;
            if (swap == WarmSwaps || (swap > WarmSwaps && (swap - WarmSwaps) % Math.Max(1, swaps / 10) == 0))
            {
                // Garbage of our own is no growth, and hides what is.
                var heap = GC.GetTotalMemory(forceFullCollection: true) / 1048576.0;
                var resident = Resident();
                before = swap == WarmSwaps ? resident : before;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{TModel.ModelName} {swap - WarmSwaps,4} swaps: {resident:0.0} MB resident, x{resident / before:0.000}; {heap:0.0} MB of them our own heap's"));
            }
        }

        await current.DisposeAsync();
        return 0;
    }

    private static async Task<TModel> LoadAsync<TModel>(ModelPackage package, ModelRuntime runtime, CancellationToken cancellationToken)
        where TModel : class, IServableModel<TModel>
    {
        var loaded = TModel.Load(package, runtime);
        await GoldenExample.VerifyAsync(loaded, cancellationToken);
        return loaded;
    }

    private static double Resident() => double.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;
}

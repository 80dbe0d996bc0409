using System.Diagnostics;
using Emotion.Inference.Golden;
using Emotion.Inference.Sessions;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Hosting;

/// <summary>One version of a model from the registry to one that may serve: fetched, checked, built, tried; beside requests with as little harm to them as can be.</summary>
internal sealed class ModelLoader<TModel>(Registry registry, ModelRuntime runtime, ModelHostOptions options, ModelRemains remains)
    where TModel : class, IServableModel<TModel>
{
    /// <summary>Threads that are begun by a slow one are slow for ever: where graphs bring theirs with them, no load steps back.</summary>
    private readonly int _niceness = runtime.Sessions.HasSharedThreads ? options.LoadNiceness : 0;

    /// <param name="beside">This replica answers requests meanwhile. Who does not answer yet disturbs nobody, and waits for nobody.</param>
    /// <exception cref="UnservablePackageException">It cannot be served, or its golden example comes out otherwise; or it takes too long, or the disk does not take it.</exception>
    /// <exception cref="PackageIntegrityException">It is not what was published.</exception>
    public async Task<TModel> LoadAsync(string version, bool beside, CancellationToken cancellationToken)
    {
        using var activity = InferenceInstruments.Activities.StartActivity("model.load");
        activity?.SetTag("emotion.model", TModel.ModelName).SetTag("emotion.version", version);
        using var deadline = new CancellationTokenSource(options.LoadTimeout, runtime.Clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var started = runtime.Clock.GetTimestamp();
        var model = new KeyValuePair<string, object?>("model", TModel.ModelName);
        try
        {
            // Bytes that are on their way hold up nobody's turn; reading and hashing them takes a core as building does.
            var package = await registry.FetchAsync(TModel.ModelName, version, open => CheckAsync(open, beside, both.Token), both.Token);
            var loaded = await BuildAsync(package, beside, both.Token);
            InferenceInstruments.Loads.Add(1, model, new("outcome", "ok"));
            InferenceInstruments.LoadTime.Record(runtime.Clock.GetElapsedTime(started).TotalSeconds, model);
            InferenceInstruments.Loaded.Add(1, model, new("version", version));
            return loaded;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && Costly(version, failure, deadline.IsCancellationRequested) is { } costly)
        {
            Failed(activity, model, costly);
            throw costly;
        }
        catch (Exception failure)
        {
            Failed(activity, model, failure);
            throw;
        }
    }

    private static void Failed(Activity? activity, KeyValuePair<string, object?> model, Exception failure)
    {
        activity?.SetStatus(ActivityStatusCode.Error, failure.Message);
        InferenceInstruments.Loads.Add(1, model, new("outcome", "failed"));
    }

    /// <summary>What would fail in the same way the next time, after as much work: said so, that it is not tried again at each look.</summary>
    private UnservablePackageException? Costly(string version, Exception failure, bool isLate) => failure switch
    {
        UnservablePackageException or PackageIntegrityException => null,
        _ when isLate => new UnservablePackageException(
            $"{TModel.ModelName}/{version} took longer than ModelHost:LoadTimeout ({options.LoadTimeout}) to be fetched, checked and built.", failure),
        _ when IsOfTheDisk(failure) => new UnservablePackageException(
            $"{TModel.ModelName}/{version} cannot be kept in '{registry.CacheDirectory}' (ModelRegistry:CacheDirectory): {failure.Message}", failure),
        _ => null,
    };

    /// <summary>What the system refuses of a file comes with its number; what breaks off on the network comes with none of its own.</summary>
    private static bool IsOfTheDisk(Exception failure) =>
        failure is UnauthorizedAccessException || (failure is IOException and not HttpIOException && failure.HResult != new IOException().HResult);

    private async Task<ModelPackage> CheckAsync(Func<ModelPackage> open, bool beside, CancellationToken cancellationToken)
    {
        using var turn = await TurnAsync(beside, cancellationToken);
        return await SlowlyAsync("check", open);
    }

    private async Task<TModel> BuildAsync(ModelPackage package, bool beside, CancellationToken cancellationToken)
    {
        using var turn = await TurnAsync(beside, cancellationToken);
        var loaded = await SlowlyAsync("load", () => TModel.Load(package, runtime));
        try
        {
            await GoldenExample.VerifyAsync(loaded, cancellationToken);
            NativeMemory.GiveBack(); // What reading and rearranging the graphs took.
            return loaded;
        }
        catch
        {
            await loaded.DisposeAsync();
            remains.ModelGone();
            throw;
        }
    }

    private async Task<IDisposable?> TurnAsync(bool beside, CancellationToken cancellationToken) => beside && options.LoadsTakeTurns
        ? await LoadTurn.TakeAsync(registry.CacheDirectory, options.TurnTimeout, cancellationToken)
        : null;

    private Task<T> SlowlyAsync<T>(string what, Func<T> work) => LowPriority.RunAsync(_niceness, $"{what} {TModel.ModelName}", work);
}

namespace Emotion.Inference.Hosting;

/// <summary>
/// The right to use a model until disposed. A model that was replaced meanwhile lives as long as somebody holds a lease; the last
/// one to go disposes it.
/// </summary>
public sealed class ModelLease<TModel> : IAsyncDisposable where TModel : class, IServableModel<TModel>
{
    private readonly SharedModel<TModel> _shared;
    private int _disposed;

    internal ModelLease(SharedModel<TModel> shared, string release)
    {
        _shared = shared;
        Release = release;
    }

    public TModel Model => _disposed == 0 ? _shared.Model : throw new ObjectDisposedException(nameof(ModelLease<TModel>));

    public string Release { get; }

    public string ModelName => TModel.ModelName;

    public string Version => _shared.Model.Package.Version;

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _disposed, 1) == 0 ? _shared.ReleaseAsync() : ValueTask.CompletedTask;
}

/// <summary>A loaded version, counted: one for each release that has it and one for each lease.</summary>
internal sealed class SharedModel<TModel>(TModel model) where TModel : class, IServableModel<TModel>
{
    private int _holders = 1;

    public TModel Model { get; } = model;

    /// <summary>False when the last holder has gone already.</summary>
    public bool TryHold()
    {
        for (var holders = Volatile.Read(ref _holders); holders > 0; holders = Volatile.Read(ref _holders))
        {
            if (Interlocked.CompareExchange(ref _holders, holders + 1, holders) == holders)
            {
                return true;
            }
        }

        return false;
    }

    public async ValueTask ReleaseAsync()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            InferenceInstruments.Loaded.Add(-1, new("model", TModel.ModelName), new("version", Model.Package.Version));
            await Model.DisposeAsync();
        }
    }
}

using Emotion.Features;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Emotion.Inference.Hosting;

/// <summary>
/// Keeps the models of all channels' releases in memory. Follows the channels; a new release is fetched, checked by SHA-256, built
/// and run over its golden example before one atomic exchange makes it visible. A load that fails leaves the last good release in
/// its place, is told by <see cref="Snapshot"/>, and is tried again. Releases that share a version share one copy.
/// </summary>
public sealed partial class ModelHost<TModel> : BackgroundService where TModel : class, IServableModel<TModel>
{
    /// <summary>Other processes with the same cache see by it that what is loaded here is in use.</summary>
    private static readonly TimeSpan BetweenTidyings = TimeSpan.FromMinutes(10);

    private readonly Registry _registry;
    private readonly ModelRuntime _runtime;
    private readonly ModelHostOptions _options;
    private readonly ILogger<ModelHost<TModel>> _logger;
    private readonly Dictionary<string, ChannelState> _channels;
    private readonly HeldReleases _held;
    private readonly ModelRemains _remains;
    private readonly ModelLoader<TModel> _loader;
    private volatile State _state = new([], [], "", "");
    private long? _tidied;

    public ModelHost(
        Registry registry, ModelRuntime runtime, IOptions<ModelHostOptions> options, ILogger<ModelHost<TModel>> logger)
    {
        _registry = registry;
        _runtime = runtime;
        _options = options.Value;
        _logger = logger;
        _channels = _options.ChannelsOrDefault.ToDictionary(name => name, _ => new ChannelState());
        _held = new HeldReleases(_options, runtime.Clock);
        _remains = new ModelRemains(runtime.Clock);
        _loader = new ModelLoader<TModel>(registry, runtime, _options, _remains);
    }

    public ModelHostSnapshot Snapshot
    {
        get
        {
            var state = _state;
            return new ModelHostSnapshot(
                [.. state.Releases.Values.Select(release => release.Loaded)], state.DefaultRelease, state.LastFailure)
            {
                IsIdle = state.IsIdle,
                Listed = state.Listed,
            };
        }
    }

    /// <summary>
    /// A gateway offers these, or has analyses under way with them: what is loaded stays as if it was asked for, and what is not is loaded
    /// at the next look, so that a replica that starts late has all that is offered.
    /// </summary>
    public void Hold(IEnumerable<string> releases)
    {
        var state = _state;
        foreach (var name in releases)
        {
            if (state.Releases.TryGetValue(name, out var loaded))
            {
                loaded.LastAsked = _runtime.Clock.GetTimestamp();
            }
            else
            {
                _held.Add(name);
            }
        }
    }

    /// <summary>The model of a release, or of the default one where <paramref name="release"/> is empty.</summary>
    /// <exception cref="ModelUnavailableException">Nothing is loaded yet.</exception>
    /// <exception cref="ReleaseNotLoadedException">Other releases are, this one is not.</exception>
    public ModelLease<TModel> Acquire(string? release)
    {
        while (true)
        {
            var state = _state;
            var name = string.IsNullOrEmpty(release) ? state.DefaultRelease : release;
            if (state.Releases.Count == 0 || name.Length == 0)
            {
                throw new ModelUnavailableException(
                    $"No {TModel.ModelName} model is loaded yet. {state.LastFailure}".TrimEnd());
            }

            if (!state.Releases.TryGetValue(name, out var found))
            {
                // Who starts late is not ready, and says so, so that a client's own retry goes to another replica.
                throw state.DefaultRelease.Length == 0
                    ? new ModelUnavailableException($"The {TModel.ModelName} service still loads; release '{name}' is not there yet.")
                    : new ReleaseNotLoadedException(name, state.Releases.Keys);
            }

            // Fails only when the state was exchanged in between; then the new one has the answer.
            if (found.Shared.TryHold())
            {
                found.LastAsked = _runtime.Clock.GetTimestamp();
                return new ModelLease<TModel>(found.Shared, name);
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await ExchangeAsync(new State([], [], "", "The service stops."));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var outcome in (string[])["ok", "failed"])
        {
            InferenceInstruments.Loads.Add(0, new("model", TModel.ModelName), new("outcome", outcome)); // The first one that fails is to be seen as one more.
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            await RefreshAsync(stoppingToken);
            _remains.GiveBackIfDue();
            // Somebody waits for the first model.
            var interval = _state.DefaultRelease.Length > 0 || _state.IsIdle ? _options.PollInterval : _options.PollInterval / 10;
            await Task.Delay(interval * (1 + 0.2 * Random.Shared.NextDouble()), _runtime.Clock, stoppingToken);
        }
    }

    /// <summary>Looks at every channel once, loads what is new, lets go what nobody offers any more.</summary>
    internal async Task RefreshAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, channel) in _channels)
        {
            if (_runtime.Clock.GetUtcNow() < channel.RetryAt)
            {
                continue;
            }

            try
            {
                await FollowAsync(name, channel, cancellationToken);
                channel.Succeeded();
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                // The last good release stays; health and status tell.
                // Only what costs much to try again waits longer each time: a registry that is away may be back at any moment.
                var costly = failure is UnservablePackageException or PackageIntegrityException;
                channel.Failed($"{name}: {failure.Message}", _runtime.Clock.GetUtcNow(), costly ? _options : null);
                LogFailed(TModel.ModelName, name, failure);
            }
        }

        foreach (var held in _held.Due())
        {
            await TryHoldAsync(held, cancellationToken);
        }

        await SettleAsync();
        await TidyIfDueAsync();
    }

    private async Task TidyIfDueAsync()
    {
        if (_tidied is { } last && _runtime.Clock.GetElapsedTime(last) < BetweenTidyings)
        {
            return;
        }

        _tidied = _runtime.Clock.GetTimestamp();
        var loaded = _state.Releases.Values.Select(release => release.Loaded.Version).Distinct().ToList();
        var (oneHour, twoLoads) = (TimeSpan.FromHours(1), 2 * _options.LoadTimeout);
        try
        {
            var tidied = await Task.Run(() => _registry.TidyCache(TModel.ModelName, loaded, oneHour > twoLoads ? oneHour : twoLoads));
            if (tidied.Deleted.Count > 0)
            {
                LogTidied(tidied.Deleted.Count, string.Join(", ", tidied.Deleted));
            }

            if (tidied.Kept.Count > 0)
            {
                LogNotDeleted(string.Join(", ", tidied.Kept));
            }
        }
        catch (Exception failure)
        {
            LogNotTidied(failure); // Nothing that is served hangs on it.
        }
    }

    private async Task TryHoldAsync(string release, CancellationToken cancellationToken)
    {
        try
        {
            if (_state.Releases.ContainsKey(release) || await TryAddAsync(await _registry.ReleaseAsync(release, cancellationToken), cancellationToken))
            {
                _held.Loaded(release);
            }
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            // Those that gateways offer are on other replicas; nothing that a channel points at is missing for it.
            LogNotHeld(TModel.ModelName, release, failure);
        }
    }

    private async Task FollowAsync(string name, ChannelState channel, CancellationToken cancellationToken)
    {
        var etag = await _registry.ChannelETagAsync(name, cancellationToken);
        if (etag == channel.ETag)
        {
            return;
        }

        if (await _registry.ChannelAsync(name, cancellationToken) is not { } snapshot)
        {
            (channel.ETag, channel.Release, channel.IsWithout) = (null, null, false);
            return;
        }

        if (snapshot.Channel.Generation < channel.Generation)
        {
            throw new PackageIntegrityException(
                $"channel went back from generation {channel.Generation} to {snapshot.Channel.Generation}: refused.");
        }

        var release = snapshot.Channel.Release;
        channel.IsWithout = !_state.Releases.ContainsKey(release)
            && !await TryAddAsync(await _registry.ReleaseAsync(release, cancellationToken), cancellationToken);
        (channel.ETag, channel.Release, channel.Generation) = (snapshot.ETag, channel.IsWithout ? null : release, snapshot.Channel.Generation);
    }

    /// <returns>False for a release without such a model, where that may be.</returns>
    private async Task<bool> TryAddAsync(ReleaseManifest release, CancellationToken cancellationToken)
    {
        if (!release.Models.TryGetValue(TModel.ModelName, out var version))
        {
            return _options.Optional
                ? false
                : throw new UnservablePackageException($"release {release.Release} has no {TModel.ModelName} model.");
        }

        var shared = _state.Releases.Values.FirstOrDefault(other => other.Shared.Model.Package.Version == version)?.Shared;
        if (shared is null || !shared.TryHold())
        {
            shared = new SharedModel<TModel>(await _loader.LoadAsync(version, beside: _state.DefaultRelease.Length > 0, cancellationToken));
        }

        var window = new ClipWindowSpec
        {
            LengthSeconds = release.ClipWindow.LengthSeconds,
            MinimumTailSeconds = release.ClipWindow.MinimumTailSeconds,
        };
        var manifest = shared.Model.Package.Manifest;
        var loaded = new LoadedModel(release.Release, TModel.ModelName, version, window, manifest.CoveredLabels, manifest.License);
        var added = new LoadedRelease(loaded, shared)
        {
            LastAsked = _runtime.Clock.GetTimestamp(),
        };
        _state = _state with { Releases = new(_state.Releases) { [release.Release] = added } };
        LogLoaded(TModel.ModelName, version, release.Release);
        return true;
    }

    private async ValueTask SettleAsync()
    {
        var listed = _channels.Values.Select(channel => channel.Release).OfType<string>().ToHashSet();
        var kept = _state.Releases
            .Where(entry => listed.Contains(entry.Key)
                || _runtime.Clock.GetElapsedTime(entry.Value.LastAsked) < _options.KeepUnlisted)
            .ToDictionary();
        // Whoever starts late is not ready before it has tried every release that is offered.
        var tried = _channels.Values.All(channel => channel.Tried);
        var standard = _channels.Values.Select(channel => channel.Release)
            .FirstOrDefault(release => tried && release is not null && kept.ContainsKey(release));
        var failures = string.Join("; ", _channels.Values.Select(channel => channel.Failure).Where(failure => failure.Length > 0));
        await ExchangeAsync(new State(kept, listed, standard ?? "", failures, tried && standard is null && _channels.Values.Any(channel => channel.IsWithout)));
    }

    private async ValueTask ExchangeAsync(State next)
    {
        var before = _state;
        _state = next;
        foreach (var (name, gone) in before.Releases.Where(entry => !next.Releases.ContainsKey(entry.Key)))
        {
            LogLetGo(TModel.ModelName, name);
            await gone.Shared.ReleaseAsync();
            _remains.ModelGone();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Loaded {Model} {Version} for release {Release}")]
    private partial void LogLoaded(string model, string version, string release);

    [LoggerMessage(Level = LogLevel.Error, Message = "The {Model} model of channel {Channel} does not load; the last good one stays")]
    private partial void LogFailed(string model, string channel, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The {Model} model of release {Release}, which a gateway holds, does not load")]
    private partial void LogNotHeld(string model, string release, Exception failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted {Count} folders of the cache that nobody uses: {Folders}")]
    private partial void LogTidied(int count, string folders);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What nobody uses of the cache cannot be deleted: {Folders}")]
    private partial void LogNotDeleted(string folders);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The cache of packages cannot be tidied")]
    private partial void LogNotTidied(Exception failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "Let go {Model} of release {Release}")]
    private partial void LogLetGo(string model, string release);

    private sealed record State(Dictionary<string, LoadedRelease> Releases, HashSet<string> Listed, string DefaultRelease, string LastFailure, bool IsIdle = false);

    private sealed record LoadedRelease(LoadedModel Loaded, SharedModel<TModel> Shared)
    {
        private long _lastAsked;

        public long LastAsked
        {
            get => Volatile.Read(ref _lastAsked);
            set => Volatile.Write(ref _lastAsked, value);
        }
    }

    private sealed class ChannelState
    {
        private TimeSpan _backOff;

        public string? ETag { get; set; }

        /// <summary>The release that this channel's last good state points at.</summary>
        public string? Release { get; set; }

        /// <summary>That release has no such model.</summary>
        public bool IsWithout { get; set; }

        public long Generation { get; set; }

        public string Failure { get; private set; } = "";

        public DateTimeOffset RetryAt { get; private set; }

        public bool Tried { get; private set; }

        public void Succeeded() => (Tried, Failure, _backOff, RetryAt) = (true, "", TimeSpan.Zero, default);

        /// <param name="options">Null: at the next poll again.</param>
        public void Failed(string failure, DateTimeOffset now, ModelHostOptions? options)
        {
            (Tried, Failure) = (true, failure);
            if (options is null)
            {
                return;
            }

            RetryAt = now + _backOff;
            var next = _backOff == TimeSpan.Zero ? options.PollInterval : _backOff * 2;
            _backOff = next < options.MaxRetryInterval ? next : options.MaxRetryInterval;
        }
    }
}

using System.Collections.Concurrent;

namespace Emotion.Inference.Hosting;

/// <summary>Releases that gateways hold and that are not loaded here: a bounded number, each forgotten when nobody names it any more.</summary>
internal sealed class HeldReleases(ModelHostOptions options, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, Held> _held = new(StringComparer.Ordinal);

    /// <summary>One more than <see cref="ModelHostOptions.MaximumHeld"/> is left out: whoever may call may name any.</summary>
    public void Add(string release)
    {
        if (_held.TryGetValue(release, out var known))
        {
            known.NamedAt = clock.GetTimestamp();
        }
        else if (release.Length > 0 && _held.Count < options.MaximumHeld)
        {
            _held.TryAdd(release, new Held { NamedAt = clock.GetTimestamp() });
        }
    }

    /// <summary>What is to be tried now. One that fails, or has no such model, is tried again after the longest interval.</summary>
    public IReadOnlyList<string> Due()
    {
        foreach (var (release, held) in _held)
        {
            if (clock.GetElapsedTime(held.NamedAt) >= options.KeepUnlisted)
            {
                _held.TryRemove(release, out _);
            }
        }

        var now = clock.GetUtcNow();
        var due = _held.Where(held => held.Value.TryAt <= now).ToList();
        due.ForEach(held => held.Value.TryAt = now + options.MaxRetryInterval);
        return [.. due.Select(held => held.Key)];
    }

    public void Loaded(string release) => _held.TryRemove(release, out _);

    private sealed class Held
    {
        private long _namedAt;

        public long NamedAt
        {
            get => Volatile.Read(ref _namedAt);
            set => Volatile.Write(ref _namedAt, value);
        }

        /// <summary>Of the host's one thread.</summary>
        public DateTimeOffset TryAt { get; set; }
    }
}

using System.Collections.Concurrent;
using Grpc.Core;

namespace Emotion.Gateway.Tests;

/// <summary>
/// What one replica has loaded: what channels list, and what a gateway holds. The strictest that is allowed: what is neither for two
/// polls is gone, and whoever asks for it is refused.
/// </summary>
public sealed class FakeLoads(Func<IReadOnlyList<string>> listed)
{
    private const int PollsKept = 2;

    /// <summary>By release, the polls since somebody wanted it.</summary>
    private readonly ConcurrentDictionary<string, int> _loaded = new();

    /// <summary>It answers nobody who asks what it has loaded.</summary>
    public bool Hangs { get; set; }

    public IReadOnlyList<string> Poll(IReadOnlyCollection<string> held)
    {
        var channels = listed();
        if (channels.Count == 0)
        {
            _loaded.Clear();
            return [];
        }

        foreach (var release in channels.Concat(_loaded.Keys).ToHashSet())
        {
            var unwanted = channels.Contains(release) || held.Contains(release) ? 0 : _loaded[release] + 1;
            if (unwanted < PollsKept)
            {
                _loaded[release] = unwanted;
            }
            else
            {
                _loaded.TryRemove(release, out _);
            }
        }

        return [.. channels, .. _loaded.Keys.Except(channels)];
    }

    public void Require(string release)
    {
        if (!_loaded.ContainsKey(release))
        {
            throw new RpcException(new Status(StatusCode.NotFound, $"Release '{release}' is not loaded."));
        }
    }
}

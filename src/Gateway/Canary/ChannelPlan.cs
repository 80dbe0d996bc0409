namespace Emotion.Gateway.Canary;

/// <summary>What a channel of the registry asks for.</summary>
/// <param name="Share">Of the requests, 0..1, above 0.</param>
/// <param name="Generation">Of the channel: another one is another plan, even for the same release.</param>
public sealed record ChannelPlan(string Release, double Share, long Generation)
{
    /// <summary>The same for the same key on every gateway and at every share: whoever is in at 5 % is in at 20 % too.</summary>
    public bool Takes(string key) => StableHash.Share(Release, key) < Share;
}

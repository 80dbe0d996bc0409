namespace Emotion.Client;

/// <summary>Who asks, and how often and how long is tried again where the gateway is full, away for a moment, or lost on the way.</summary>
public sealed record EmotionClientOptions
{
    /// <summary>The key, <c>emo_...</c>; null where the gateway asks for none. <see cref="EmotionKey"/> finds that of this machine.</summary>
    public string? Key { get; init; }

    /// <summary>Tries after the first one; 0 to fail at once.</summary>
    public int MaximumRetries { get; init; } = 5;

    /// <summary>Before the first of them; doubled each time, with up to a quarter more or less, so that many clients do not come together.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>At most; also where the gateway asks for more (<c>Retry-After</c>).</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Where the gateway asks for more than this, as when a day's clips are used up, it is not tried again.</summary>
    public TimeSpan LongestAsked { get; init; } = TimeSpan.FromMinutes(5);
}

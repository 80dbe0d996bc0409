namespace Emotion.Client;

/// <summary>How often and how long the client tries again where the gateway is full, away for a moment, or lost on the way.</summary>
public sealed record EmotionClientOptions
{
    /// <summary>Tries after the first one; 0 to fail at once.</summary>
    public int MaximumRetries { get; init; } = 5;

    /// <summary>Before the first of them; doubled each time, with up to a quarter more or less, so that many clients do not come together.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>At most; also where the gateway asks for more (<c>Retry-After</c>).</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(15);
}

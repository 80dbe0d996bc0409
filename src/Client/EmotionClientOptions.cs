namespace Emotion.Client;

/// <summary>Who asks, and how often and how long is tried again where the gateway is full, away for a moment, or lost on the way.</summary>
public sealed record EmotionClientOptions
{
    /// <summary>The key, <c>emo_...</c>; null where the gateway asks for none. <see cref="EmotionKey"/> finds that of this machine.</summary>
    public string? Key { get; init; }

    /// <summary>
    /// A clip of at least so many bytes is sent in pieces, and goes on where it broke off, if its stream can seek; <see cref="long.MaxValue"/>: none is. In
    /// pieces all of it has to come to the same gateway, where there are several.
    /// </summary>
    public long InPiecesFrom { get; init; } = 16 * 1024 * 1024;

    /// <summary>Of a piece.</summary>
    public long PieceBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Tries after the first one; 0 to fail at once.</summary>
    public int MaximumRetries { get; init; } = 5;

    /// <summary>Before the first of them; doubled each time, with up to a quarter more or less, so that many clients do not come together.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>At most; also where the gateway asks for more (<c>Retry-After</c>).</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Where the gateway asks for more than this, as when a day's clips are used up, it is not tried again.</summary>
    public TimeSpan LongestAsked { get; init; } = TimeSpan.FromMinutes(5);
}

namespace Emotion.Gateway.Limits;

/// <summary>What a key has used today.</summary>
/// <param name="Clips">That it has sent.</param>
/// <param name="Seconds">Of those that were analysed.</param>
public readonly record struct DayUsage(int Clips, double Seconds);

namespace Emotion.ScaleBench.Measuring;

/// <summary>One call of an open load; seconds since its start.</summary>
internal readonly record struct OpenCall(double Asked, double Ended, OpenOutcome Outcome)
{
    public double Latency => Ended - Asked;
}

/// <summary>How it ended.</summary>
internal enum OpenOutcome
{
    Answered,
    Refused,
    RefusedWithoutHint,
    Failed,
}

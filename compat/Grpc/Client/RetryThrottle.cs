using Grpc.Net.Client.Configuration;

namespace Grpc.Net.Client;

/// <summary>Stops retries of a whole channel while most of its calls fail, so that they do not drown a server that is down.</summary>
internal sealed class RetryThrottle
{
    private readonly double _max;
    private readonly double _ratio;
    private readonly Lock _lock = new();
    private double _tokens;

    private RetryThrottle(double max, double ratio) => (_max, _tokens, _ratio) = (max, max, ratio);

    public static RetryThrottle? Create(RetryThrottlingPolicy? policy) => policy switch
    {
        null => null,
        { MaxTokens: > 0 and var max, TokenRatio: > 0 and var ratio } => new RetryThrottle(max, ratio),
        _ => throw new InvalidOperationException("Retry throttling needs MaxTokens and TokenRatio above 0."),
    };

    public bool AllowsRetry
    {
        get
        {
            lock (_lock)
            {
                return _tokens > _max / 2;
            }
        }
    }

    public void Failed() => Add(-1);

    public void Succeeded() => Add(_ratio);

    private void Add(double tokens)
    {
        lock (_lock)
        {
            _tokens = Math.Clamp(_tokens + tokens, 0, _max);
        }
    }
}

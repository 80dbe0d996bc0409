namespace Emotion.Serving.Tests;

public sealed class CallLimiterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rest_WhoReadsBetween_LetsOthersComputeAndKeepsItsPlace()
    {
        using var limiter = new CallLimiter("read", atOnce: 1, waiting: 1);
        using var reads = await limiter.EnterAsync(Token);
        var next = limiter.EnterAsync(Token);
        Assert.False(next.IsCompleted);

        reads.Rest();
        reads.Rest();

        var computes = await next;
        Assert.Throws<Inference.QueueFullException>(limiter.Admit);
        var again = reads.ComputeAsync(Token);
        Assert.False(again.IsCompleted);
        computes.Dispose();
        await again;
    }
}

using Emotion.Inference.Sessions;

namespace Emotion.Inference.Tests;

public sealed class TurnstileTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Enter_SomeAreOfABatch_GoBehindWhatSomebodyWaitsForButNotForEver()
    {
        var turnstile = new Turnstile(atOnce: 1, headStart: 3);
        var entered = new List<string>();
        await turnstile.EnterAsync(Token);
        Task[] all = [PassAsync("batch", ofBatch: true), .. Enumerable.Range(1, 4).Select(i => PassAsync($"alone {i}", ofBatch: false))];

        turnstile.Leave();
        await Task.WhenAll(all);

        // Its turn is the fourth, as that of the third one who came after it.
        Assert.Equal(["alone 1", "alone 2"], entered[..2]);
        Assert.Equal("alone 4", entered[^1]);

        async Task PassAsync(string who, bool ofBatch)
        {
            WorkPriority.IsOfBatch = ofBatch;
            await turnstile.EnterAsync(Token);
            entered.Add(who);
            turnstile.Leave();
        }
    }

    [Fact]
    public async Task Enter_WhoWaitedHasGone_LetsTheNextOneIn()
    {
        var turnstile = new Turnstile(atOnce: 1, headStart: 2);
        using var impatient = new CancellationTokenSource();
        await turnstile.EnterAsync(Token);
        var gone = turnstile.EnterAsync(impatient.Token);
        var next = turnstile.EnterAsync(Token);

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        Assert.False(next.IsCompleted);
        turnstile.Leave();

        await next;
        turnstile.Leave();
        Assert.True(turnstile.EnterAsync(Token).IsCompletedSuccessfully);
    }
}

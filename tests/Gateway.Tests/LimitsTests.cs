using System.Net;
using Emotion.Gateway.Keys;
using Emotion.Gateway.Limits;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Tests;

/// <summary>How much one key may ask for.</summary>
public sealed class LimitsTests(TestClips clips)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void Bucket_FillsWithTimeUpToItsBurst()
    {
        var clock = new ManualClock();
        var bucket = new TokenBucket(clock);

        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(_ => bucket.Take(perMinute: 60, burst: 2).IsTaken));
        Assert.Equal(TimeSpan.FromSeconds(1), bucket.Take(60, 2).RetryAfter);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(new Taken(true, 0, TimeSpan.FromSeconds(2), TimeSpan.Zero), bucket.Take(60, 2));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(new Taken(true, 1, TimeSpan.FromSeconds(1), TimeSpan.Zero), bucket.Take(60, 2));
    }

    [Fact]
    public void Buckets_InMemory_AreBounded()
    {
        var rates = new RequestRates(Options.Create(new LimitOptions { MaximumBuckets = 10 }), new ManualClock());

        foreach (var number in Enumerable.Range(0, 1000))
        {
            rates.Take($"key {number}", new EffectiveLimits(60, 2, 1, 1, 1));
        }

        Assert.InRange(rates.Buckets, 1, 10);
    }

    [Fact]
    public async Task Requests_FasterThanAllowed_Are429AndToldWhenToComeBack()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(TimeProvider.System);
        using var http = await AsAsync(system, new KeyLimits { RequestsPerMinute = 1, Burst = 2 }, KeyScope.Read);
        using var other = await system.AsAsync(KeyScope.Read);

        var since = TimeProvider.System.GetTimestamp();
        using var first = await http.AskAsync("/v1/analyses");
        await http.AskAsync("/v1/keys"); // What is forbidden counts, too.
        var (refused, reason) = await http.AskAsync("/v1/analyses").ProblemAsync();
        var passed = TimeProvider.System.GetElapsedTime(since).TotalSeconds;

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal("\"requests\";q=2;w=120", Field(first, "RateLimit-Policy"));
        Assert.Equal("\"requests\";r=1;t=60", Field(first, "RateLimit"));
        Assert.Equal((HttpStatusCode.TooManyRequests, "rate-limited"), (refused.StatusCode, reason));
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 60 - passed, 60);
        Assert.StartsWith("\"requests\";r=0;t=", Field(refused, "RateLimit"), StringComparison.Ordinal);
        Assert.InRange(double.Parse(Field(refused, "RateLimit").Split("t=")[1]), 120 - passed, 120);
        Assert.Equal(HttpStatusCode.OK, (await other.AskAsync("/v1/analyses")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.AskAsync("/alive")).StatusCode);
    }

    [Fact]
    public async Task Analyses_AtOnceMoreThanAllowed_Are429UntilOneEnds()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(TimeProvider.System);
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);
        using var http = await AsAsync(system, new KeyLimits { ConcurrentAnalyses = 1 }, KeyScope.Analyse, KeyScope.Read);
        using var other = await system.AsAsync(KeyScope.Analyse);
        using var accepted = await http.PostRawAsync(clips.SoundOnly(), "");

        var (refused, reason) = await http.PostRawAsync(clips.SoundOnly(), "").ProblemAsync();

        Assert.Equal((HttpStatusCode.TooManyRequests, "too-many-at-once"), (refused.StatusCode, reason));
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.Accepted, (await other.PostRawAsync(clips.SoundOnly(), "")).StatusCode);
        hold.SetResult();
        await http.AskAsync($"{accepted.Headers.Location}?wait=true").AnswerAsync();
        await http.PostRawAsync(clips.SoundOnly()).AnswerAsync();
    }

    [Fact]
    public async Task Clips_MoreThanADays_Are429UntilMidnightAndAfterARestart()
    {
        var clock = new ShiftedClock();
        await using var system = await FakeSystem.StartWithKeysAsync(clock);
        var made = await MakeAsync(system, new KeyLimits { ClipsPerDay = 1 }, KeyScope.Analyse);
        using (var http = system.As(made.Secret))
        {
            http.DefaultRequestHeaders.Add("Idempotency-Key", "once");
            using var first = await http.PostRawAsync(clips.SoundOnly());
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
            Assert.StartsWith("\"clips\";r=0;t=", Field(first, "RateLimit").Split(", ")[1], StringComparison.Ordinal);
            await http.PostRawAsync(clips.SoundOnly()).AnswerAsync(); // The same again is no other clip.
        }

        await system.Gateway.StopAsync(Cancelled);
        await system.RestartGatewayAsync();
        using var again = system.As(made.Secret);
        var (refused, reason) = await again.PostRawAsync(clips.SoundOnly()).ProblemAsync();

        Assert.Equal((HttpStatusCode.TooManyRequests, "quota-exceeded"), (refused.StatusCode, reason));
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        clock.Advance(TimeSpan.FromDays(1));
        await again.PostRawAsync(clips.SoundOnly()).AnswerAsync();
    }

    [Fact]
    public async Task Seconds_MoreThanADays_Are429UntilMidnight()
    {
        var clock = new ShiftedClock();
        using var used = new Measured("emotion.gateway.quota.used");
        await using var system = await FakeSystem.StartWithKeysAsync(clock);
        using var http = await AsAsync(system, new KeyLimits { SecondsPerDay = 3 }, KeyScope.Analyse, KeyScope.Read);
        using var first = await http.PostRawAsync(clips.SoundOnly());
        using var second = await http.PostRawAsync(clips.SoundOnly()); // 2 s each: the second goes beyond, which nobody knew when it came.

        var (refused, reason) = await http.PostRawAsync(clips.SoundOnly()).ProblemAsync();

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], new[] { first.StatusCode, second.StatusCode });
        Assert.Contains("\"seconds\";q=3;w=86400", Field(second, "RateLimit-Policy"), StringComparison.Ordinal);
        Assert.Contains("\"seconds\";r=1;t=", Field(second, "RateLimit"), StringComparison.Ordinal);
        Assert.Contains("0.67 seconds", used.Lines);
        Assert.Equal((HttpStatusCode.TooManyRequests, "quota-exceeded"), (refused.StatusCode, reason));
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        clock.Advance(TimeSpan.FromDays(1));
        await http.PostRawAsync(clips.SoundOnly()).AnswerAsync();
    }

    [Fact]
    public async Task Batch_OfMoreClipsThanAreLeftToday_IsRefusedWhole()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(TimeProvider.System);
        using var http = await AsAsync(system, new KeyLimits { ClipsPerDay = 3, ConcurrentAnalyses = 1 }, KeyScope.Analyse, KeyScope.Read);

        Assert.Equal("quota-exceeded", (await http.PostAsync("/v1/batches", Form(4), Cancelled).ProblemAsync()).Reason);
        using (var two = await http.PostAsync("/v1/batches", Form(2), Cancelled))
        {
            Assert.Equal(HttpStatusCode.Accepted, two.StatusCode);
            Assert.StartsWith("\"clips\";r=1;t=", Field(two, "RateLimit").Split(", ")[1], StringComparison.Ordinal);
        }

        Assert.Equal("quota-exceeded", (await http.PostAsync("/v1/batches", Form(2), Cancelled).ProblemAsync()).Reason);
        await http.PostRawAsync(clips.SoundOnly()).AnswerAsync(); // What waits of a batch takes no place of one that comes alone.
        Assert.Single((await http.AskAsync("/v1/batches").AnswerAsync())["items"]!.AsArray());
    }

    private MultipartFormDataContent Form(int count)
    {
        var form = new MultipartFormDataContent();
        for (var i = 0; i < count; i++)
        {
            form.Add(new ByteArrayContent(File.ReadAllBytes(clips.SoundOnly())), "clip", $"clip{i}.wav");
        }

        return form;
    }

    private static string Field(HttpResponseMessage response, string name) => string.Join(", ", response.Headers.GetValues(name));

    private static async Task<HttpClient> AsAsync(FakeSystem system, KeyLimits limits, params KeyScope[] scopes) => system.As((await MakeAsync(system, limits, scopes)).Secret);

    private static Task<MadeKey> MakeAsync(FakeSystem system, KeyLimits limits, params KeyScope[] scopes) => system.Gateway.Services.GetRequiredService<KeyMaker>().MakeAsync(
        new NewKey { Name = "limited", Scopes = scopes, Limits = limits, IntendedUse = new IntendedUse { Area = UseArea.Development, Description = "Tests." } }, by: "", Cancelled);
}

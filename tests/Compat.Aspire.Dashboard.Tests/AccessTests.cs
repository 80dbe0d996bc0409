using System.Net;
using Aspire.Dashboard;

namespace Emotion.Compat.Aspire.Dashboard.Tests;

public sealed class AccessTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/")]
    [InlineData("/app.js")]
    [InlineData("/api/resources")]
    [InlineData("/api/traces")]
    public async Task Get_WithoutToken_IsRefused(string path)
    {
        await using var dashboard = await TestDashboard.StartAsync();

        using var refused = await dashboard.Stranger.GetAsync(path, Cancelled);
        using var allowed = await dashboard.Program.GetAsync(path, Cancelled);

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("AppHost printed", await refused.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
        Assert.Equal("no-store", allowed.Headers.CacheControl!.ToString());
        Assert.Contains("default-src 'none'", allowed.Headers.GetValues("Content-Security-Policy").Single());
    }

    [Fact]
    public async Task Login_RightToken_IsACookieForThisHostAlone()
    {
        await using var dashboard = await TestDashboard.StartAsync();

        using var wrong = await dashboard.Stranger.GetAsync("/login?t=wrong", Cancelled);
        using var right = await dashboard.Stranger.GetAsync(dashboard.LoginAddress, Cancelled);
        var cookie = right.Headers.GetValues("Set-Cookie").Single();

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Redirect), (wrong.StatusCode, right.StatusCode));
        Assert.Contains("httponly", cookie);
        Assert.Contains("samesite=strict", cookie);
    }

    [Fact]
    public async Task Change_ByCookieAlone_IsRefused_SinceAnotherPageCouldHaveAskedForIt()
    {
        await using var dashboard = await TestDashboard.StartAsync();
        using var right = await dashboard.Stranger.GetAsync(dashboard.LoginAddress, Cancelled); // Its client keeps the cookie.

        using var foreign = await dashboard.Stranger.PostAsync("/api/resources/gateway/Stop", null, Cancelled);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/resources/gateway/Stop") { Headers = { { "x-dashboard", "1" } } };
        using var ours = await dashboard.Stranger.SendAsync(request, Cancelled);

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Accepted), (foreign.StatusCode, ours.StatusCode));
        Assert.Equal("Stopped", dashboard.Resources.All[0].State);
    }

    [Fact]
    public async Task Get_ByAnotherNameOfThisAddress_IsRefused()
    {
        await using var dashboard = await TestDashboard.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/resources") { Headers = { Host = "rebound.example" } };

        using var answer = await dashboard.Program.SendAsync(request, Cancelled);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Theory]
    [InlineData("/api/resources/nobody/Stop", HttpStatusCode.NotFound)]
    [InlineData("/api/resources/video-2/Stop", HttpStatusCode.Conflict)]
    [InlineData("/api/resources/gateway/Paint", HttpStatusCode.NotFound)]
    [InlineData("/api/resources/gateway/stop", HttpStatusCode.Accepted)]
    [InlineData("/api/scale/video?replicas=2", HttpStatusCode.Accepted)]
    [InlineData("/api/scale/video?replicas=3", HttpStatusCode.Conflict)]
    public async Task Change_IsDoneOrRefused(string path, HttpStatusCode expected)
    {
        await using var dashboard = await TestDashboard.StartAsync();

        using var answer = await dashboard.Program.PostAsync(path, null, Cancelled);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Telemetry_WithoutItsKeyOrTooLarge_IsRefused()
    {
        await using var dashboard = await TestDashboard.StartAsync(new DashboardOptions { MessageBytes = 1024 });

        using var keyless = await dashboard.SendAsync("traces", Telemetry.Trace(), withKey: false);
        using var large = await dashboard.SendAsync("logs", Telemetry.Log(new string('x', 2000)));
        using var taken = await dashboard.SendAsync("traces", Telemetry.Trace());

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.RequestEntityTooLarge, HttpStatusCode.OK), (keyless.StatusCode, large.StatusCode, taken.StatusCode));
    }
}

using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Emotion.Gateway.Keys;

namespace Emotion.Gateway.Tests;

/// <summary>The page signs in once with a key; a cookie stands for it from then on.</summary>
public sealed class SessionTests(TestClips clips)
{
    private readonly ShiftedClock _clock = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task SignIn_SetsACookieThatScriptsAndOtherSitesDoNotGet()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(_clock, ("Gateway:Sessions:BehindTls", "true"));
        var key = await system.MakeKeyAsync(KeyScope.Read);
        using var http = system.As(key.Secret);

        using var response = await http.PostAsync("/v1/session", null, Cancelled);

        var cookie = Assert.Single(response.Headers.GetValues("Set-Cookie"));
        Assert.Matches("^emotion-session=[0-9a-f]{64}; max-age=43200; path=/; secure; samesite=strict; httponly$", cookie);
        var state = await response.JsonAsync();
        Assert.Equal((key.Key.Id, "test"), (state["key"]!.Text("id"), state["key"]!.Text("name")));
        Assert.DoesNotContain(cookie.Split('=', ';')[1], state.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(cookie.Split('=', ';')[1], await DatabaseAsync(system), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_ByItsCookie_IsItsKeyAndNeedsTheTokenToChangeAnything()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(_clock);
        var key = await system.MakeKeyAsync(KeyScope.Read, KeyScope.Analyse);
        using var page = await SignInAsync(system, key.Secret);
        var token = (await page.AskAsync("/v1/session").AnswerAsync()).Text("csrfToken");

        Assert.Empty((await page.AskAsync("/v1/analyses").AnswerAsync())["items"]!.AsArray());
        foreach (var wrong in new[] { null, "", new string('0', 64), token[..^1] })
        {
            page.DefaultRequestHeaders.Remove("X-CSRF-Token");
            if (wrong is not null)
            {
                page.DefaultRequestHeaders.Add("X-CSRF-Token", wrong);
            }

            var (refused, reason) = await page.PostRawAsync(clips.SoundOnly()).ProblemAsync();
            Assert.Equal((HttpStatusCode.Forbidden, "bad-csrf-token"), (refused.StatusCode, reason));
            Assert.Equal("bad-csrf-token", (await page.DeleteAsync("/v1/analyses/a", Cancelled).ProblemAsync()).Reason);
        }

        page.DefaultRequestHeaders.Remove("X-CSRF-Token");
        page.DefaultRequestHeaders.Add("X-CSRF-Token", token);
        var id = (await page.PostRawAsync(clips.SoundOnly()).AnswerAsync()).Text("id");
        using var owner = system.As(key.Secret);
        Assert.Equal(id, (await owner.AskAsync($"/v1/analyses/{id}").AnswerAsync()).Text("id"));
    }

    [Fact]
    public async Task Session_EndsWithItsTimeWithItsKeyAndWhenSomebodySignsOut()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(_clock, ("Gateway:Sessions:Lifetime", "01:00:00"));
        using var admin = await system.AsAsync(KeyScope.Admin);
        var (mine, revoked) = (await system.MakeKeyAsync(KeyScope.Read), await system.MakeKeyAsync(KeyScope.Read));
        using var leaving = await SignInAsync(system, mine.Secret);
        using var staying = await SignInAsync(system, mine.Secret);
        using var lost = await SignInAsync(system, revoked.Secret);
        leaving.DefaultRequestHeaders.Add("X-CSRF-Token", (await leaving.AskAsync("/v1/session").AnswerAsync()).Text("csrfToken"));

        Assert.Equal(HttpStatusCode.NoContent, (await leaving.DeleteAsync("/v1/session", Cancelled)).StatusCode);
        await admin.DeleteAsync($"/v1/keys/{revoked.Key.Id}", Cancelled);

        Assert.Null((await leaving.AskAsync("/v1/session").AnswerAsync())["key"]);
        Assert.Equal("no-key", (await leaving.AskAsync("/v1/analyses").ProblemAsync()).Reason); // The browser has no cookie any more.
        Assert.Equal("revoked-key", (await lost.AskAsync("/v1/analyses").ProblemAsync()).Reason);
        await staying.AskAsync("/v1/analyses").AnswerAsync();
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("session-ended", (await staying.AskAsync("/v1/analyses").ProblemAsync()).Reason);
        Assert.Null((await staying.AskAsync("/v1/session").AnswerAsync())["key"]);
    }

    [Fact]
    public async Task SignIn_OfWhoMayNotRead_OrWithoutAKey_OrWhereThereAreNone_IsRefused()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(_clock);
        using var sender = await system.AsAsync(KeyScope.Analyse);
        await using var open = await FakeSystem.StartAsync();

        Assert.Equal("missing-scope", (await sender.PostAsync("/v1/session", null, Cancelled).ProblemAsync()).Reason);
        Assert.Equal("no-key", (await system.Http.PostAsync("/v1/session", null, Cancelled).ProblemAsync()).Reason);
        Assert.Equal("keys-off", (await open.Http.PostAsync("/v1/session", null, Cancelled).ProblemAsync()).Reason);
        Assert.True((await system.Http.AskAsync("/v1/session").AnswerAsync())["keysRequired"]!.GetValue<bool>());
        Assert.False((await open.Http.AskAsync("/v1/session").AnswerAsync())["keysRequired"]!.GetValue<bool>());
    }

    /// <summary>As a browser, which keeps the cookie and not the key.</summary>
    private static async Task<HttpClient> SignInAsync(FakeSystem system, string secret)
    {
        var browser = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = system.Http.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/session") { Headers = { Authorization = new("Bearer", secret) } };
        using var response = await browser.SendAsync(request, Cancelled);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return browser;
    }

    private static async Task<string> DatabaseAsync(FakeSystem system)
    {
        var all = new StringBuilder();
        foreach (var file in Directory.EnumerateFiles(system.DataFolder, "jobs.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            all.Append(await reader.ReadToEndAsync(Cancelled));
        }

        return all.ToString();
    }
}

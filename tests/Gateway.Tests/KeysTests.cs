using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Emotion.Gateway.Canary;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Keys;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Gateway.Tests;

/// <summary>Who is let in, and to what.</summary>
public sealed class KeysTests(TestClips clips)
{
    private static readonly object Research = new { area = "research", description = "A study." };

    private readonly ShiftedClock _clock = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Request_WithoutAGoodKey_Is401AndToldWhy()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(_clock);
        var (key, ended) = (await system.MakeKeyAsync(KeyScope.Read), await system.MakeKeyAsync(KeyScope.Read));
        using var admin = await system.AsAsync(KeyScope.Admin);
        await admin.DeleteAsync($"/v1/keys/{ended.Key.Id}", Cancelled);

        async Task<(string Reason, string Challenge)> RefusedAsync(HttpClient http)
        {
            var (response, reason) = await http.AskAsync("/v1/analyses").ProblemAsync();
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            return (reason, response.Headers.WwwAuthenticate.ToString());
        }

        Assert.Equal(("no-key", "Bearer realm=\"emotion\""), await RefusedAsync(system.Http));
        Assert.Equal(("bad-key", "Bearer realm=\"emotion\", error=\"invalid_token\""), await RefusedAsync(system.As("emo_" + new string('0', 16) + "_" + new string('0', 64))));
        Assert.Equal("bad-key", (await RefusedAsync(system.As(key.Secret[..^1] + (key.Secret[^1] == '0' ? '1' : '0')))).Reason);
        Assert.Equal("bad-key", (await RefusedAsync(system.As("secret"))).Reason);
        Assert.Equal("revoked-key", (await RefusedAsync(system.As(ended.Secret))).Reason);
        foreach (var open in new[] { "/", "/alive", "/openapi/v1.json" })
        {
            Assert.Equal(HttpStatusCode.OK, (await system.Http.AskAsync(open)).StatusCode);
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/analyses") { Headers = { { "X-Api-Key", key.Secret }, { "Authorization", "Basic b3RoZXI6" } } };
        Assert.Equal(HttpStatusCode.OK, (await system.Http.SendAsync(request, Cancelled)).StatusCode);
        Assert.DoesNotContain(system.Log.Lines, line => line.Contains(key.Secret[21..], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Request_BeyondTheKeysScopes_Is403AndSaysWhichIsMissing()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(_clock);
        using var reader = await system.AsAsync(KeyScope.Read);

        var (response, reason) = await reader.PostRawAsync(clips.SoundOnly()).ProblemAsync();

        Assert.Equal((HttpStatusCode.Forbidden, "missing-scope"), (response.StatusCode, reason));
        Assert.Equal("Bearer realm=\"emotion\", error=\"insufficient_scope\", scope=\"analyse\"", response.Headers.WwwAuthenticate.ToString());
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.AskAsync("/v1/keys")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.AskAsync("/v1/models")).StatusCode);
        using var models = await system.AsAsync(KeyScope.Models);
        Assert.Equal((FakeAnswers.Release, true), (await models.AskAsync("/v1/models").AnswerAsync())["items"]![0] is { } first ? (first.Text("name"), first["default"]!.GetValue<bool>()) : default);
    }

    [Fact]
    public async Task Analysis_OfAnotherKey_IsNoneWhateverIsAsked()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(_clock);
        var owner = await system.MakeKeyAsync(KeyScope.Analyse, KeyScope.Read);
        using var own = system.As(owner.Secret);
        using var other = await system.AsAsync(KeyScope.Analyse, KeyScope.Read, KeyScope.Models);
        using var admin = await system.AsAsync(KeyScope.Read, KeyScope.Admin);
        var id = (await own.PostRawAsync(clips.SoundOnly()).AnswerAsync()).Text("id");

        foreach (var (method, rest) in new[]
        {
            ("GET", ""), ("GET", "?wait=true"), ("GET", "/events"), ("GET", "/windows.csv"), ("GET", "/timeline.svg"), ("POST", "/cancel"), ("POST", "/retry"), ("DELETE", ""),
        })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"/v1/analyses/{id}{rest}");
            Assert.Equal("unknown-analysis", (await other.SendAsync(request, Cancelled).ProblemAsync()).Reason);
        }

        Assert.Empty(Items(await other.AskAsync("/v1/analyses").AnswerAsync()));
        Assert.Equal(id, Assert.Single(Items(await own.AskAsync("/v1/analyses").AnswerAsync()))!.Text("id"));
        Assert.Equal(owner.Key.Id, Assert.Single(Items(await admin.AskAsync("/v1/analyses").AnswerAsync()))!.Text("key"));
        Assert.Equal(id, (await admin.AskAsync($"/v1/analyses/{id}").AnswerAsync()).Text("id"));
        Assert.Equal(HttpStatusCode.NoContent, (await own.DeleteAsync($"/v1/analyses/{id}", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task IdempotencyKey_OfTwoKeys_IsTwoRequests()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(_clock);
        var ids = new List<string>();
        foreach (var _ in new[] { 1, 2 })
        {
            using var http = await system.AsAsync(KeyScope.Analyse);
            http.DefaultRequestHeaders.Add("Idempotency-Key", "the-same");
            ids.Add((await http.PostRawAsync(clips.SoundOnly()).AnswerAsync()).Text("id"));
        }

        Assert.NotEqual(ids[0], ids[1]);
    }

    [Fact]
    public async Task BatchesAndUploads_OfAnotherKey_AreNone_AndAdminSeesThem()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(_clock);
        using var owner = await system.AsAsync(KeyScope.Analyse, KeyScope.Read);
        using var other = await system.AsAsync(KeyScope.Analyse, KeyScope.Read);
        using var admin = await system.AsAsync(KeyScope.Admin, KeyScope.Read, KeyScope.Analyse);
        var form = new MultipartFormDataContent { { new ByteArrayContent(await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled)), "clip", "a.wav" } };
        var batch = "/v1/batches/" + (await (await owner.PostAsync("/v1/batches", form, Cancelled)).JsonAsync()).Text("id");
        foreach (var http in new[] { owner, other, admin })
        {
            http.DefaultRequestHeaders.Add("Tus-Resumable", "1.0.0");
        }

        using var begin = new HttpRequestMessage(HttpMethod.Post, "/v1/uploads") { Headers = { { "Upload-Length", "100" } } };
        using var begun = await owner.SendAsync(begin, Cancelled);
        var upload = begun.Headers.Location!.ToString();

        Assert.Equal("unknown-batch", (await other.AskAsync(batch).ProblemAsync()).Reason);
        Assert.Equal("unknown-batch", (await other.PostAsync(batch + "/cancel", null, Cancelled).ProblemAsync()).Reason);
        Assert.Equal("unknown-batch", (await other.DeleteAsync(batch, Cancelled).ProblemAsync()).Reason);
        Assert.Empty((await other.AskAsync("/v1/batches").AnswerAsync())["items"]!.AsArray());
        Assert.Equal("unknown-upload", (await other.DeleteAsync(upload, Cancelled).ProblemAsync()).Reason);
        Assert.Equal("unknown-upload", (await other.PostAsync("/v1/analyses?upload=" + upload.Split('/')[^1], null, Cancelled).ProblemAsync()).Reason);
        Assert.Single((await admin.AskAsync("/v1/batches").AnswerAsync())["items"]!.AsArray());
        Assert.Equal(HttpStatusCode.NoContent, (await admin.DeleteAsync(upload, Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await owner.DeleteAsync(batch, Cancelled)).StatusCode);
    }

    [Fact]
    public async Task Client_ThatDoesNotNameItself_IsKnownByItsKeyUnlessEachIsToDraw()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(_clock);
        var key = await system.MakeKeyAsync(KeyScope.Analyse);
        async Task<ulong?> ClientAsync(string? name)
        {
            using var http = system.As(key.Secret);
            if (name is not null)
            {
                http.DefaultRequestHeaders.Add("X-Client-Key", name);
            }

            var id = (await http.PostRawAsync(clips.SoundOnly()).AnswerAsync()).Text("id");
            return JobJson.Read<JobRequest>((await system.Gateway.Services.GetRequiredService<JobStore>().FindAsync(id, Cancelled))!.Request).Route.Client;
        }

        Assert.Equal(StableHash.Of(key.Key.Id), await ClientAsync(null));
        Assert.Equal(StableHash.Of("somebody"), await ClientAsync("somebody"));
        system.Settings["Gateway:Canary:StickToKeys"] = "false";
        await system.Gateway.StopAsync(Cancelled);
        await system.RestartGatewayAsync();
        Assert.Null(await ClientAsync(null));
    }

    [Fact]
    public async Task Key_Made_IsToldOnceAndLiesHashedInTheDatabase()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(_clock);
        using var admin = await system.AsAsync(KeyScope.Admin);

        using var response = await admin.PostAsJsonAsync("/v1/keys", new { name = "lab", scopes = new[] { "analyse", "read" }, intendedUse = Research, limits = new { clipsPerDay = 7 } }, Cancelled);
        var made = await response.JsonAsync();

        var (secret, id) = (made.Text("secret"), made["key"]!.Text("id"));
        Assert.Equal((HttpStatusCode.Created, $"/v1/keys/{id}"), (response.StatusCode, response.Headers.Location!.ToString()));
        Assert.Matches($"^emo_{id}_[0-9a-f]{{64}}$", secret);
        var shown = await admin.AskAsync($"/v1/keys/{id}").AnswerAsync();
        Assert.Equal(("lab", "active", "research", 7), (shown.Text("name"), shown.Text("status"), shown["intendedUse"]!.Text("area"), shown["limits"]!["clipsPerDay"]!.GetValue<int>()));
        Assert.Equal(["analyse", "read"], shown["scopes"]!.AsArray().Select(scope => scope!.GetValue<string>()));
        Assert.Equal(2, Items(await admin.AskAsync("/v1/keys").AnswerAsync()).Count);
        using (var http = system.As(secret))
        {
            await http.AskAsync("/v1/analyses").AnswerAsync();
        }

        Assert.NotNull((await admin.AskAsync($"/v1/keys/{id}").AnswerAsync())["usedAt"]);
        var bytes = await DatabaseAsync(system);
        Assert.True(ApiKey.TryParse(secret, out var key));
        Assert.Contains(key.Hash, bytes, StringComparison.Ordinal);
        Assert.DoesNotContain(secret.Split('_')[2], bytes, StringComparison.Ordinal);
        Assert.DoesNotContain(system.Log.Lines, line => line.Contains(secret.Split('_')[2], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rotation_OldSecret_IsGoodForItsGraceAndTheAnalysesStay()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(_clock);
        using var admin = await system.AsAsync(KeyScope.Admin);
        var key = await system.MakeKeyAsync(KeyScope.Analyse, KeyScope.Read);
        using var old = system.As(key.Secret);
        var id = (await old.PostRawAsync(clips.SoundOnly()).AnswerAsync()).Text("id");

        var rotated = await admin.PostAsJsonAsync($"/v1/keys/{key.Key.Id}/rotate", new { graceSeconds = 3600 }, Cancelled).AnswerAsync();

        using var replaced = system.As(rotated.Text("secret"));
        Assert.Equal(id, (await old.AskAsync($"/v1/analyses/{id}").AnswerAsync()).Text("id"));
        Assert.Equal(id, (await replaced.AskAsync($"/v1/analyses/{id}").AnswerAsync()).Text("id"));
        _clock.Advance(TimeSpan.FromSeconds(3601));
        Assert.Equal("bad-key", (await old.AskAsync($"/v1/analyses/{id}").ProblemAsync()).Reason);
        Assert.Equal(id, (await replaced.AskAsync($"/v1/analyses/{id}").AnswerAsync()).Text("id"));
        Assert.Equal("bad-request", (await admin.PostAsJsonAsync($"/v1/keys/{key.Key.Id}/rotate", new { graceSeconds = -1 }, Cancelled).ProblemAsync()).Reason);
        Assert.Equal("unknown-key", (await admin.PostAsync("/v1/keys/nobody/rotate", null, Cancelled).ProblemAsync()).Reason);
        await admin.DeleteAsync($"/v1/keys/{key.Key.Id}", Cancelled);
        Assert.Equal("key-ended", (await admin.PostAsync($"/v1/keys/{key.Key.Id}/rotate", null, Cancelled).ProblemAsync()).Reason);
        Assert.Equal("revoked-key", (await replaced.AskAsync("/v1/analyses").ProblemAsync()).Reason);
    }

    [Fact]
    public async Task Key_AfterItsTime_IsExpired()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(_clock);
        using var admin = await system.AsAsync(KeyScope.Admin);
        var until = _clock.GetUtcNow().AddMinutes(5);
        var made = await (await admin.PostAsJsonAsync("/v1/keys", new { name = "short", scopes = new[] { "read" }, intendedUse = Research, expiresAt = until }, Cancelled)).JsonAsync();
        using var http = system.As(made.Text("secret"));
        await http.AskAsync("/v1/analyses").AnswerAsync();

        _clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal("expired-key", (await http.AskAsync("/v1/analyses").ProblemAsync()).Reason);
        Assert.Equal("expired", (await admin.AskAsync($"/v1/keys/{made["key"]!.Text("id")}").AnswerAsync()).Text("status"));
    }

    [Fact]
    public async Task Key_ForAUse_IsMadeWhereItIsAllowed()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(_clock);
        using var admin = await system.AsAsync(KeyScope.Admin);
        foreach (var (area, ground, status, reason) in new (string, string?, int, string?)[]
        {
            ("workplace", null, 422, "prohibited-use"), ("education", null, 422, "prohibited-use"), ("workplace", "safety", 201, null), ("education", "medical", 201, null),
            ("workplace", "productivity", 400, "bad-request"), ("dating", null, 400, "bad-request"),
        })
        {
            var use = new { area, description = "Drivers who fall asleep.", ground = ground is null ? null : new { kind = ground, reason = "Looked into by the safety officer." } };

            using var response = await admin.PostAsJsonAsync("/v1/keys", new { name = "n", scopes = new[] { "analyse" }, intendedUse = use }, Cancelled);

            Assert.Equal((status, reason), ((int)response.StatusCode, (await response.JsonAsync())["reason"]?.GetValue<string>()));
        }

        Assert.Equal(["education", "workplace"], Items(await admin.AskAsync("/v1/keys?limit=2").AnswerAsync()).Select(key => key!["intendedUse"]!.Text("area")));
    }

    [Fact]
    public async Task Key_ThatCannotBe_IsRefused()
    {
        const string Use = """
            "intendedUse":{"area":"research","description":"d"}
            """;
        await using var system = await FakeSystem.StartWithKeysAsync(_clock);
        using var admin = await system.AsAsync(KeyScope.Admin);
        foreach (var body in (string[])
        [
            $$"""{"scopes":["read"],{{Use}}}""", $$"""{"name":" ","scopes":["read"],{{Use}}}""", $$"""{"name":"n","scopes":[],{{Use}}}""",
            $$"""{"name":"n","scopes":["everything"],{{Use}}}""", """{"name":"n","scopes":["read"]}""", """{"name":"n","scopes":["read"],"intendedUse":null}""",
            """{"name":"n","scopes":["read"],"intendedUse":{"area":"research","description":""}}""",
            $$"""{"name":"n","scopes":["read"],{{Use}},"expiresAt":"2001-01-01T00:00:00Z"}""", $$"""{"name":"n","scopes":["read"],{{Use}},"limits":{"burst":0} }""",
        ])
        {
            var (response, reason) = await admin.PostAsync("/v1/keys", new StringContent(body, Encoding.UTF8, "application/json"), Cancelled).ProblemAsync();

            Assert.True((response.StatusCode, reason) == (HttpStatusCode.BadRequest, "bad-request"), body);
        }
    }

    [Fact]
    public async Task Endpoints_OfTheApi_AllSayWhatTheyAskFor()
    {
        await using var system = await FakeSystem.StartAsync();

        var endpoints = system.Gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/v1", StringComparison.Ordinal)).ToList();

        Assert.True(endpoints.Count > 15, $"Only {endpoints.Count} endpoints.");
        Assert.All(endpoints, endpoint => Assert.True(
            endpoint.Metadata.GetMetadata<RequiredScope>() is not null && endpoint.Metadata.GetMetadata<AuthorizationPolicy>() is not null
                || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null,
            endpoint.RoutePattern.RawText));
        Assert.All(endpoints.Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/v1/analyses/{id}", StringComparison.Ordinal)), endpoint =>
            Assert.Contains(RequiredScopes.OwnAnalysis.Marker, endpoint.Metadata));
    }

    [Fact]
    public async Task Document_TellsHowToShowAKey()
    {
        await using var system = await FakeSystem.StartAsync();

        var document = await system.Http.AskAsync("/openapi/v1.json").AnswerAsync();

        Assert.Equal("X-Api-Key", document["components"]!["securitySchemes"]!["apiKey"]!.Text("name"));
        Assert.Equal(["bearer", "apiKey"], document["paths"]!["/v1/keys"]!["post"]!["security"]!.AsArray().Select(way => way!.AsObject().Single().Key));
        Assert.Contains("scope admin", document["paths"]!["/v1/keys"]!["post"]!.Text("description"));
    }

    private static JsonArray Items(JsonObject page) => page["items"]!.AsArray();

    /// <summary>All bytes of it, each a character.</summary>
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

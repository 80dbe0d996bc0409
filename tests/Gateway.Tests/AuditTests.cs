using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Emotion.Gateway.Audit;
using Emotion.Gateway.Keys;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Gateway.Tests;

/// <summary>Who did what to which, and what came of it.</summary>
public sealed class AuditTests(TestClips clips)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Acts_OfEverybody_AreThereWithTheirOutcomes()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(TimeProvider.System);
        var (one, two, chief) = (await system.MakeKeyAsync(KeyScope.Analyse), await system.MakeKeyAsync(KeyScope.Analyse), await system.MakeKeyAsync(KeyScope.Admin));
        using var http = system.As(one.Secret);
        using var other = system.As(two.Secret);
        using var admin = system.As(chief.Secret);
        var id = (await http.PostFormAsync(clips.SoundOnly(), fields: ("transcript", "A secret word.")).AnswerAsync()).Text("id");
        await http.PostAsync("/v1/analyses", new StringContent("no clip at all"), Cancelled);
        await other.DeleteAsync($"/v1/analyses/{id}", Cancelled);
        await http.DeleteAsync($"/v1/analyses/{id}", Cancelled);
        var made = await (await admin.PostAsJsonAsync("/v1/keys", new { name = "n", scopes = new[] { "read" }, intendedUse = new { area = "health", description = "Care." } }, Cancelled)).JsonAsync();
        await admin.PostAsJsonAsync("/v1/keys", new { name = "n", scopes = new[] { "read" }, intendedUse = new { area = "workplace", description = "Watching." } }, Cancelled);
        await admin.PostAsync($"/v1/keys/{made["key"]!.Text("id")}/rotate", null, Cancelled);
        await admin.DeleteAsync($"/v1/keys/{made["key"]!.Text("id")}", Cancelled);

        var acts = (await admin.AskAsync("/v1/audit").AnswerAsync())["items"]!.AsArray().Reverse().Select(act => act!).ToList();

        var newKey = made["key"]!.Text("id");
        Assert.Equal(
            [
                (one.Key.Id, "analysis.create", id, "done"),
                (one.Key.Id, "analysis.create", null, "unsupported-container"),
                (two.Key.Id, "analysis.delete", id, "unknown-analysis"),
                (one.Key.Id, "analysis.delete", id, "done"),
                (chief.Key.Id, "key.create", newKey, "done"),
                (chief.Key.Id, "key.create", null, "prohibited-use"),
                (chief.Key.Id, "key.rotate", newKey, "done"),
                (chief.Key.Id, "key.revoke", newKey, "done"),
            ],
            acts.Select(act => (act.Text("key"), act.Text("action"), act["subject"]?.GetValue<string>(), act.Text("outcome"))));
        Assert.Equal(("health", "workplace"), (acts[4]["detail"]!["intendedUse"]!.Text("area"), acts[5]["detail"]!["intendedUse"]!.Text("area")));
        var all = string.Concat(acts.Select(act => act.ToJsonString()));
        Assert.DoesNotContain("secret word", all, StringComparison.Ordinal);
        Assert.DoesNotContain(made.Text("secret").Split('_')[2], all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_InPages_IsForAdministratorsAlone()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(TimeProvider.System);
        using var admin = await system.AsAsync(KeyScope.Admin);
        using var reader = await system.AsAsync(KeyScope.Read, KeyScope.Analyse, KeyScope.Models);
        foreach (var id in new[] { "a", "b", "c" })
        {
            await admin.DeleteAsync("/v1/keys/" + id, Cancelled);
        }

        var first = await admin.AskAsync("/v1/audit?limit=2").AnswerAsync();
        var second = await admin.AskAsync($"/v1/audit?limit=2&after={first.Text("next")}").AnswerAsync();

        Assert.Equal(["c", "b", "a"], Subjects(first).Concat(Subjects(second)));
        Assert.Null(second["next"]);
        Assert.Equal(["b"], Subjects(await admin.AskAsync("/v1/audit?subject=b").AnswerAsync()));
        Assert.Empty(Subjects(await admin.AskAsync("/v1/audit?key=nobody").AnswerAsync()));
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.AskAsync("/v1/audit")).StatusCode);
        Assert.Equal("bad-request", (await admin.AskAsync("/v1/audit?limit=0").ProblemAsync()).Reason);
        Assert.Equal("bad-request", (await admin.AskAsync("/v1/audit?after=x").ProblemAsync()).Reason);
    }

    [Fact]
    public async Task Endpoints_ThatChangeSomething_AreAllAudited()
    {
        await using var system = await FakeSystem.StartAsync();

        var writing = system.Gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/v1", StringComparison.Ordinal))
            .Where(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Any(method => method is not ("GET" or "HEAD" or "OPTIONS"))).ToList();

        Assert.True(writing.Count >= 7, $"Only {writing.Count} endpoints.");
        Assert.All(writing, endpoint => Assert.True(endpoint.Metadata.GetMetadata<AuditedAction>() is not null, endpoint.DisplayName));
    }

    private static IEnumerable<string?> Subjects(JsonObject page) => page["items"]!.AsArray().Select(act => act!["subject"]?.GetValue<string>());
}

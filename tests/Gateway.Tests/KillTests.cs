using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Emotion.Gateway.Api;
using Emotion.Gateway.Jobs;
using Microsoft.EntityFrameworkCore;

namespace Emotion.Gateway.Tests;

/// <summary>
/// The gateway, as a process, is killed again and again while clips are sent to it. Whoever was told that a clip is accepted gets its answer,
/// and a clip that is sent again with its key has one analysis with one answer. <c>EMOTION_KILLS</c> says how often; <c>./emotion prove gateway</c> kills more.
/// </summary>
public sealed class KillTests(TestClips clips, PostgreSql server) : IClassFixture<TestClips>
{
    private const int Clients = 3;

    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("EMOTION_KILLS") ?? "4");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kill_AtAnyMoment_LosesNothingAndStoresOneAnswerForEachClip(bool postgres)
    {
        var database = postgres ? await server.CreateDatabaseAsync() : null;
        await using var services = await FakeSystem.StartServicesAsync(
            ("ConnectionStrings:jobs", database ?? ""), ("Gateway:QueueLength", "1000"), ("Gateway:Jobs:Attempts", "100"), ("Gateway:Jobs:Lease", "00:00:05"));
        var settings = services.Settings;
        services.Audio.Before = context => Task.Delay(50, context.CancellationToken); // So that most kills find something running.
        await using var gateway = new GatewayProcess(settings);
        await gateway.StartAsync();
        var sent = new ConcurrentDictionary<string, string>(); // By key: the analysis that was named first.
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var senders = Enumerable.Range(0, Clients).Select(client => Task.Run(() => SendAsync(gateway, client, sent, enough.Token), Cancelled)).ToList();
        var random = new Random(20261129);
        for (var kill = 0; kill < Kills; kill++)
        {
            var before = sent.Count;
            await UntilAsync(() => Task.FromResult(sent.Count > before || senders.Exists(sender => sender.IsFaulted)));
            await Task.Delay(random.Next(0, 400), Cancelled); // At any moment: the moment is drawn, and nothing is waited for.
            await gateway.KillAsync();
            await gateway.StartAsync();
        }

        await enough.CancelAsync();
        await Task.WhenAll(senders);

        Assert.NotEmpty(sent);
        using var http = new HttpClient { BaseAddress = gateway.Address, Timeout = TimeSpan.FromMinutes(5) };
        foreach (var (key, id) in sent)
        {
            JsonObject answer;
            do
            {
                using var response = await http.GetAsync($"/v1/analyses/{id}?wait=true", Cancelled);
                Assert.True(response.StatusCode == HttpStatusCode.OK, $"{key} {id}: {response.StatusCode} {await response.Content.ReadAsStringAsync(Cancelled)}\n{string.Join('\n', gateway.Log())}");
                answer = (await response.Content.ReadFromJsonAsync<JsonObject>(Cancelled))!;
            }
            while (answer.Text("status") != "done");

            Assert.Equal(id, answer.Text("id"));
        }

        // Those too of which nobody has heard that they were accepted.
        foreach (var state in (string[])["queued", "running"])
        {
            await UntilAsync(async () => (await http.GetFromJsonAsync<JsonObject>($"/v1/analyses?status={state}", Cancelled))!["items"]!.AsArray().Count == 0);
        }

        await UntilAsync(() => Task.FromResult(!Directory.EnumerateFiles(Path.Combine(services.DataFolder, "clips")).Any()));
        var attempts = await AssertOneEachAsync(database, services, sent);
        if (Environment.GetEnvironmentVariable("EMOTION_KILLS_OUT") is { Length: > 0 } folder)
        {
            var result = new { database = postgres ? "PostgreSQL" : "SQLite", kills = Kills, accepted = sent.Count, answered = sent.Count, attempts };
            await File.WriteAllTextAsync(Path.Combine(folder, $"{result.database}.json"), System.Text.Json.JsonSerializer.Serialize(result), Cancelled);
        }
    }

    /// <summary>A process that starts beside others takes its time.</summary>
    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        deadline.CancelAfter(TimeSpan.FromMinutes(5));
        while (!await condition())
        {
            await Task.Delay(50, deadline.Token);
        }
    }

    /// <summary>As the database has it once all is over.</summary>
    /// <returns>How often an analysis was begun, over all of them: each kill that hit one costs one more.</returns>
    private static async Task<int> AssertOneEachAsync(string? database, FakeSystem services, IReadOnlyDictionary<string, string> sent)
    {
        var builder = new DbContextOptionsBuilder<JobsContext>();
        _ = database is null
            ? builder.UseSqlite($"Data Source={Path.Combine(services.DataFolder, "jobs.db")};Pooling=False")
            : (DbContextOptionsBuilder)builder.UseNpgsql(database);
        await using var context = new JobsContext(builder.Options);
        var rows = await context.Jobs.AsNoTracking().ToListAsync(Cancelled);
        Assert.All(rows, row => Assert.Equal((AnalysisState.Done, true), (row.State, row.Result is not null)));
        Assert.Equal(rows.Count, rows.Select(row => row.IdempotencyKey).Distinct().Count());
        Assert.All(sent, one => Assert.Equal(one.Value, Assert.Single(rows, row => row.IdempotencyKey == one.Key).Id));
        return rows.Sum(row => row.Attempts);
    }

    /// <summary>One clip after the other, each until it is accepted: a caller who does not hear sends it again, with the same key.</summary>
    private async Task SendAsync(GatewayProcess gateway, int client, ConcurrentDictionary<string, string> sent, CancellationToken enough)
    {
        var clip = await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled);
        for (var number = 0; !enough.IsCancellationRequested; number++)
        {
            var key = $"{client}-{number}";
            string? id;
            while ((id = await TryAsync(gateway, key, clip)) is null && !enough.IsCancellationRequested)
            {
                await Task.Delay(50, Cancelled);
            }

            if (id is not null)
            {
                sent[key] = id;
            }
        }
    }

    /// <returns>Null where the gateway was not there, or went away.</returns>
    private static async Task<string?> TryAsync(GatewayProcess gateway, string key, byte[] clip)
    {
        try
        {
            using var http = new HttpClient { BaseAddress = gateway.Address, Timeout = TimeSpan.FromSeconds(30) };
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/analyses") { Content = new ByteArrayContent(clip) };
            request.Headers.Add("Idempotency-Key", key);
            using var response = await http.SendAsync(request, Cancelled);
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                return null; // It has not heard yet what the services have loaded.
            }

            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
            return (await response.JsonAsync()).Text("id");
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException or OperationCanceledException && !Cancelled.IsCancellationRequested)
        {
            return null;
        }
    }
}

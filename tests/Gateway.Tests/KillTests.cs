using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.Gateway.Api;
using Emotion.Gateway.Jobs;
using Microsoft.EntityFrameworkCore;

namespace Emotion.Gateway.Tests;

/// <summary>
/// The gateway, as a process, is killed again and again while clips are sent to it. Whoever was told that a clip is accepted gets its answer,
/// and a clip that is sent again under its name has one analysis with one answer. <c>EMOTION_KILLS</c> says how often; <c>./emotion prove gateway</c> kills more.
/// </summary>
public sealed class KillTests(TestClips clips, PostgreSql server)
{
    private const int Clients = 3;

    private const int TellEvery = 10;

    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("EMOTION_KILLS") ?? "2");

    /// <summary>Where what happened is written for <c>./emotion prove gateway</c>; null where nobody asks.</summary>
    private static readonly string? Results = Environment.GetEnvironmentVariable("EMOTION_KILLS_OUT") is { Length: > 0 } folder ? folder : null;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kill_AtAnyMoment_LosesNothingAndStoresOneAnswerForEachClip(bool postgres)
    {
        var database = postgres ? await server.CreateDatabaseAsync() : null;
        await using var services = await FakeSystem.StartServicesAsync(
            ("ConnectionStrings:jobs", database ?? ""), ("Gateway:QueueLength", "1000"), ("Gateway:Jobs:Attempts", "100"), ("Gateway:Jobs:Lease", "00:00:05"));
        var keyFile = Path.Combine(services.DataFolder, "key");
        (services.Settings["Gateway:Keys:Mode"], services.Settings["Gateway:Keys:DeveloperFile"]) = ("Required", keyFile);
        services.Audio.Before = context => Task.Delay(50, context.CancellationToken); // So that most kills find something running.
        await using var gateway = new GatewayProcess(services.Settings);
        var watch = Stopwatch.StartNew();
        await gateway.StartAsync();
        var key = (await File.ReadAllTextAsync(keyFile, Cancelled)).Trim(); // Is written before the gateway listens, and is good in all of its lives.
        var sent = new ConcurrentDictionary<string, string>(); // By the name that each was sent under: the analysis that was named first.
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var senders = Enumerable.Range(0, Clients).Select(client => Task.Run(() => SendAsync(gateway, key, client, sent, enough.Token), Cancelled)).ToList();
        var random = new Random(20261129);
        for (var kill = 0; kill < Kills; kill++)
        {
            var before = sent.Count;
            await UntilAsync(() => Task.FromResult(sent.Count > before || senders.Exists(sender => sender.IsFaulted)));
            await Task.Delay(random.Next(0, 400), Cancelled); // At any moment: the moment is drawn, and nothing is waited for.
            await gateway.KillAsync();
            await gateway.StartAsync();
            if (Results is not null && (kill + 1) % TellEvery == 0)
            {
                Console.WriteLine($"  {watch.Elapsed:mm\\:ss} {(postgres ? "PostgreSQL" : "SQLite")}: {kill + 1} kills, {sent.Count} clips accepted");
            }
        }

        await enough.CancelAsync();
        await Task.WhenAll(senders);

        Assert.NotEmpty(sent);
        using var http = AskingOf(gateway, key, TimeSpan.FromMinutes(5));
        var unanswered = new List<string>();
        foreach (var (name, id) in sent)
        {
            JsonObject? answer;
            do
            {
                using var response = await http.GetAsync($"/v1/analyses/{id}?wait=true", Cancelled);
                answer = response.StatusCode == HttpStatusCode.OK ? await response.Content.ReadFromJsonAsync<JsonObject>(Cancelled) : null;
                if (answer is null)
                {
                    unanswered.Add($"{name} {id}: {response.StatusCode} {await response.Content.ReadAsStringAsync(Cancelled)}");
                }
            }
            while (answer is not null && answer.Text("status") != "done");
        }

        // Those too of which nobody has heard that they were accepted.
        foreach (var state in (string[])["queued", "running"])
        {
            await UntilAsync(async () => (await http.GetFromJsonAsync<JsonObject>($"/v1/analyses?status={state}", Cancelled))!["items"]!.AsArray().Count == 0);
        }

        await UntilAsync(() => Task.FromResult(!Directory.EnumerateFiles(Path.Combine(services.DataFolder, "clips")).Any()));
        var rows = await RowsAsync(database, services);
        var lost = sent.Where(one => !rows.Exists(row => row.Id == one.Value && row.IdempotencyKey == one.Key && row is { State: AnalysisState.Done, Result: not null })).ToList();
        var duplicated = rows.GroupBy(row => row.IdempotencyKey).Where(group => group.Count() > 1).Select(group => group.Key).ToList();
        if (Results is not null)
        {
            var result = new
            {
                database = postgres ? "PostgreSQL" : "SQLite", kills = Kills, accepted = sent.Count, lost = lost.Count, duplicated = duplicated.Count,
                stored = rows.Count, attempts = rows.Sum(row => row.Attempts), seconds = Math.Round(watch.Elapsed.TotalSeconds, 1),
            };
            await File.WriteAllTextAsync(Path.Combine(Results, $"{result.database}.json"), JsonSerializer.Serialize(result), Cancelled);
        }

        Assert.True(unanswered.Count == 0, string.Join('\n', [.. unanswered, .. gateway.Log()]));
        Assert.Empty(lost);
        Assert.Empty(duplicated);
        Assert.All(rows, row => Assert.Equal((AnalysisState.Done, true), (row.State, row.Result is not null)));
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

    /// <summary>As the database has them once all is over.</summary>
    private static async Task<List<JobRow>> RowsAsync(string? database, FakeSystem services)
    {
        var builder = new DbContextOptionsBuilder<JobsContext>();
        _ = database is null
            ? builder.UseSqlite($"Data Source={Path.Combine(services.DataFolder, "jobs.db")};Pooling=False")
            : (DbContextOptionsBuilder)builder.UseNpgsql(database);
        await using var context = new JobsContext(builder.Options);
        return await context.Jobs.AsNoTracking().ToListAsync(Cancelled);
    }

    private static HttpClient AskingOf(GatewayProcess gateway, string key, TimeSpan timeout) =>
        new() { BaseAddress = gateway.Address, Timeout = timeout, DefaultRequestHeaders = { Authorization = new("Bearer", key) } };

    /// <summary>One clip after the other, each until it is accepted: a caller who does not hear sends it again, under the same name.</summary>
    private async Task SendAsync(GatewayProcess gateway, string key, int client, ConcurrentDictionary<string, string> sent, CancellationToken enough)
    {
        var clip = await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled);
        for (var number = 0; !enough.IsCancellationRequested; number++)
        {
            var name = $"{client}-{number}";
            string? id;
            while ((id = await TryAsync(gateway, key, name, clip)) is null && !enough.IsCancellationRequested)
            {
                await Task.Delay(50, Cancelled);
            }

            if (id is not null)
            {
                sent[name] = id;
            }
        }
    }

    /// <returns>Null where the gateway was not there, or went away.</returns>
    private static async Task<string?> TryAsync(GatewayProcess gateway, string key, string name, byte[] clip)
    {
        try
        {
            using var http = AskingOf(gateway, key, TimeSpan.FromSeconds(30));
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/analyses") { Content = new ByteArrayContent(clip) };
            request.Headers.Add("Idempotency-Key", name);
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

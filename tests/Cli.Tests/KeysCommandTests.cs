using System.Text;
using System.Text.Json.Nodes;
using Emotion.Client.Tests;

namespace Emotion.Cli.Tests;

/// <summary>The verbs on a gateway's keys, and which key all verbs show.</summary>
public sealed class KeysCommandTests
{
    private const string Key = """
        {"id":"00112233445566aa","name":"lab","scopes":["analyse","read"],"status":"active","intendedUse":{"area":"workplace","description":"d","ground":{"kind":"safety","reason":"r"}},"createdAt":"2026-11-29T10:00:00+00:00","usedAt":"2026-11-29T11:00:00+00:00"}
        """;

    private static readonly string Made = $$"""{"secret":"emo_00112233445566aa_77","key":{{Key}}}""";

    [Fact]
    public async Task Create_PrintsTheSecretAloneAndSaysWhatItIsFor()
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(201, Made));

        var (status, output, said) = await RunAsync(
            gateway, "keys", "create", "lab", "--scopes", "analyse", "read", "--use", "workplace", "--why", "Drivers who fall asleep.",
            "--ground", "safety", "--ground-reason", "Looked into.", "--clips-per-day", "9", "--seconds-per-day", "70", "--key", "emo_admin");

        Assert.Equal((0, "emo_00112233445566aa_77"), (status, output.Trim()));
        Assert.Contains("told this once", said);
        Assert.Equal("Bearer emo_admin", Assert.Single(gateway.Authorizations));
        var sent = JsonNode.Parse(Encoding.UTF8.GetString(Assert.Single(gateway.Uploads)))!;
        Assert.Equal("""{"area":"workplace","description":"Drivers who fall asleep.","ground":{"kind":"safety","reason":"Looked into."}}""", sent["intendedUse"]!.ToJsonString());
        Assert.Equal(("""["analyse","read"]""", 9, 70), (sent["scopes"]!.ToJsonString(), (int)sent["limits"]!["clipsPerDay"]!, (int)sent["limits"]!["secondsPerDay"]!));
    }

    [Fact]
    public async Task Create_ForAProhibitedUse_IsRefusedWithTheReason()
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(422, """{"detail":"It is prohibited.","reason":"prohibited-use"}""", "application/problem+json"));

        var (status, output, said) = await RunAsync(gateway, "keys", "create", "school", "--use", "education", "--why", "Who listens.");

        Assert.Equal((2, ""), (status, output));
        Assert.Contains("prohibited-use", said);
    }

    [Fact]
    public async Task List_ShowsEachInARowOrALineOfJson()
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(200, $$"""{"items":[{{Key}}],"next":null}"""));

        var (status, table, _) = await RunAsync(gateway, "keys", "list");
        var (_, json, _) = await RunAsync(gateway, "keys", "list", "--json");

        Assert.Equal(0, status);
        Assert.Matches(@"00112233445566aa .*lab .*active .*analyse read", table.ReplaceLineEndings(" "));
        Assert.Equal("lab", JsonNode.Parse(json)!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task RotateAndRevoke_AskForThat()
    {
        using var gateway = new LoopbackGateway((request, _) => request == 0 ? new Answer(200, Made) : new Answer(204, ""));

        var (rotated, output, _) = await RunAsync(gateway, "keys", "rotate", "k", "--grace-hours", "2");
        var (revoked, _, _) = await RunAsync(gateway, "keys", "revoke", "k");

        Assert.Equal((0, 0, "emo_00112233445566aa_77"), (rotated, revoked, output.Trim()));
        Assert.Equal(["/v1/keys/k/rotate", "/v1/keys/k"], gateway.Asked);
        Assert.Equal("""{"graceSeconds":7200}""", Encoding.UTF8.GetString(gateway.Uploads[0]));
    }

    [Fact]
    public async Task Key_IsTheOneThatIsNamedElseThatOfThisMachine()
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(200, """{"items":[],"next":null}"""));
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "emo_file\n", TestContext.Current.CancellationToken);
        var environment = new Dictionary<string, string> { ["EMOTION_GATEWAY"] = gateway.Address.ToString(), ["EMOTION_KEY_FILE"] = file };

        await CommandLine.RunAsync(environment, "jobs", "list");
        environment["EMOTION_KEY"] = "emo_variable";
        await CommandLine.RunAsync(environment, "jobs", "list");
        await CommandLine.RunAsync(environment, "jobs", "list", "--key", "emo_option");

        Assert.Equal(["Bearer emo_file", "Bearer emo_variable", "Bearer emo_option"], gateway.Authorizations);
        Assert.Null(Emotion.Client.EmotionKey.Find(null, new Uri("https://gateway.example.org")));
        File.Delete(file);
    }

    private static Task<(int Status, string Output, string Error)> RunAsync(LoopbackGateway gateway, params string[] arguments) =>
        CommandLine.RunAsync(new Dictionary<string, string> { ["EMOTION_GATEWAY"] = gateway.Address.ToString(), ["EMOTION_KEY_FILE"] = "none" }, arguments);
}

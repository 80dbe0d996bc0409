using System.Text.Json.Nodes;
using Emotion.Client.Tests;

namespace Emotion.Cli.Tests;

/// <summary>A folder of clips as a shell sees it.</summary>
public sealed class BatchCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emotion-batch-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Batch_OneBadOfThree_AnswersTheOthersAndSaysWhich()
    {
        Put("a.mp4", 1);
        Put("b.wav", 66);
        Put("c.MOV", 3);
        Put("notes.txt", 4);
        using var gateway = Gateway();

        var (status, output, said) = await RunAsync(gateway, "batch", _folder.FullName);

        Assert.Equal(2, status);
        Assert.Matches(@"a\.mp4 +│? *happy +│? *75%", output);
        Assert.Contains("refused: damaged", output);
        Assert.Contains("3 clips: 2 done, 1 refused", output);
        Assert.Contains("b.wav: refused (damaged): It, is broken.", said);
        Assert.Equal("done", (string?)JsonNode.Parse(File.ReadAllText(Answer("a.mp4")))!["status"]);
        Assert.False(File.Exists(Answer("b.wav")));
        var lines = File.ReadAllLines(Path.Combine(_folder.FullName, "emotion", "emotions.csv"));
        Assert.Equal("clip,status,prediction,probability,certainty,seconds,release,id,reason,detail", lines[0]);
        Assert.Equal("a.mp4,done,happy,0.75,certain,4.1,r1,a1,,", lines[1]);
        Assert.Equal("b.wav,refused,,,,,,,damaged,\"It, is broken.\"", lines[2]);
        Assert.StartsWith("c.MOV,done", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batch_Again_SendsWhatHasNoAnswerYetOrIsNewerThanIt()
    {
        Put("a.mp4", 1);
        Put("b.mp4", 2);
        using var gateway = Gateway();
        Assert.Equal(0, (await RunAsync(gateway, "batch", _folder.FullName)).Status);
        Put("c.mp4", 3);
        Put("b.mp4", 4);
        File.SetLastWriteTimeUtc(Path.Combine(_folder.FullName, "b.mp4"), DateTime.UtcNow.AddMinutes(1));
        File.WriteAllText(Answer("a.mp4") + ".part", "{");

        var (status, output, _) = await RunAsync(gateway, "batch", _folder.FullName, "--json");

        Assert.Equal(0, status);
        Assert.Equal([1, 2, 3, 4], gateway.Uploads.Select(clip => (int)clip[0]).Order());
        Assert.Equal(["a.mp4 kept", "b.mp4 done", "c.mp4 done"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!).Select(line => $"{line["clip"]} {line["status"]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Batch_Recursive_KeepsTheFoldersAndLeavesItsOwnAlone()
    {
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "deep"));
        Put("deep/a.mp4", 1);
        using var gateway = Gateway();

        Assert.Equal(2, (await RunAsync(gateway, "batch", _folder.FullName)).Status);
        Assert.Equal(0, (await RunAsync(gateway, "batch", _folder.FullName, "--recursive")).Status);

        Assert.True(File.Exists(Answer("deep/a.mp4")));
    }

    [Fact]
    public async Task Batch_OfAZip_IsSentAtOnceAndEachAnswerWritten()
    {
        Put("clips.zip", 80);
        const string Counts = "\"id\":\"b1\",\"acceptedAt\":\"2026-11-29T19:00:00+00:00\",\"counts\":{\"total\":2,\"queued\":0,\"running\":0,\"done\":1,\"failed\":1}";
        using var gateway = new LoopbackGateway((_, path) => path switch
        {
            "/health" => new Answer(200, "{}"),
            "/v1/batches?modalities=audio" => new Answer(202, $$"""{ {{Counts}}, "status": "running" }"""),
            "/v1/analyses/a1" => new Answer(200, """{"id":"a1","status":"done","fused":{"status":"certain","prediction":"happy","posterior":{"happy":0.75}}}"""),
            _ => new Answer(200, $$"""
                { "batch": { {{Counts}}, "status": "done" }, "next": null,
                  "items": [ { "position": 0, "name": "a.wav", "id": "a1", "status": "done" },
                             { "position": 1, "name": "../b.wav", "id": "b", "status": "failed", "reason": "damaged", "detail": "It is." } ] }
                """),
        });

        var (status, output, _) = await RunAsync(gateway, "batch", Path.Combine(_folder.FullName, "clips.zip"), "--modalities", "audio");

        Assert.Equal(2, status);
        Assert.Contains("2 clips: 1 done, 1 refused", output);
        Assert.Equal("done", (string?)JsonNode.Parse(File.ReadAllText(Answer("a.wav")))!["status"]);
        Assert.StartsWith("b.wav,refused,", File.ReadAllLines(Path.Combine(_folder.FullName, "emotion", "emotions.csv"))[2], StringComparison.Ordinal);
        Assert.Equal([80], Assert.Single(gateway.Uploads));
    }

    [Theory]
    [InlineData("/nowhere/at/all", "There is no folder")]
    [InlineData("", "There is no clip in")]
    public async Task Batch_OfNothing_Is2AndAsksNobody(string folder, string why)
    {
        using var gateway = new LoopbackGateway((_, _) => throw new InvalidOperationException("Nothing is to be sent."));

        var (status, _, said) = await RunAsync(gateway, "batch", folder.Length > 0 ? folder : _folder.FullName);

        Assert.Equal(2, status);
        Assert.Contains(why, said);
    }

    private static LoopbackGateway Gateway()
    {
        LoopbackGateway? gateway = null;
        gateway = new LoopbackGateway((_, path) => path.StartsWith("/v1", StringComparison.Ordinal) && gateway!.Uploads[^1][0] == 66
            ? new Answer(422, """{"detail":"It, is broken.","reason":"damaged"}""", "application/problem+json")
            : new Answer(200, """
                {"id":"a1","status":"done","clip":{"seconds":4.1,"container":"mp4","hasAudio":true,"hasVideo":false},"models":{"release":"r1"},
                 "fused":{"status":"certain","prediction":"happy","posterior":{"neutral":0.25,"happy":0.75}}}
                """));
        return gateway;
    }

    private void Put(string name, byte content) => File.WriteAllBytes(Path.Combine(_folder.FullName, name), [content]);

    private string Answer(string clip) => Path.Combine(_folder.FullName, "emotion", clip + ".json");

    private static Task<(int Status, string Output, string Error)> RunAsync(LoopbackGateway gateway, params string[] arguments) =>
        CommandLine.RunAsync(new Dictionary<string, string> { ["EMOTION_GATEWAY"] = gateway.Address.ToString() }, arguments);
}

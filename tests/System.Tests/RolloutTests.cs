using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Emotion.SystemTests;

/// <summary>A fiftieth of <c>./emotion prove rollout</c>: real models, inputs and a registry that goes away. What it says of times is for the full form.</summary>
public sealed class RolloutTests(ITestOutputHelper output)
{
    private const int Requests = 2000, Swaps = 2, Flips = 20, Lives = 4, RequestsPerSecond = 60;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Releases_SwappedUnderLoad_FailNobodyAndABadCanaryGoes()
    {
        var folder = Directory.CreateTempSubdirectory("emotion-rollout-test-").FullName;
        try
        {
            var found = await ProveAsync(folder);

            int Of(string name) => found[name]!.GetValue<int>();
            // The load goes on until every step is done, however long a busy machine takes over them.
            Assert.True(Of("requests") >= Requests, $"{Of("requests")} requests");
            Assert.Equal(["audio", "fusion", "text", "video"], found["requests_by_service"]!.AsObject().Select(service => service.Key).Order());
            Assert.Equal((0, 0, 0), (Of("failed"), Of("incoherent"), Of("answered_alike_by_two_releases")));
            Assert.InRange(Of("swaps"), Swaps, Swaps + 2); // A promotion and a rollback are swaps, too.
            Assert.Equal((1, 1), (Of("promotions"), Of("rollbacks")));
            Assert.True(Of("answered_while_registry_was_away") > 0);
            Assert.Equal((Flips, Flips), (Of("flips_tried"), Of("flips_refused")));
            Assert.Equal(0, Of("false_rollbacks"));
            Assert.True(found["canary_rollback_s"] is not null, found.ToJsonString()); // How soon is for the full form.
            Assert.StartsWith("<svg", await File.ReadAllTextAsync(Path.Combine(folder, "rollout.svg"), Cancelled));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<JsonNode> ProveAsync(string folder)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        string OutputOf(string project, string assembly) => Path.Combine(RunningSystem.Repository, project, "bin", configuration, "net10.0", assembly);
        var clip = await TestClip.MakeAsync(folder, 4, Cancelled);
        var result = Path.Combine(folder, "rollout.json");
        using var proof = Process.Start(new ProcessStartInfo(
            "dotnet",
            [
                OutputOf("bench/Rollout.Bench", "Rollout.Bench.dll"), "prove", "--host", OutputOf("src/AppHost", "Emotion.AppHost.dll"), "--clip", clip,
                "--requests", $"{Requests}", "--swaps", $"{Swaps}", "--flips", $"{Flips}", "--lives", $"{Lives}", "--rate", $"{RequestsPerSecond}",
                "--out", result, "--plot", Path.Combine(folder, "rollout.svg"),
            ])
        { WorkingDirectory = RunningSystem.Repository, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = await Task.WhenAll(proof.StandardOutput.ReadToEndAsync(Cancelled), proof.StandardError.ReadToEndAsync(Cancelled));
        await proof.WaitForExitAsync(Cancelled);
        output.WriteLine(string.Concat(said));
        // It ends with 1 where times are not as they should be on an idle machine, too.
        Assert.True(proof.ExitCode is 0 or 1 && File.Exists(result), $"It ended with {proof.ExitCode}: {string.Concat(said)}");
        return JsonNode.Parse(await File.ReadAllTextAsync(result, Cancelled))!;
    }
}

using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Emotion.SystemTests;

/// <summary>The small form of <c>./emotion prove rollout</c>. What needs a quiet machine, how much slower and how much larger, is for the large one.</summary>
public sealed class RolloutProofTests : IDisposable
{
    private const int Requests = 2000, Swaps = 2, Flips = 20, Lives = 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-proof-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Rollout_SwapsUnderLoadRegistryKilledAndABadCanary_NothingFailsAndNothingIsMixedUp()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        string Built(params string[] folder) => Path.Combine([RunningSystem.Repository, .. folder[..^1], "bin", configuration, "net10.0", folder[^1]]);
        var result = Path.Combine(_folder, "rollout.json");
        var plot = Path.Combine(_folder, "rollout.svg");
        string[] arguments =
        [
            Built("bench", "Rollout.Bench", "Rollout.Bench.dll"), "prove", "--host", Built("src", "AppHost", "Emotion.AppHost.dll"),
            "--clip", await TestClip.MakeAsync(_folder, 4, Cancelled), "--requests", $"{Requests}", "--swaps", $"{Swaps}", "--flips", $"{Flips}", "--lives", $"{Lives}",
            "--out", result, "--plot", plot,
        ];
        using var proof = Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = RunningSystem.Repository, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var said = await Task.WhenAll(proof.StandardOutput.ReadToEndAsync(Cancelled), proof.StandardError.ReadToEndAsync(Cancelled));
        await proof.WaitForExitAsync(Cancelled);

        Assert.True(File.Exists(result), string.Join('\n', said));
        var found = JsonNode.Parse(await File.ReadAllTextAsync(result, Cancelled))!;
        TestContext.Current.TestOutputHelper?.WriteLine(found.ToJsonString());
        Assert.Equal(
            (0, 0, 0), ((int)found["failed"]!, (int)found["incoherent"]!, (int)found["answered_alike_by_two_releases"]!));
        Assert.True((int)found["requests"]! >= Requests);
        Assert.Equal(["audio", "fusion", "text", "video"], found["requests_by_service"]!.AsObject().Select(service => service.Key));
        Assert.Equal((Swaps + 1, 1, 1), ((int)found["swaps"]!, (int)found["promotions"]!, (int)found["rollbacks"]!));
        Assert.True((int)found["answered_while_registry_was_away"]! > 0);
        Assert.Equal((Flips, Flips), ((int)found["flips_tried"]!, (int)found["flips_refused"]!));
        Assert.Equal((0, "shift"), ((int)found["false_rollbacks"]!, (string?)found["canary_rule"]));
        Assert.True((double?)found["canary_rollback_s"] > 0);
        Assert.Contains("<svg", await File.ReadAllTextAsync(plot, Cancelled));
    }
}

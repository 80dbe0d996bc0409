using System.Diagnostics;
using System.Text.Json;

namespace Emotion.AppHost.Tests;

/// <summary>The training service beside the system, where what it needs is not there.</summary>
public sealed class TrainingServiceTests : IDisposable
{
    private readonly string _store = Directory.CreateTempSubdirectory("emotion-training-service-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_store, recursive: true);

    [Fact]
    public async Task TrainingService_WithoutLibtorch_WaitsToBeStarted_FailsWithWhatToDo_AndTheSystemGoesOn()
    {
        var start = new ProcessStartInfo("dotnet", [Tools.AppHost, $"--Aspire:Store:Path={_store}", "--Video:Replicas=1"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["EMOTION_TORCH_LIBRARY"] = Tools.AppHost }, // A file, and no library.
        };
        using var host = Process.Start(start)!;
        host.OutputDataReceived += (_, line) => TestContext.Current.TestOutputHelper?.WriteLine(line.Data ?? "");
        host.BeginOutputReadLine();
        host.BeginErrorReadLine();
        try
        {
            var stopped = await WaitAsync(host, "Stopped");
            Assert.Equal("to be started by hand", stopped.GetProperty("reason").GetString());

            await OrderAsync("api/resources/training/start");
            var failed = await WaitAsync(host, "Failed");

            Assert.Equal(0, failed.GetProperty("restarts").GetInt32());
            Assert.Contains("`./emotion training --help`", await File.ReadAllTextAsync(failed.GetProperty("log").GetString()!, Token), StringComparison.Ordinal);
            Assert.False(host.HasExited);
        }
        finally
        {
            await Tools.RunAsync("kill", null, "-s", "TERM", $"{host.Id}");
            await host.WaitForExitAsync(CancellationToken.None);
        }
    }

    private async Task<JsonElement> WaitAsync(Process host, string state)
    {
        var file = Path.Combine(_store, "state.json");
        while (true)
        {
            Assert.False(host.HasExited, "AppHost has ended.");
            if (File.Exists(file))
            {
                using var read = JsonDocument.Parse(await File.ReadAllBytesAsync(file, Token));
                var training = read.RootElement.GetProperty("resources").EnumerateArray().Single(one => one.GetProperty("name").GetString() == "training");
                if (training.GetProperty("state").GetString() == state)
                {
                    return training.Clone();
                }
            }

            await Task.Delay(50, Token);
        }
    }

    private async Task OrderAsync(string path)
    {
        using var state = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(_store, "state.json"), Token));
        using var client = new HttpClient { BaseAddress = new Uri(state.RootElement.GetProperty("dashboard").GetString()!) };
        var token = (await File.ReadAllTextAsync(Path.Combine(_store, "dashboard.token"), Token)).Trim();
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Headers = { { "Authorization", $"Bearer {token}" } } };
        using var answer = await client.SendAsync(request, Token);
        answer.EnsureSuccessStatusCode();
    }
}

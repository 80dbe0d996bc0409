using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Emotion.SystemBench;

/// <summary>A result with what is needed to get it again: command, commit, machine, versions.</summary>
internal static class RunRecord
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task WriteAsync(FileInfo file, string command, object result, CancellationToken cancellationToken)
    {
        var record = new JsonObject
        {
            ["command"] = command,
            ["commit"] = Output("git", "rev-parse", "--short", "HEAD"),
            ["date"] = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd"),
            ["machine"] = $"{Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}",
            ["versions"] = $"{RuntimeInformation.FrameworkDescription}, {Output("ffmpeg", "-version").Split('\n')[0]}",
        };
        foreach (var (name, value) in JsonSerializer.SerializeToNode(result, Json)!.AsObject().ToList())
        {
            record[name] = value?.DeepClone();
        }

        file.Directory!.Create();
        await File.WriteAllTextAsync(file.FullName, record.ToJsonString(Json) + "\n", cancellationToken);
        Console.WriteLine($"wrote {file.FullName}");
    }

    private static string Processor() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";

    private static string Output(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Trim();
    }
}

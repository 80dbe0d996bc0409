using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Emotion.FaceBench;

/// <summary>npm @vladmandic/human over the same pictures: see human.mjs.</summary>
/// <param name="PicturesPerSecond">Of all processes together: one of them uses one core.</param>
/// <param name="Pictures">That all of them read.</param>
internal sealed record Human(double PicturesPerSecond, int Pictures, int Processes, JsonElement OneProcess)
{
    /// <param name="pictures">File of RGB pictures, one behind the other.</param>
    public static async Task<Human> MeasureAsync(
        DirectoryInfo folder, string pictures, int width, int height, TimeSpan time, CancellationToken cancellationToken)
    {
        string[] arguments = [Path.Combine(folder.FullName, "human.mjs"), "speed", pictures, .. ((int[])[width, height, (int)time.TotalSeconds])
            .Select(number => number.ToString(CultureInfo.InvariantCulture))];
        var answers = await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(_ => RunAsync(arguments, cancellationToken)));
        return new Human(answers.Sum(answer => answer.GetProperty("pictures_per_s").GetDouble()), answers.Sum(answer => answer.GetProperty("pictures").GetInt32()), answers.Length, answers[0]);
    }

    private static async Task<JsonElement> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo("node", arguments) { RedirectStandardOutput = true })!;
        var answer = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<JsonElement>(answer)
            : throw new InvalidOperationException($"node {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}

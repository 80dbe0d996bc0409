using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Emotion.Features;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>
/// The emotion network of npm @vladmandic/human on crops, by its own JavaScript in Node (<c>human.mjs</c>). Its seven labels are FER2013's, by
/// name; it has no <c>calm</c>. It gets the crops as they are, without looking for a face in them, which would lose some.
/// </summary>
/// <param name="folder">Where it is installed, beside <c>human.mjs</c>.</param>
public sealed class HumanEmotions(string folder)
{
    private const string Script = "human.mjs";

    /// <param name="set">What the crops are, for people.</param>
    /// <param name="pictures">48x48, gray.</param>
    /// <param name="cancellationToken">Kills Node.</param>
    /// <exception cref="CorpusException">It is not installed, or failed.</exception>
    public async Task<(Judged Judged, string Versions)> JudgeAsync(string set, IReadOnlyList<FacePicture> pictures, CancellationToken cancellationToken)
    {
        var file = Path.GetTempFileName();
        try
        {
            await using (var stream = File.OpenWrite(file))
            {
                foreach (var picture in pictures)
                {
                    await stream.WriteAsync(picture.Gray, cancellationToken);
                }
            }

            using var answer = JsonDocument.Parse(await RunAsync(file, cancellationToken));
            var root = answer.RootElement;
            var labels = root.GetProperty("labels").EnumerateArray()
                .Select(label => CorpusLabels.Fer2013.IndexOf(label.GetString()!) ?? throw new CorpusException($"'{label}' is none of our labels."))
                .ToArray();
            var posteriors = root.GetProperty("posteriors").EnumerateArray().Select(row => Mapped(row, labels)).ToArray();
            var versions = $"@vladmandic/human {root.GetProperty("human")}, {root.GetProperty("backend")}, Node {root.GetProperty("node")}";
            return (new Judged(set, [.. pictures.Select(picture => picture.Label)], posteriors, EmotionLabels.Mask(CorpusLabels.Fer2013.Covered)), versions);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static float[] Mapped(JsonElement row, int[] labels)
    {
        var posterior = new float[EmotionLabels.Count];
        foreach (var (at, value) in row.EnumerateArray().Index())
        {
            posterior[labels[at]] = value.GetSingle();
        }

        return posterior;
    }

    private async Task<string> RunAsync(string crops, CancellationToken cancellationToken)
    {
        string[] arguments = [Path.Combine(folder, Script), "crops", crops, FacePicture.Side.ToString(CultureInfo.InvariantCulture)];
        try
        {
            using var process = Process.Start(new ProcessStartInfo("node", arguments) { RedirectStandardOutput = true })!;
            await using var kill = cancellationToken.Register(process.Kill);
            var answer = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0
                ? answer
                : throw new CorpusException($"{Script} ended with {process.ExitCode}: is it installed? npm ci --ignore-scripts --prefix {folder}");
        }
        catch (Win32Exception missing)
        {
            throw new CorpusException($"node does not start ({missing.Message}).");
        }
    }
}

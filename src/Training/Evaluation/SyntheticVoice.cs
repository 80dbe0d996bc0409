using System.ComponentModel;
using System.Diagnostics;
using Emotion.Media;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>Text read aloud by <c>espeak-ng</c>: speech whose words are known, of voices that no corpus has.</summary>
public sealed class SyntheticVoice(AudioDecoder decoder)
{
    /// <param name="voice">Of espeak-ng, such as <c>en-gb+f2</c>.</param>
    /// <returns>16 kHz mono.</returns>
    public async Task<short[]> ReadAsync(string voice, string text, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("emotion-voice-");
        try
        {
            var file = Path.Combine(folder.FullName, "speech.wav");
            using var process = Start(voice, file);
            try
            {
                await process.StandardInput.WriteAsync(text.AsMemory(), cancellationToken);
                process.StandardInput.Close();
                await process.WaitForExitAsync(cancellationToken);
            }
            catch
            {
                process.Kill();
                throw;
            }

            return process.ExitCode == 0
                ? await decoder.DecodeSamplesAsync(file, cancellationToken)
                : throw new CorpusException($"espeak-ng ended with {process.ExitCode}: has it the voice '{voice}'? See espeak-ng --voices.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>What espeak-ng says of itself, without where its data lie; another version reads differently.</summary>
    /// <exception cref="CorpusException">It is not installed.</exception>
    public static async Task<string> VersionAsync(CancellationToken cancellationToken)
    {
        using var process = Start(new ProcessStartInfo("espeak-ng", ["--version"]) { RedirectStandardOutput = true });
        var said = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return said.Split("Data at", 2)[0].Trim();
    }

    private static Process Start(string voice, string file) =>
        Start(new ProcessStartInfo("espeak-ng", ["-b", "1", "-v", voice, "-w", file, "--stdin"]) { RedirectStandardInput = true });

    private static Process Start(ProcessStartInfo command)
    {
        try
        {
            return Process.Start(command)!;
        }
        catch (Win32Exception missing)
        {
            throw new CorpusException($"espeak-ng does not start ({missing.Message}): sudo apt-get install espeak-ng.");
        }
    }
}

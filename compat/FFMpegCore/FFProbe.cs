using System.Text;
using System.Text.Json;
using FFMpegCore.Exceptions;

namespace FFMpegCore;

public static class FFProbe
{
    private const int OutputLimit = 8 * 1024 * 1024;

    /// <exception cref="FFMpegException">There is no such file, or ffprobe could not read it.</exception>
    public static async Task<IMediaAnalysis> AnalyseAsync(
        string filePath, FFOptions? ffOptions = null, CancellationToken cancellationToken = default, string? customArguments = null)
    {
        if (!File.Exists(filePath))
        {
            throw new FFMpegException(FFMpegExceptionType.File, $"No file found at '{filePath}'");
        }

        var options = ffOptions ?? GlobalFFOptions.Current;
        var output = new StringBuilder();
        using var process = ToolProcess.Start(
            GlobalFFOptions.GetFFProbeBinaryPath(options),
            $"-loglevel error -print_format json -show_format -sexagesimal -show_streams -show_chapters \"{filePath}\" {customArguments}",
            options,
            reader => ReadAsync(reader, output));
        var exit = process.WaitForExitAsync();
        await using (cancellationToken.Register(process.Kill))
        {
            var exitCode = await exit.ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (exitCode != 0)
            {
                throw new FFMpegException(
                    FFMpegExceptionType.Process, $"ffprobe exited with non-zero exit-code ({exitCode} - {process.ErrorText})", null, process.ErrorText);
            }
        }

        try
        {
            return new MediaAnalysis(JsonDocument.Parse(output.ToString()).RootElement, process.ErrorText);
        }
        catch (JsonException exception)
        {
            throw new FFMpegException(FFMpegExceptionType.Process, "ffprobe's answer is not complete JSON", exception, process.ErrorText);
        }
    }

    private static async Task ReadAsync(StreamReader reader, StringBuilder output)
    {
        var buffer = new char[8192];
        int read;
        while ((read = await reader.ReadAsync(buffer.AsMemory()).ConfigureAwait(false)) > 0)
        {
            // Beyond the limit the rest is read and dropped, so that the process can end; the JSON is then incomplete.
            output.Append(buffer, 0, Math.Min(read, OutputLimit - output.Length));
        }
    }
}

using System.Diagnostics;

namespace Emotion.Media.Tests;

/// <summary>Makes clips with ffmpeg's own sources, in a folder that goes with the test class.</summary>
public sealed class ClipMaker : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("media-tests-");

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public string Write(string name, ReadOnlySpan<byte> bytes)
    {
        File.WriteAllBytes(PathOf(name), bytes);
        return PathOf(name);
    }

    /// <summary>Runs <c>ffmpeg ... name</c> once; a file that is there already is used again.</summary>
    public async Task<string> MakeAsync(string name, string arguments)
    {
        var path = PathOf(name);
        if (!File.Exists(path))
        {
            await RunAsync("ffmpeg", $"-nostdin -v error -y {arguments} {path}");
        }

        return path;
    }

    /// <summary>Moving test picture with sound: <paramref name="seconds"/> long, 25 pictures a second, key frame every 2 seconds.</summary>
    public Task<string> TalkAsync(string name, int seconds, string codecs) => MakeAsync(
        name, $"-f lavfi -i testsrc2=s=160x120:r=25:d={seconds} -f lavfi -i sine=f=440:r=44100:d={seconds} -g 50 -pix_fmt yuv420p {codecs}");

    public static async Task<string> RunAsync(string tool, string arguments)
    {
        var start = new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{tool} {arguments}: {await errors}");
        return output;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}

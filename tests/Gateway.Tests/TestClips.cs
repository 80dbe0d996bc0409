using System.Collections.Concurrent;
using System.Diagnostics;

[assembly: AssemblyFixture(typeof(Emotion.Gateway.Tests.TestClips))]

namespace Emotion.Gateway.Tests;

/// <summary>Clips made by ffmpeg, once each for all tests, in a folder that goes with the fixture. Nobody may change them.</summary>
public sealed class TestClips : IDisposable
{
    private const string Picture = "-f lavfi -i testsrc2=size=320x240:rate=25";
    private const string Sound = "-f lavfi -i sine=frequency=220:sample_rate=44100";
    private const string H264 = "-c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p";

    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-clips-").FullName;
    private readonly ConcurrentDictionary<string, Lazy<string>> _made = new();
    private int _written;

    public string Talk(double seconds = 3) => Make($"talk{seconds}.mp4", $"{Picture} {Sound} -t {seconds} {H264} -c:a aac");

    /// <summary>Of some megabytes: more than a connection takes before its other end reads.</summary>
    public string Heavy() => Make(
        "heavy.mp4", $"{Picture},noise=alls=80:allf=t+u,scale=640:480 {Sound} -t 2 -c:v libx264 -preset ultrafast -qp 10 -g 25 -pix_fmt yuv420p -c:a aac");

    public string SoundOnly(string name = "sound.wav") => Make(name, $"{Sound} -t 2");

    /// <summary>
    /// Noise, then silence, at a bit rate that follows: without a header that says the length, it is guessed from the first, large frames.
    /// </summary>
    public string LengthGuessedTooShort() => Make(
        "guessed.mp3",
        "-f lavfi -i anoisesrc=d=2:r=44100 -f lavfi -i anullsrc=r=44100:cl=mono -filter_complex [1]atrim=0:10[s];[0][s]concat=n=2:v=0:a=1 "
        + "-q:a 4 -write_xing 0 -id3v2_version 0");

    public string PictureOnly() => Make("picture.mp4", $"{Picture} -t 2 {H264}");

    public string SubtitlesOnly() => Make("words.mkv", $"-i {Words()} -c:s srt");

    public string WithSubtitles() => Make("subtitled.mp4", $"{Picture} {Sound} -i {Words()} -t 2 {H264} -c:a aac -c:s mov_text");

    /// <summary>16000 x 16000 pixels in 1.5 megabytes.</summary>
    public string PictureBomb() => Make("bomb.mkv", "-f lavfi -i color=size=16000x16000:rate=1 -frames:v 1 -c:v mjpeg -pix_fmt yuvj420p");

    /// <summary>Ten hours, one picture every ten seconds.</summary>
    public string TenHours() => Make("long.mp4", $"-f lavfi -i color=size=64x64:rate=0.1 -t 36000 {H264}");

    public string Truncated()
    {
        var whole = File.ReadAllBytes(Talk());
        return Write("truncated.mp4", whole[..(whole.Length / 2)]);
    }

    /// <summary>A file of its own, whoever else writes one of that name.</summary>
    public string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, $"{Interlocked.Increment(ref _written)}")).FullName, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>The same file for all who ask for it by that name.</summary>
    public string Once(string name, Func<byte[]> bytes) => _made.GetOrAdd(name, _ => new(() => Write(name, bytes()))).Value;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Words() => Once("words.srt", () => "1\n00:00:00,000 --> 00:00:02,000\nwords\n"u8.ToArray());

    private string Make(string name, string arguments) => _made.GetOrAdd(name, _ => new(() =>
    {
        var path = Path.Combine(_folder, name);
        using var ffmpeg = Process.Start("ffmpeg", $"-nostdin -v error -y {arguments} {path}");
        ffmpeg.WaitForExit();
        Assert.Equal(0, ffmpeg.ExitCode);
        return path;
    })).Value;
}

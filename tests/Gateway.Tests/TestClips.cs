using System.Diagnostics;

namespace Emotion.Gateway.Tests;

/// <summary>Clips made by ffmpeg for these tests, once each, in a folder that goes with the fixture.</summary>
public sealed class TestClips : IDisposable
{
    private const string Picture = "-f lavfi -i testsrc2=size=320x240:rate=25";
    private const string Sound = "-f lavfi -i sine=frequency=220:sample_rate=44100";
    private const string H264 = "-c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p";

    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-clips-").FullName;

    public string Talk(double seconds = 3) => Make($"talk{seconds}.mp4", $"{Picture} {Sound} -t {seconds} {H264} -c:a aac");

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

    public string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Words() => Write("words.srt", "1\n00:00:00,000 --> 00:00:02,000\nwords\n");

    private string Make(string name, string arguments)
    {
        var path = Path.Combine(_folder, name);
        lock (_folder)
        {
            if (!File.Exists(path))
            {
                using var ffmpeg = Process.Start("ffmpeg", $"-nostdin -v error -y {arguments} {path}");
                ffmpeg.WaitForExit();
                Assert.Equal(0, ffmpeg.ExitCode);
            }
        }

        return path;
    }
}

using System.Security.Cryptography;

namespace Emotion.Media.Tests;

/// <summary>Clips and a guard whose files can be counted: both go with the test class.</summary>
public class MediaFixture : IDisposable
{
    public MediaFixture() => Guard = NewGuard(_ => { });

    public ClipMaker Clips { get; } = new();

    public FFMpegGuard Guard { get; }

    /// <summary>Parent of all guards' work folders.</summary>
    public string WorkFolder => Path.Combine(Clips.PathOf("w"));

    public FFMpegGuard NewGuard(Action<MediaOptions> change)
    {
        var options = new MediaOptions { WorkFolder = WorkFolder };
        change(options);
        return new FFMpegGuard(options);
    }

    /// <summary>What is on disk besides the lock and the launchers.</summary>
    public string[] Leftovers() =>
        [.. Directory.EnumerateFileSystemEntries(WorkFolder, "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) is not ("lock" or "bin" or "ffmpeg" or "ffprobe"))
            .Where(path => Path.GetDirectoryName(path) != WorkFolder)];

    public static async Task<List<Sampled>> DecodeAsync(
        FFMpegGuard guard, IEnumerable<ClipSegment> segments, PictureSampling sampling, CancellationToken cancellationToken)
    {
        var sampled = new List<Sampled>();
        foreach (var segment in segments)
        {
            await foreach (var frame in new SegmentDecoder(guard).DecodeAsync(segment, sampling, cancellationToken))
            {
                using (frame)
                {
                    sampled.Add(new Sampled(frame.Seconds, frame.Width, frame.Height, Convert.ToHexString(SHA256.HashData(frame.Pixels.Span))));
                }
            }
        }

        return sampled;
    }

    public static async Task<short[]> ReadSoundAsync(SplitClip clip, CancellationToken cancellationToken)
    {
        var samples = new List<short>();
        await foreach (var piece in clip.ReadSoundAsync(cancellationToken))
        {
            samples.AddRange(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, short>(piece.Span));
        }

        return [.. samples];
    }

    public void Dispose()
    {
        Guard.Dispose();
        Clips.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>A sampled picture, by the digest of its pixels.</summary>
public sealed record Sampled(double Seconds, int Width, int Height, string Digest);

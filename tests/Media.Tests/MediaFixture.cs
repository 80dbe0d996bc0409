using System.Diagnostics;
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
        // Whoever is about the deadline sets it; the others are not to meet it on a busy machine.
        var options = new MediaOptions { WorkFolder = WorkFolder, ProbeDeadline = TimeSpan.FromMinutes(5) };
        change(options);
        return new FFMpegGuard(options);
    }

    /// <summary>A guard over tools that are this script; in it PIDS, ENV, NET and COUNT are files in the folder of that name.</summary>
    public FFMpegGuard NewGuard(string name, string script, Action<MediaOptions> change)
    {
        var folder = Directory.CreateDirectory(Clips.PathOf(name)).FullName;
        foreach (var file in new[] { "PIDS", "ENV", "NET", "COUNT" })
        {
            script = script.Replace(file, Path.Combine(folder, file), StringComparison.Ordinal);
        }

        // Not written by this process, as the launchers are not: what other tests start meanwhile would hold it open ("text file busy").
        using var writer = Process.Start(
            "sh", ["-c", "cd \"$1\" && printf '#!/bin/sh\\n%s\\n' \"$2\" >ffmpeg && cp ffmpeg ffprobe && chmod 700 ffmpeg ffprobe", "sh", folder, script]);
        writer.WaitForExit();
        Assert.Equal(0, writer.ExitCode);

        return NewGuard(options =>
        {
            options.BinaryFolder = folder;
            change(options);
        });
    }

    /// <summary>Waits until jobs of the tool are forked: a guard waits 5 s for that, and has them executed where a busy machine takes longer.</summary>
    public static async Task ReadyAsync(FFMpegGuard guard, string tool, CancellationToken cancellationToken)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        late.CancelAfter(TimeSpan.FromMinutes(2));
        while (guard.Tools.ProcessId(tool) is null)
        {
            await guard.Tools.PrepareAsync(tool, late.Token);
            await Task.Delay(5, late.Token);
        }
    }

    /// <summary>What a script has written into its PIDS, when that is two lines or the run has ended.</summary>
    public async Task<int[]> PidsAsync(string name, Task run, CancellationToken cancellationToken)
    {
        var path = Clips.PathOf($"{name}/PIDS");
        while (!run.IsCompleted && (!File.Exists(path) || (await File.ReadAllLinesAsync(path, cancellationToken)).Length < 2))
        {
            await Task.Delay(20, cancellationToken);
        }

        return [.. (await File.ReadAllLinesAsync(path, cancellationToken)).Select(int.Parse)];
    }

    /// <summary>A file that looks like a clip.</summary>
    public string AnyClip() => Clips.Write("any.mp4", "\0\0\0\u0018ftypisom\0\0\0\0isomisom"u8);

    /// <summary>What is on disk besides the lock, the launchers, and what belongs to tools that are kept ready.</summary>
    public string[] Leftovers() =>
        [.. Directory.EnumerateFileSystemEntries(WorkFolder, "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) is not "lock" && !IsOfTools(path))
            .Where(path => Path.GetDirectoryName(path) != WorkFolder)];

    private bool IsOfTools(string path) => Path.GetRelativePath(WorkFolder, path).Split('/') is [_, "bin", ..];

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

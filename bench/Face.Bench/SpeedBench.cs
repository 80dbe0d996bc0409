using System.Text.Json;
using Emotion.Features.Faces;
using Emotion.Inference.Hosting;
using Emotion.Inference.Video;
using Emotion.Media;
using Emotion.ModelRegistry.Packages;
using Emotion.SystemBench;

namespace Emotion.FaceBench;

/// <summary>
/// One clip: through the video service as a client sees it, through decoding alone, its pictures through detector and networks without
/// decoding, and the same pictures through npm @vladmandic/human.
/// </summary>
internal sealed class SpeedBench(ModelRuntime runtime, ModelPackage package, FileInfo clip, TimeSpan time)
{
    private const double ClipSeconds = 4;
    private const string Service = "video-1";

    private static int Callers => 2 * Environment.ProcessorCount;

    public async Task<int> RunAsync(FileInfo state, DirectoryInfo human, FileInfo output, CancellationToken cancellationToken)
    {
        await using var model = VideoModel.Load(package, runtime);
        using var guard = new FFMpegGuard(new MediaOptions()); // One for all clips, as a service has it: its ffmpeg is kept ready.
        var (alone, saturated, peak) = await ServedAsync(state, cancellationToken);
        var decoding = await ClosedLoop.RunAsync(Callers, time, async () => await DisposedAsync(guard, model.Sampling, cancellationToken));
        var pictures = await DecodeAsync(guard, model.Sampling, cancellationToken).ToListAsync(cancellationToken);
        var spec = model.Aligner.Spec;
        var every = await PicturesAsync(model, pictures, spec with { Detector = spec.Detector with { DetectEvery = 1, Follow = null } }, cancellationToken);
        var served = await PicturesAsync(model, pictures, spec, cancellationToken);
        var rival = await HumanAsync(human, pictures, cancellationToken);
        await RunRecord.WriteAsync(
            output,
            "./emotion bench face",
            new
            {
                clip = $"{ClipSeconds} s of {clip.Name}, one face, {pictures.Count} pictures of {pictures[0].Width}x{pictures[0].Height} at {spec.PicturesPerSecond}/s",
                package = $"{package.Name}/{package.Version}",
                seconds_each = time.TotalSeconds,
                load_average = File.ReadAllText("/proc/loadavg").Split(' ')[0],
                video_p50_s = Math.Round(alone.Percentile(0.5), 4),
                video_p95_s = Math.Round(alone.Percentile(0.95), 4),
                video_n = alone.Latencies.Count,
                clips_per_s = Math.Round(saturated.PerSecond, 2),
                clips_callers = Callers,
                clips_n = saturated.Latencies.Count,
                service_peak_mb = Math.Round(peak, 1),
                decode_clips_per_s = Math.Round(decoding.PerSecond, 2),
                pictures_per_s = Math.Round(every.PerSecond * pictures.Count, 1),
                pictures_n = every.Latencies.Count * pictures.Count,
                pictures_per_s_served = Math.Round(served.PerSecond * pictures.Count, 1),
                detect_every = spec.Detector.DetectEvery,
                human_pictures_per_s = Math.Round(rival.PicturesPerSecond, 1),
                human_n = rival.Pictures,
                human_processes = rival.Processes,
                human_one_process = rival.OneProcess,
                decoding_counted = "in video_p50_s and clips_per_s; not in pictures_per_s, nor for human",
            },
            cancellationToken);
        return 0;
    }

    private async Task<(ClosedLoop Alone, ClosedLoop Saturated, double PeakMegabytes)> ServedAsync(FileInfo state, CancellationToken cancellationToken)
    {
        using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(state.FullName, cancellationToken));
        var address = document.RootElement.GetProperty("resources").EnumerateArray()
            .First(resource => resource.GetProperty("name").GetString() == Service).GetProperty("endpoints").GetProperty("http").GetString()!;
        using var served = new ServedClip(address, await File.ReadAllBytesAsync(clip.FullName, cancellationToken), ClipSeconds);
        var memory = new VideoReplicas(state);
        var alone = await ClosedLoop.RunAsync(1, time, () => served.AnalyzeAsync(cancellationToken));
        await memory.ForgetPeaksAsync(cancellationToken);
        var saturated = await ClosedLoop.RunAsync(Callers, time, () => served.AnalyzeAsync(cancellationToken));
        return (alone, saturated, (await memory.PeaksAsync(cancellationToken))[Service]);
    }

    private IAsyncEnumerable<VideoFrame> DecodeAsync(FFMpegGuard guard, PictureSampling sampling, CancellationToken cancellationToken) =>
        new SegmentDecoder(guard).DecodeAsync(clip.FullName, "matroska", 0, 0, ClipSeconds, sampling, cancellationToken);

    private async Task DisposedAsync(FFMpegGuard guard, PictureSampling sampling, CancellationToken cancellationToken)
    {
        await foreach (var frame in DecodeAsync(guard, sampling, cancellationToken))
        {
            frame.Dispose();
        }
    }

    // Clips a second, each with all of its pictures: found as the spec says, cut, and read in batches that callers share.
    private Task<ClosedLoop> PicturesAsync(
        VideoModel model, IReadOnlyList<VideoFrame> pictures, FaceFrameSpec spec, CancellationToken cancellationToken) =>
        ClosedLoop.RunAsync(Environment.ProcessorCount, time, async () =>
        {
            var (finder, read) = (new FaceFinder(model.Detector, spec), new List<Task<FaceAnswer>>());
            foreach (var picture in pictures)
            {
                foreach (var face in finder.Next(picture))
                {
                    var crop = new float[model.Aligner.FeatureCount];
                    model.Aligner.Align(new RgbPicture(picture.Pixels.Span, picture.Width, picture.Height), face.Landmarks, crop);
                    read.Add(model.Frames.RunAsync(crop, cancellationToken));
                }
            }

            if ((await Task.WhenAll(read)).Length < pictures.Count)
            {
                throw new InvalidOperationException($"Of {pictures.Count} pictures {read.Count} show a face: this clip measures nothing.");
            }
        });

    private async Task<Human> HumanAsync(DirectoryInfo human, IReadOnlyList<VideoFrame> pictures, CancellationToken cancellationToken)
    {
        var file = Path.GetTempFileName();
        try
        {
            await using (var stream = File.OpenWrite(file))
            {
                foreach (var picture in pictures)
                {
                    await stream.WriteAsync(picture.Pixels, cancellationToken);
                }
            }

            return await Human.MeasureAsync(human, file, pictures[0].Width, pictures[0].Height, time, cancellationToken);
        }
        finally
        {
            File.Delete(file);
        }
    }
}

// The graphs of the packages in models/, as the services run them: milliseconds per run, on all cores.
//   dotnet run -c Release --project bench/Inference.Bench -- [--models DIR] [--out FILE]
using System.Diagnostics;
using System.Text.Json;
using Emotion.Features.Faces;
using Emotion.Inference.Audio;
using Emotion.Inference.Hosting;
using Emotion.Inference.Sessions;
using Emotion.Inference.Video;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;
using Microsoft.ML.OnnxRuntime;

var models = Argument("--models") ?? "models";
var release = JsonSerializer.Deserialize<ReleaseManifest>(
    await File.ReadAllBytesAsync(Path.Combine(models, "release.json")), RegistryJson.Options)!;
var runtime = ModelRuntime.Create(new InferenceOptions(), new BatchOptions { MaxDelay = TimeSpan.Zero });
var (audio, video, fusion) = (await OpenAsync("audio"), await OpenAsync("video"), await OpenAsync("fusion"));

var figures = new Dictionary<string, double>();
using (var graph = runtime.Sessions.Open(audio, "classifier"))
{
    var mfcc = audio.Manifest.FrontEnd.Deserialize<AudioSpec>(RegistryJson.Options)!.Mfcc;
    // A classifier with a second branch takes what the encoder heard, too.
    long[][] Batch(long size) => [.. graph.InputNames.Select<string, long[]>(name => name == "features"
        ? [size, 1, mfcc.Frames, mfcc.Coefficients] : [size, graph.RequireInput(name, -1, -1)[1]])];
    figures["resnet18_b1_ms"] = Graph(graph, Batch(1));
    figures["resnet18_b16_ms"] = Graph(graph, Batch(16));
}

var face = video.Manifest.FrontEnd.Deserialize<VideoSpec>(RegistryJson.Options)!.FaceFrame;
using (var graph = runtime.Sessions.Open(video, "frame"))
{
    figures["resnet34_b1_ms"] = Graph(graph, [[1, 1, face.CropSize, face.CropSize]]);
    figures["resnet34_b16_ms"] = Graph(graph, [[16, 1, face.CropSize, face.CropSize]]);
}

using (var detector = new FaceDetector(runtime.Sessions.Open(video, "detector"), face.Detector))
{
    var picture = new byte[1280 * 720 * 3];
    new Random(1).NextBytes(picture);
    figures["detect_720p_ms"] = Median(() => detector.Detect(new RgbPicture(picture, 1280, 720)));
}

using (var graph = runtime.Sessions.Open(fusion, "classifier"))
{
    // A window of two modalities is three rows: both, and each alone.
    figures["fusion_window_ms"] = Graph(graph, [.. graph.InputNames.Select(name => new[] { 3L, graph.RequireInput(name, -1, -1)[1] })]);
}

var json = JsonSerializer.Serialize(figures.ToDictionary(figure => figure.Key, figure => Math.Round(figure.Value, 3)));
if (Argument("--out") is { } path)
{
    await File.WriteAllTextAsync(path, json);
}

Console.WriteLine(json);

string? Argument(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;

Task<ModelPackage> OpenAsync(string name) =>
    ModelPackage.OpenAsync(Path.Combine(models, name, release.Models[name]), CancellationToken.None);

static double Graph(GraphSession graph, long[][] shapes)
{
    var random = new Random(1);
    var inputs = shapes.Select(shape => new PooledTensor<float>(shape)).ToArray();
    foreach (var input in inputs)
    {
        foreach (ref var value in input.Span)
        {
            value = random.NextSingle() - 0.5f;
        }
    }

    var names = graph.InputNames.ToArray();
    using var posterior = new PooledTensor<float>(shapes[0][0], 8);
    OrtValue[] values = [.. inputs.Select(input => input.Value)];
    var took = Median(() => graph.Run(names, values, ["posterior"], [posterior.Value]));
    Array.ForEach(inputs, input => input.Dispose());
    return took;
}

// Milliseconds of one call, once it has settled: runs for 3 s and takes the median of the second half.
static double Median(Action work)
{
    var took = new List<double>();
    for (var total = Stopwatch.StartNew(); total.Elapsed < TimeSpan.FromSeconds(3) || took.Count < 6;)
    {
        var one = Stopwatch.StartNew();
        work();
        took.Add(one.Elapsed.TotalMilliseconds);
    }

    var settled = took.Skip(took.Count / 2).Order().ToArray();
    return settled[settled.Length / 2];
}

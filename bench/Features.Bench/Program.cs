// Front ends on one core: MFCC against real time, ours and NWaves', and the cutting of a face. Prints one JSON object.
//   dotnet run -c Release --project bench/Features.Bench
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Emotion.Features.Faces;
using Emotion.Features.Mfcc;
using NWaves.FeatureExtractors;
using NWaves.FeatureExtractors.Options;

const int Seconds = 60;
var random = new Random(1);
var spec = new MfccSpec
{
    Revision = MfccFrontEnd.Revision,
    SampleRate = 16000,
    FrameLength = 400,
    HopLength = 160,
    FftSize = 512,
    PreEmphasis = 0.97,
    MelBands = 64,
    LowHertz = 20,
    HighHertz = 7600,
    PowerFloor = 1e-10,
    Coefficients = 40,
    Mean = new float[40],
    Deviation = [.. Enumerable.Repeat(1f, 40)],
    Frames = 300,
    SpeechFloorDecibels = -75,
    SpeechRangeDecibels = 40,
    SpeechMarginFrames = 10,
    MinimumSpeechFrames = 15,
};
var frontEnd = new MfccFrontEnd(spec);
var pcm = new short[Seconds * spec.SampleRate];
for (var n = 0; n < pcm.Length; n++)
{
    pcm[n] = (short)random.Next(-8000, 8000);
}

var frames = frontEnd.FrameCount(pcm.Length);
var (coefficients, levels, features) = (new float[frames * spec.Coefficients], new float[frames], new float[frontEnd.FeatureCount]);
var clip = pcm.AsMemory(0, 4 * spec.SampleRate);
var mfcc = Median(() => frontEnd.Compute(pcm, coefficients, levels));
var window = Median(() => frontEnd.WriteWindow(clip.Span, features));

var samples = Array.ConvertAll(pcm, s => s / 32768f);
var nwaves = new MfccExtractor(new MfccOptions
{
    SamplingRate = spec.SampleRate,
    FeatureCount = spec.Coefficients,
    FrameSize = spec.FrameLength,
    HopSize = spec.HopLength,
    FftSize = spec.FftSize,
    FilterBankSize = spec.MelBands,
    LowFrequency = spec.LowHertz,
    HighFrequency = spec.HighHertz,
    NonLinearity = NonLinearityType.ToDecibel,
});
var theirs = Median(() => nwaves.ComputeFrom(samples));

var aligner = new FaceAligner(new FaceFrameSpec
{
    Revision = FaceAligner.Revision,
    PicturesPerSecond = 5,
    CropSize = 48,
    Template = [new(0.308f, 0.385f), new(0.692f, 0.385f), new(0.5f, 0.592f), new(0.35f, 0.78f), new(0.65f, 0.78f)],
    GrayWeights = [0.299f, 0.587f, 0.114f],
    Equalise = true,
    Mean = 0.5f,
    Deviation = 0.29f,
    Detector = new FaceDetectorSpec
    {
        InputWidth = 320,
        InputHeight = 320,
        MinimumScore = 0.7f,
        MaximumOverlap = 0.4f,
        MaximumFaces = 4,
        DetectEvery = 1,
    },
    Tracks = new FaceTrackSpec { MaximumGapSeconds = 1, MinimumOverlap = 0.3f, MaximumCentreDistance = 0.6f, MaximumTracks = 8 },
    MinimumFacePixels = 24,
    MinimumBrightness = 0.06f,
    MinimumSharpness = 0.002f,
});
var picture = new byte[1280 * 720 * 3];
random.NextBytes(picture);
var face = new float[aligner.FeatureCount];
var landmarks = new FaceLandmarks(new(560, 300), new(715, 305), new(638, 385), new(580, 465), new(700, 468));
var align = Median(() => aligner.Align(new RgbPicture(picture, 1280, 720), landmarks, face));

Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, object>
{
    ["mfcc_realtime"] = Math.Round(Seconds / mfcc),
    ["mfcc_us_per_frame"] = Math.Round(mfcc / frames * 1e6, 3),
    ["mfcc_window_4s_ms"] = Math.Round(window * 1e3, 3),
    ["mfcc_nwaves_realtime"] = Math.Round(Seconds / theirs),
    ["mfcc_times_nwaves"] = Math.Round(theirs / mfcc, 1),
    ["face_align_720p_ms"] = Math.Round(align * 1e3, 3),
    ["vector_bits"] = System.Numerics.Vector<byte>.Count * 8,
    ["processor_architecture"] = RuntimeInformation.ProcessArchitecture.ToString(),
}));

// Seconds of one call, once the JIT has settled: runs for 3 s and takes the median of the second half.
static double Median(Action work)
{
    var took = new List<double>();
    for (var total = Stopwatch.StartNew(); total.Elapsed < TimeSpan.FromSeconds(3) || took.Count < 6;)
    {
        var one = Stopwatch.StartNew();
        work();
        took.Add(one.Elapsed.TotalSeconds);
    }

    var settled = took.Skip(took.Count / 2).Order().ToArray();
    return settled[settled.Length / 2];
}

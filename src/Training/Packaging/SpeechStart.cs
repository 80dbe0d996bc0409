using System.Text.Json;
using Emotion.Features.Mfcc;
using Emotion.Inference.Audio;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using static TorchSharp.torch;

namespace Emotion.Training.Packaging;

/// <summary>What a run keeps of the package that it started from, for the manifest of its own: the start's data and terms are inherited.</summary>
public sealed record StartedFrom(string Version, IReadOnlyList<DatasetManifest> Datasets, LicenseManifest License)
{
    public const string FileName = "started-from.json";
}

/// <summary>A published speech recognizer as the start of a training: its network of MFCC; a second branch is not trained on.</summary>
public static class SpeechStart
{
    /// <summary>Recordings that the network's norms are found again on.</summary>
    private const int Recordings = 512;

    /// <summary>The front end of the package, with the mean and deviation that its network has learned to expect.</summary>
    /// <exception cref="ArgumentException">The recipe says another front end.</exception>
    public static MfccSpec SpecOf(ModelPackage start, MfccSpec recipe)
    {
        var spec = start.Manifest.FrontEnd.Deserialize<AudioSpec>(RegistryJson.Options)!.Mfcc;
        return Said(spec) == Said(recipe)
            ? spec
            : throw new ArgumentException($"audio/{start.Version} has another front end than the recipe: give the recipe the package's 'mfcc', without mean and deviation.");
    }

    public static void Adopt(SpeechNetwork network, ModelPackage start, IReadOnlyList<SpeechRecording> training, MfccFrontEnd frontEnd)
    {
        if (network.Body is not ResNet residual)
        {
            throw new ArgumentException("A training starts from a published ResNet: say its network in the recipe.");
        }

        using var scope = NewDisposeScope();
        var graph = Proto.ModelProto.Parser.ParseFrom(File.ReadAllBytes(start.PathOf(start.Manifest.Graph(AudioModel.ClassifierRole).File)));
        var step = Math.Max(1, training.Count / Recordings);
        var some = training.Where((_, i) => i % step == 0).Take(Recordings).ToList();
        var batch = SpeechRecordings.Plain(some, frontEnd, Recordings).Single();
        PackageWeights.Adopt(residual, graph, network.Picture(tensor(batch.Inputs[0].Values, batch.Inputs[0].Shape)));
        Uncover(residual);
    }

    // A label that the start did not cover begins as likely as another, and not as good as impossible.
    private static void Uncover(ResNet network)
    {
        using var _ = no_grad();
        var bias = network.Classifier.bias!;
        bias.copy_(tensor(Array.ConvertAll(bias.data<float>().ToArray(), value => value <= CoveredMask.Uncovered / 2 ? 0f : value)));
    }

    private static string Said(MfccSpec spec) => JsonSerializer.Serialize(spec with { Mean = [], Deviation = [] }, RegistryJson.Options);
}

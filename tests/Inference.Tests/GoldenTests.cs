using Emotion.Inference.Audio;
using Emotion.Inference.Golden;
using Emotion.Inference.Hosting;
using Emotion.Inference.Video;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Tests;

public sealed class GoldenTests : IDisposable
{
    private readonly Packages _packages = new();

    // Whose options come first in the process, of him its threads are: a trial's are others than those that GraphSessionTests finds shared.
    public GoldenTests() => _ = Packages.Runtime;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _packages.Dispose();

    [Fact]
    public async Task Verify_EveryKindOfModel_ReproducesItsOwnExample()
    {
        var (audio, video) = (await _packages.AudioAsync(), await _packages.VideoAsync());
        await VerifyAsync<AudioModel>(audio);
        await VerifyAsync<VideoModel>(video);
        await VerifyAsync<Fusion.FusionModel>(await _packages.FusionAsync(new() { ["audio"] = audio.Version, ["video"] = video.Version }));
    }

    [Fact]
    public async Task Verify_OtherFrontEnd_IsNoticed()
    {
        var package = await _packages.AudioAsync();
        var other = await Packages.ResealAsync(package, manifest =>
        {
            var frontEnd = manifest.FrontEnd.DeepClone().AsObject();
            frontEnd["mfcc"]!["preEmphasis"] = 0.9;
            return manifest with { FrontEnd = frontEnd };
        });

        var refused = await Assert.ThrowsAsync<UnservablePackageException>(() => VerifyAsync<AudioModel>(other));

        Assert.Contains("golden example, features: number ", refused.Message);
    }

    [Fact]
    public async Task Load_FrontEndLacksANumber_NamesIt()
    {
        var package = await _packages.AudioAsync();
        var other = await Packages.ResealAsync(package, manifest =>
        {
            var frontEnd = manifest.FrontEnd.DeepClone().AsObject();
            frontEnd["mfcc"]!.AsObject().Remove("hopLength");
            return manifest with { FrontEnd = frontEnd };
        });

        var refused = Assert.Throws<UnservablePackageException>(() => AudioModel.Load(other, Packages.Runtime));

        Assert.Contains("hopLength", refused.Message);
    }

    [Fact]
    public async Task Load_LabelsInAnotherOrder_AreRefused()
    {
        var other = await Packages.ResealAsync(
            await _packages.AudioAsync(), manifest => manifest with { Labels = [.. manifest.Labels.Reverse()] });

        Assert.Contains("surprised disgust", Assert.Throws<UnservablePackageException>(() => AudioModel.Load(other, Packages.Runtime)).Message);
    }

    [Theory]
    [InlineData(0.0011f, 0f, "number 1 is")]
    [InlineData(0f, 0.05f, "norm is")]
    [InlineData(float.NaN, 0f, "number 1 is")]
    [InlineData(0.0009f, 0f, null)]
    public void Difference_BeyondTheTolerance_IsTold(float inHead, float inRest, string? expected)
    {
        float[] values = [.. Enumerable.Repeat(0.5f, 20)];
        var golden = GoldenOutput.Of(values);
        values[1] += inHead;
        values[19] += inRest;

        var difference = golden.Difference(values);

        if (expected is null) Assert.Null(difference);
        else Assert.StartsWith(expected, difference);
    }

    public static TheoryData<string> Shipped => ["audio", "video", "text", "fusion"];

    /// <summary>Graphs of floats, halves and 8-bit integers: with and without the runtime's rearrangements.</summary>
    [Theory]
    [MemberData(nameof(Shipped))]
    public async Task Trial_ShippedPackage_IsPassed(string name) =>
        await ServingTrial.RunAsync(await ModelPackage.OpenAsync(Directory.GetDirectories(Repository.PathOf("models", name)).Single(), Token), Token);

    [Fact]
    public async Task Trial_ServedNumbersAreNotTheGraphsOwn_IsRefusedWithBoth()
    {
        var package = await _packages.AudioAsync();
        Dictionary<string, float[]> Outputs(float second) => new() { ["posterior"] = [0.5f, second] };

        ServingTrial.RequireParity(package, Outputs(0.25f), Outputs(0.2505f));
        var refused = Assert.Throws<UnservablePackageException>(() => ServingTrial.RequireParity(package, Outputs(0.25f), Outputs(0.27f)));

        Assert.Contains("parity, posterior: as it is served number 1 is 0.27 instead of 0.25", refused.Message);
    }

    [Fact]
    public async Task Trial_ModelThatNoServiceServes_IsRefused()
    {
        var package = await Packages.ResealAsync(await _packages.AudioAsync(), manifest => manifest with { Name = "smell" });

        Assert.Contains("no service serves", (await Assert.ThrowsAsync<UnservablePackageException>(() => ServingTrial.RunAsync(package, Token))).Message);
    }

    private static async Task VerifyAsync<TModel>(ModelPackage package) where TModel : class, IServableModel<TModel>
    {
        await using var model = TModel.Load(package, Packages.Runtime);
        await GoldenExample.VerifyAsync(model, Token);
    }
}

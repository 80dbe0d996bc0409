using Emotion.Inference.Audio;
using Emotion.Inference.Tests;
using Emotion.ModelRegistry.Tests;
using Microsoft.AspNetCore.Builder;

namespace Emotion.Serving.Tests;

public sealed class ModelStatusTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Get_BeforeAndAfterTheFirstRelease_TellsWhatIsServed()
    {
        using var packages = new Packages();
        await using var served = await ServedModel.StartAsync(
            azurite, builder => builder.AddModelService<AudioModel>(), app => app.MapGrpcService<ModelStatusService<AudioModel>>());
        var before = await served.StatusAsync();
        var package = await packages.AudioAsync();

        await served.PromoteAsync(package);
        var after = await served.StatusAsync();

        Assert.Empty(before.Loaded);
        Assert.Empty(before.DefaultRelease);
        var loaded = Assert.Single(after.Loaded);
        Assert.Equal((ServedModel.Release, "audio", package.Version), (loaded.Release, loaded.Model.Name, loaded.Model.Version));
        Assert.Equal(Features.EmotionLabels.Names, loaded.CoveredLabels);
        var terms = package.Manifest.License;
        Assert.Equal((terms.Id, terms.AllowsCommercialUse), (loaded.Licence, loaded.AllowsCommercialUse));
        Assert.Equal((4.0, 1.5), (loaded.ClipWindow.LengthSeconds, loaded.ClipWindow.MinimumTailSeconds));
        Assert.Empty(after.LastFailure);
    }
}

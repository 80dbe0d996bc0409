using Emotion.Training.Commands;
using Emotion.Training.Datasets;

namespace Emotion.Training.Tests.Reports;

public sealed class ShippedReportTests
{
    [Fact]
    public async Task ResultsInTheDocs_AreThoseOfTheShippedModels()
    {
        var repository = DataRoot.RepositoryRoot();

        var (report, cards) = await ShippedReportCommand.WriteAsync(Path.Combine(repository, "models"), TestContext.Current.CancellationToken);

        // Else: ./emotion training report shipped
        Assert.Equal(cards, await File.ReadAllTextAsync(Path.Combine(repository, "docs", "model-cards.md"), TestContext.Current.CancellationToken));
        Assert.Equal(report, await File.ReadAllTextAsync(Path.Combine(repository, "docs", "results", "training.md"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Report_WithoutARelease_SaysWhatIsMissing()
    {
        var missing = await Assert.ThrowsAsync<FileNotFoundException>(
            () => ShippedReportCommand.WriteAsync(Path.GetTempPath(), TestContext.Current.CancellationToken));
        Assert.Contains("release.json", missing.Message, StringComparison.Ordinal);
    }
}

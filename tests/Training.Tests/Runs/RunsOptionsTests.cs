using Emotion.Training.Commands;
using Emotion.Training.Runs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Emotion.Training.Tests.Runs;

/// <summary>Options out of their ranges, those that lie in others too.</summary>
public sealed class RunsOptionsTests
{
    [Theory]
    [InlineData("AtOnce", "0", "AtOnce must be between 1 and 64.")]
    [InlineData("Grace", "02:00:00", "Grace must be between 00:00:00.1000000 and 01:00:00.")]
    [InlineData("Corpus:MaximumClips", "0", "Corpus.MaximumClips must be between 1 and 1000000.")]
    [InlineData("Corpus:Archive:MaximumEntries", "70000", "Corpus.Archive.MaximumEntries must be between 1 and 65534.")]
    [InlineData("Corpus:Archive:MaximumRatio", "0.5", "Corpus.Archive.MaximumRatio must be between 1 and 1032.")]
    public async Task Options_OutOfTheirRange_AreRefusedBeforeAnythingRuns(string option, string value, string message)
    {
        await using var service = ServeCommand.Build("http://127.0.0.1:0", $"--{TrainingRunsOptions.Section}:{option}={value}");
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => service.StartAsync(TestContext.Current.CancellationToken));
        Assert.EndsWith(message, Assert.Single(refused.Failures));

        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new($"{TrainingRunsOptions.Section}:{option}", value)]).Build();
        Assert.EndsWith(message, Assert.Throws<ArgumentException>(() => RunLook.OptionsOf(configuration, null)).Message);
    }

    [Fact]
    public void Options_AsTheyCome_AreInTheirRanges() => Assert.True(new TrainingRunsOptionsValidator().Validate(null, new TrainingRunsOptions()).Succeeded);
}

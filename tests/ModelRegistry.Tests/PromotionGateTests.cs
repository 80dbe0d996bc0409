using System.Text.Json.Nodes;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Promotion;
using Emotion.ModelRegistry.Releases;

namespace Emotion.ModelRegistry.Tests;

/// <summary>The gate over manifests made for it; no registry.</summary>
public sealed class PromotionGateTests
{
    private static readonly DatasetManifest Ravdess = new("RAVDESS", "digest-1", "fold 1");

    [Theory]
    [InlineData(0.80, 0.85, false)]
    [InlineData(0.80, 0.80, false)]
    [InlineData(0.81, 0.80, false)]
    [InlineData(0.80, 0.789, true)]
    [InlineData(0.80, 0.20, true)]
    public void Check_HeadlineMetric_MayFallByOnePoint(double before, double after, bool refused)
    {
        var objections = Check(Audio(before), Audio(after, "2"));

        Assert.Equal(refused ? [ObjectionKind.MetricFell] : [], objections.Select(objection => objection.Kind));
    }

    [Fact]
    public void Check_MetricFell_SaysWhichByHowMuchAndWhatIsAllowed()
    {
        var objection = Assert.Single(Check(Audio(0.80), Audio(0.7704, "2"), new ModelPolicyOptions { MaximumDrop = 0.02 }));

        Assert.Equal($"audio/{Version("2")}: test.uar falls from 80.0 to 77.04, by 2.96 points; 2.0 are allowed.", objection.Message);
        Assert.True(objection.CanBeOverruled);
    }

    [Fact]
    public void Check_WiderMargin_LetsItPass() =>
        Assert.Empty(Check(Audio(0.80), Audio(0.75, "2"), new ModelPolicyOptions { MaximumDrop = 0.05 }));

    public static TheoryData<string, string> Incomparable => new()
    {
        { "set", "measured on 'other', before on 'test actors'" },
        { "n", "n is 480, before 240" },
        { "digest", "RAVDESS has another digest" },
        { "split", "RAVDESS is split 'fold 2', before 'fold 1'" },
        { "corpora", "name no corpus in common" },
        { "metric", "has no test.uar" },
    };

    [Theory]
    [MemberData(nameof(Incomparable))]
    public void Check_MeasuredOnSomethingElse_IsNotComparableHoweverGood(string what, string reason)
    {
        var good = Audio(0.99, "2");
        var after = what switch
        {
            "set" => good with { Metrics = Test(0.99, "other", 240) },
            "n" => good with { Metrics = Test(0.99, "test actors", 480) },
            "digest" => good with { Datasets = [Ravdess with { Digest = "digest-2" }] },
            "split" => good with { Datasets = [Ravdess with { Split = "fold 2" }] },
            "corpora" => good with { Datasets = [Ravdess with { Name = "CREMA-D" }] },
            _ => good with { Metrics = new JsonObject { ["test"] = new JsonObject { ["wa"] = 0.99 } } },
        };

        var objection = Assert.Single(Check(Audio(0.80), after));

        Assert.Equal(ObjectionKind.NotComparable, objection.Kind);
        Assert.Contains(reason, objection.Message);
    }

    [Fact]
    public void Check_AnotherCorpusBesideTheSame_IsComparable() =>
        Assert.Empty(Check(Audio(0.80), Audio(0.80, "2") with { Datasets = [new("CREMA-D", "digest-9", "all train"), Ravdess] }));

    [Fact]
    public void Check_SameVersion_IsNotComparedWithItself() =>
        Assert.Empty(Check(Audio(0.80) with { Metrics = [] }, Audio(0.80) with { Metrics = [] }));

    [Fact]
    public void Check_TextFigures_AreComparedCorpusByCorpus()
    {
        var objection = Assert.Single(Check(Text(0.50, 0.60), Text(0.55, 0.40, "2")));

        Assert.Contains("meld.weighted_f1 falls from 60.0 to 40.0", objection.Message);
    }

    [Fact]
    public void Check_ModelThatWouldBeMissing_IsNotComparable()
    {
        var objection = Assert.Single(PromotionGate.Check(Of("new", Audio(0.8)), Of("old", Audio(0.8), Text(0.5, 0.5)), new ModelPolicyOptions()));

        Assert.Equal("old has a text model, new has none.", objection.Message);
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public void Check_LicenceWithoutCommercialUse_IsRefusedOnlyWhereThatIsRequired(bool required, int refused)
    {
        var research = Audio(0.8) with { License = new LicenseManifest("CC BY-NC-SA 4.0", false, "") };

        var objections = PromotionGate.Check(Of("r", research, Text(0.5, 0.5)), null, new ModelPolicyOptions { RequireCommercialUse = required });

        Assert.Equal(refused, objections.Count);
        Assert.All(objections, objection => Assert.Equal(
            (ObjectionKind.License, $"audio/{Version("1")} is licensed 'CC BY-NC-SA 4.0', and Models:RequireCommercialUse is set."), (objection.Kind, objection.Message)));
    }

    [Fact]
    public void Check_FusionTrainedOnOtherVersions_CannotBeOverruled()
    {
        var fusion = Audio(0.9) with { Name = "fusion", TrainedOn = new Dictionary<string, string> { ["audio"] = Version("7") } };

        var objection = Assert.Single(PromotionGate.Check(Of("r", Audio(0.8), fusion), null, new ModelPolicyOptions()));

        Assert.Equal((ObjectionKind.NotCoherent, false), (objection.Kind, objection.CanBeOverruled));
        Assert.Contains($"was trained on audio/{Version("7")}, the release has {Version("1")}", objection.Message);
    }

    private static IReadOnlyList<PromotionObjection> Check(ModelManifest before, ModelManifest after, ModelPolicyOptions? policy = null) =>
        PromotionGate.Check(Of("new", after), Of("old", before), policy ?? new ModelPolicyOptions());

    private static JudgedRelease Of(string name, params ModelManifest[] manifests) => new(
        new ReleaseManifest
        {
            Release = name,
            CreatedAt = DateTimeOffset.UnixEpoch,
            Models = manifests.ToDictionary(manifest => manifest.Name, manifest => manifest.Version),
            ClipWindow = new ReleaseClipWindow(4, 1.5),
        },
        manifests.ToDictionary(manifest => manifest.Name));

    private static ModelManifest Audio(double uar, string version = "1") => TestPackages.Draft("audio") with
    {
        Version = Version(version),
        Metrics = Test(uar, "test actors", 240),
        Datasets = [Ravdess],
    };

    private static ModelManifest Text(double ekman, double meld, string version = "1") => TestPackages.Draft("text") with
    {
        Version = Version(version),
        Metrics = new JsonObject
        {
            ["goemotions_ekman"] = new JsonObject { ["macro_f1"] = ekman },
            ["meld"] = new JsonObject { ["weighted_f1"] = meld },
        },
        Datasets = [new("MELD", "digest-3", "as it is")],
    };

    private static JsonObject Test(double uar, string set, int n) =>
        new() { ["test"] = new JsonObject { ["set"] = set, ["n"] = n, ["uar"] = uar } };

    private static string Version(string which) => $"20261129-000{which}-0000000{which}";
}

using Emotion.Contracts.Common.V1;
using Emotion.Inference;
using Google.Protobuf;

namespace Emotion.Serving.Tests;

public sealed class ModelWireTests
{
    private static readonly ModelVersion Version = new() { Name = "audio", Version = "20261122-1200-01234567" };

    [Fact]
    public void FeatureMap_ThereAndBack_KeepsEveryBit()
    {
        float[] values = [0, -0f, 1.5f, float.Epsilon, float.MaxValue, -3.25f];

        var map = ModelWire.ToFeatureMap(values, Version);

        Assert.Equal(values.Length * 4, map.Values.Length);
        Assert.Equal([0x00, 0x00, 0xC0, 0x3F], map.Values.Span[8..12].ToArray());
        Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), ModelWire.FromFeatureMap(map).Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void FromFeatureMap_HalfAValue_IsInvalid() =>
        Assert.Throws<InvalidInputException>(() => ModelWire.FromFeatureMap(new FeatureMap { Values = ByteString.CopyFrom(1, 2, 3) }));

    [Fact]
    public void FromFeatureMap_Missing_IsEmpty() => Assert.Empty(ModelWire.FromFeatureMap(null));

    [Fact]
    public void ToPlan_GoodWindows_AreTheSame()
    {
        var plan = ModelWire.ToPlan([Window(0, 0, 4), Window(1, 4, 9.5)], 2);

        Assert.Equal([(0, 0.0, 4.0), (1, 4.0, 9.5)], plan.Select(window => (window.Index, window.StartSeconds, window.EndSeconds)));
    }

    public static TheoryData<ClipWindow[]> BadPlans =>
    [
        new TheoryDataRow<ClipWindow[]>([]),
        new TheoryDataRow<ClipWindow[]>([Window(0, 0, 1), Window(1, 1, 2), Window(2, 2, 3)]),
        new TheoryDataRow<ClipWindow[]>([Window(1, 0, 4)]),
        new TheoryDataRow<ClipWindow[]>([Window(0, 4, 4)]),
        new TheoryDataRow<ClipWindow[]>([Window(0, -1, 4)]),
        new TheoryDataRow<ClipWindow[]>([Window(0, double.NaN, 4)]),
        new TheoryDataRow<ClipWindow[]>([Window(0, 0, double.PositiveInfinity)]),
    ];

    [Theory]
    [MemberData(nameof(BadPlans))]
    public void ToPlan_WindowsThatAreNoPlan_AreInvalid(ClipWindow[] windows) =>
        Assert.Throws<InvalidInputException>(() => ModelWire.ToPlan(windows, 2));

    /// <summary>Both sides number the reasons; a cast stands between them.</summary>
    [Fact]
    public void AbstentionReasons_AreNumberedAlike()
    {
        var here = Enum.GetValues<AbstentionReason>().ToDictionary(reason => (int)reason, reason => reason.ToString());
        var wire = Enum.GetValues<Contracts.Common.V1.Abstention.Types.Reason>()
            .Where(reason => reason != Contracts.Common.V1.Abstention.Types.Reason.Unspecified)
            .ToDictionary(reason => (int)reason, reason => reason.ToString());

        Assert.Equal(wire.OrderBy(reason => reason.Key), here.OrderBy(reason => reason.Key));
    }

    private static ClipWindow Window(uint index, double start, double end) => new() { Index = index, StartSeconds = start, EndSeconds = end };
}

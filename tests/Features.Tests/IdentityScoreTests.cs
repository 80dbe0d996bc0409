using Emotion.Features.Faces;
using FsCheck;
using FsCheck.Fluent;

namespace Emotion.Features.Tests;

/// <summary>IDF1 = 2 IDTP / (true boxes + found boxes), by hand.</summary>
public class IdentityScoreTests
{
    [Fact]
    public void Idf1_AllFoundUnderOtherNumbers_IsOne() =>
        Assert.Equal(1, IdentityScore.Idf1(Boxes("A A A", "B B B"), Boxes("7 7 7", "3 3 3")));

    // 6 true boxes, 6 found; A-1 and B-2 agree in the first of two thirds: 2 * (2 + 2) / 12.
    [Fact]
    public void Idf1_TwoSwapNumbersForTheLastOfThree_IsTwoThirds() =>
        Assert.Equal(2 / 3.0, IdentityScore.Idf1(Boxes("A A A", "B B B"), Boxes("1 1 2", "2 2 1")), 12);

    // A is found as 1 for three of five pictures, then as 2: only one of them counts. 2 * 3 / (5 + 5).
    [Fact]
    public void Idf1_OneBrokenInTwo_CountsTheLongerPart() =>
        Assert.Equal(0.6, IdentityScore.Idf1(Boxes("A A A A A"), Boxes("1 1 1 2 2")), 12);

    // One track over both, each of two pictures: it can be but one of them. 2 * 2 / (4 + 4).
    [Fact]
    public void Idf1_TwoJoinedToOne_CountsOneOfThem() =>
        Assert.Equal(0.5, IdentityScore.Idf1(Boxes("A A - -", "- - B B"), Boxes("1 1 - -", "- - 1 1")), 12);

    // One of four is missed, and somebody found who is not there. 2 * 3 / (4 + 4).
    [Fact]
    public void Idf1_MissedAndInvented_CountAgainst() =>
        Assert.Equal(0.75, IdentityScore.Idf1(Boxes("A A A A"), Boxes("1 1 1 -", "- - - 9")), 12);

    // Shifted by half a side the overlap is 1/3, by a quarter 3/5: 2 * 1 / (2 + 2).
    [Fact]
    public void Idf1_BoxesThatOverlapTooLittle_DoNotAgree() => Assert.Equal(
        0.5,
        IdentityScore.Idf1([Box(0, 1, 0), Box(1, 1, 0)], [Box(0, 1, 50), Box(1, 1, 25)]), 12);

    [Fact]
    public void Idf1_Nobody_IsOneAndNobodyFoundIsZero()
    {
        Assert.Equal(1, IdentityScore.Idf1([], []));
        Assert.Equal(0, IdentityScore.Idf1(Boxes("A A"), []));
        Assert.Equal(0, IdentityScore.Idf1([], Boxes("1 1")));
    }

    [Theory]
    [InlineData("A A A", "B B B", "1 1 1", "2 2 2", 0)]
    [InlineData("A A A", "B B B", "1 2 2", "2 1 1", 2)] // Both change once.
    [InlineData("A A A A", "- - - -", "1 - - 2", "- - - -", 1)] // Lost between, and another after.
    [InlineData("A A A A", "- - - -", "1 - - 1", "- - - -", 0)]
    [InlineData("A A A", "- - -", "1 2 1", "- - -", 2)]
    public void Switches_NumbersOverTime_AreCountedWhereTheyChange(string a, string b, string foundOfA, string foundOfB, int expected) =>
        Assert.Equal(expected, IdentityScore.Switches(Boxes(a, b), Boxes(foundOfA, foundOfB)));

    // Two tracks lie on one person: the one that was theirs stays theirs, though the other fits better.
    [Fact]
    public void Switches_SecondTrackOnOnePerson_IsNone() => Assert.Equal(
        0,
        IdentityScore.Switches(Boxes("A A"), [Box(0, 1, 0), Box(1, 1, 10), Box(1, 2, 0)]));

    [Fact]
    public void Idf1_AnyNumbering_IsThatOfTheBestPairing() => Prop.ForAll(
        Gen.Choose(0, 3).ArrayOf(24).ToArbitrary(),
        numbers =>
        {
            // Four people in a row of places, twelve pictures; who is found where is drawn.
            List<IdentifiedBox> truth = [], found = [];
            for (var i = 0; i < 24; i++)
            {
                truth.Add(Box(i / 4, i % 4, 300 * (i % 4)));
                if (found.TrueForAll(box => box.Picture != i / 4 || box.Id != numbers[i]))
                {
                    found.Add(Box(i / 4, numbers[i], 300 * (i % 4)));
                }
            }

            var best = Permutations([0, 1, 2, 3]).Max(
                pairing => truth.Count(one => found.Contains(one with { Id = pairing[one.Id] })));
            return Math.Abs(2.0 * best / (truth.Count + found.Count) - IdentityScore.Idf1(truth, found)) < 1e-12;
        }).QuickCheckThrowOnFailure();

    private static IEnumerable<int[]> Permutations(int[] values) => values.Length < 2
        ? [values]
        : values.SelectMany(first => Permutations([.. values.Where(value => value != first)]).Select(rest => (int[])[first, .. rest]));

    // A row is a place, a column a picture: "A A -" is A there in the first two pictures.
    private static List<IdentifiedBox> Boxes(params string[] places) =>
        [.. places.SelectMany((row, place) => row.Split(' ').Select((who, picture) => (who, picture))
            .Where(cell => cell.who != "-").Select(cell => Box(cell.picture, cell.who[0], 300 * place)))];

    private static IdentifiedBox Box(int picture, int id, float left) => new(picture, id, new FaceBox(left, 0, left + 100, 100));
}

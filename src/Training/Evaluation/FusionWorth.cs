using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Inference.Fusion;
using Emotion.Training.Datasets;
using Emotion.Training.Recipes;

namespace Emotion.Training.Evaluation;

/// <summary>
/// What a fusion is worth on drawn tuples of the test parts: with all modalities and with each subset of them, beside what needs no network. None
/// of it is the product's accuracy, and all of it says so (<c>drawn</c>).
/// </summary>
public sealed class FusionWorth(FusionModel model, ModalityPools test, FusionRecipe recipe)
{
    private const string OfAll = "test";

    /// <summary>Of the answers, at which the share of right ones is told too.</summary>
    private const double UsualCoverage = 0.6;

    private static readonly IReadOnlyDictionary<string, string> Parts = new Dictionary<string, string>
    {
        ["audio"] = "RAVDESS speech of {0}", ["video"] = "sequences composed of FER2013 {1} pictures", ["text"] = "written texts of the {2} parts",
    };

    /// <summary>A subset's name in a manifest's metrics.</summary>
    public static string NameOf(ModalitySubset subset) => subset.IsWhole ? OfAll : $"{OfAll}_{subset.Name}";

    /// <summary>In words, which people get what the tuples are.</summary>
    public static string Describe(ModalitySubset subset, string actors, string pictures, string texts) => string.Format(
        System.Globalization.CultureInfo.InvariantCulture,
        "drawn by label: " + string.Join(" with ", subset.All.Where((_, m) => subset.Has(m)).Select(name => Parts[name])) + "; not clips of one person",
        actors, pictures, texts);

    public Judged Judge(ModalitySubset subset) => ServedFusion.Judge(model, SetOf(subset), FusionTuples.Of(test, subset, recipe));

    /// <summary>The figure of a subset, of the present modalities alone, of the rivals, and how much better than the best of the first it is.</summary>
    public JsonObject ToJson(ModalitySubset subset, FusionRivals rivals)
    {
        var (tuples, fused) = (FusionTuples.Of(test, subset, recipe), Judge(subset));
        var alone = rivals.Alone(fused.Set, tuples);
        // The best on these very tuples: what fusion is held to has the luck on its side.
        var best = alone.MaxBy(one => one.Value.Scores.Wa);
        var json = Marked(fused.ToJson());
        json["alone"] = Short(alone);
        json["rivals"] = Short(rivals.Together(fused.Set, tuples));
        json["best"] = best.Key;
        AddDifference(json, fused, best.Value);
        json["certain"] = SelectiveAccuracy.Above(fused, model.UncertainBelow).ToJson();
        json["coverage60"] = SelectiveAccuracy.At(fused, UsualCoverage).ToJson();
        return json;
    }

    /// <summary>With all modalities, one of them speaking of something else, against the same tuples without it.</summary>
    /// <param name="heard">Under noise, too; null: that is left out.</param>
    public JsonObject NoiseToJson(NoisySpeech? heard = null)
    {
        var (whole, json) = (test.Whole, new JsonObject { ["drawn"] = true });
        var tuples = FusionTuples.Of(test, whole, recipe);
        foreach (var (m, modality) in test.Modalities.Index())
        {
            var without = ServedFusion.Judge(model, SetOf(whole.Without(m)), [.. tuples.Select(tuple => Without(tuple, m))]);
            var kinds = new JsonObject { ["without"] = Short(without) };
            foreach (var kind in new[] { FusionNoise.NoIdea, FusionNoise.OtherLabel })
            {
                var noisy = ServedFusion.Judge(model, SetOf(whole), FusionNoise.Of(kind, modality, m, tuples, new Random(recipe.Training.Seed)));
                var one = Short(noisy);
                AddDifference(one, noisy, without);
                kinds[kind] = one;
            }

            if (heard is not null && modality.Name == "audio")
            {
                var noisy = ServedFusion.Judge(model, SetOf(whole), FusionNoise.Of(heard, m, tuples, new Random(recipe.Training.Seed)));
                var one = Short(noisy);
                AddDifference(one, noisy, without);
                one["decibels"] = heard.Decibels;
                one["abstained"] = Math.Round(heard.Answers.Average(answer => answer.Said is null ? 1.0 : 0), 4);
                kinds["whiteNoise"] = one;
            }

            json[modality.Name] = kinds;
        }

        return json;
    }

    /// <summary>
    /// Of recordings whose label no other modality covers, with others' <paramref name="guise"/>, which is what such people look like to the rest: the
    /// share that is answered right by the one that can tell, and by all together; and the share of tuples that are the guise throughout
    /// and are taken for it.
    /// </summary>
    public JsonObject UncoveredToJson(string label, string guise)
    {
        var (theirs, looks) = (EmotionLabels.IndexOf(label), EmotionLabels.IndexOf(guise));
        IReadOnlyList<EvidenceTuple> Tuples(int meant)
        {
            var random = new Random(recipe.Training.Seed);
            return
            [
                .. Enumerable.Range(0, recipe.TuplesJudged / EmotionLabels.Count).Select(_ => new EvidenceTuple(
                    meant, [.. test.Modalities.Select(modality => modality.Draw(modality.Covered[meant] ? meant : looks, random))],
                    [.. EmotionLabels.Names.Select(_ => true)])),
            ];
        }

        var set = SetOf(test.Whole);
        double Share(IReadOnlyList<float[]> said) => Math.Round(said.Count(posterior => Scores.Prediction(posterior, null) == theirs) / (double)said.Count, 4);
        var (meant, guised) = (Tuples(theirs), Tuples(looks));
        var teller = test.Modalities.Index().First(modality => modality.Item.Covered[theirs]).Index;
        return new JsonObject
        {
            ["drawn"] = true,
            ["n"] = meant.Count,
            ["alone"] = Share([.. meant.Select(tuple => tuple.Evidence[teller]!.Posterior)]),
            ["fused"] = Share(ServedFusion.Judge(model, set, meant).Posteriors),
            [guise + "Alone"] = Share([.. guised.Select(tuple => tuple.Evidence[teller]!.Posterior)]),
            [guise + "Fused"] = Share(ServedFusion.Judge(model, set, guised).Posteriors),
        };
    }

    public static JsonObject Marked(JsonObject json)
    {
        json["drawn"] = true;
        return json;
    }

    private static EvidenceTuple Without(EvidenceTuple tuple, int modality) =>
        tuple with { Evidence = [.. tuple.Evidence.Select((own, m) => m == modality ? null : own)] };

    private static string SetOf(ModalitySubset subset) => Describe(subset, "the test actors", "PrivateTest", "test");

    // Labels come in turn, so that the difference in WA is one in UAR, too.
    private static void AddDifference(JsonObject json, Judged one, Judged other)
    {
        var (low, high) = Bootstrap.WaDifference(one, other);
        json["difference"] = Math.Round(one.Scores.Wa - other.Scores.Wa, 4);
        json["differenceInterval95"] = new JsonArray(Math.Round(low, 4), Math.Round(high, 4));
    }

    private static JsonObject Short(IReadOnlyDictionary<string, Judged> judged) =>
        new(judged.Select(one => KeyValuePair.Create(one.Key, (JsonNode?)Short(one.Value))));

    private static JsonObject Short(Judged judged) => new()
    {
        ["n"] = judged.Scores.Count,
        ["uar"] = Math.Round(judged.Scores.Uar, 4),
        ["wa"] = Math.Round(judged.Scores.Wa, 4),
        ["nll"] = Math.Round(judged.Scores.Nll, 4),
        ["ece"] = Math.Round(judged.Scores.Ece, 4),
    };
}

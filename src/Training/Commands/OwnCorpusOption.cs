using System.CommandLine;
using Emotion.Training.Datasets;
using Emotion.Training.Recipes;

namespace Emotion.Training.Commands;

/// <summary>The options that say where a corpus of one's own is and what is published of it.</summary>
internal static class OwnCorpusOption
{
    public static Option<string?> Corpus { get; } = new("--corpus")
    {
        Description = "A corpus of your own: a folder or a zip of clips with labels.csv (clip,emotion,subject).",
    };

    public static Option<string?> Name { get; } = new("--corpus-name") { Description = "What the package calls it; by default the name of the folder or zip." };

    public static Option<string> Licence { get; } = new("--corpus-licence")
    {
        Description = "On whose terms its clips may be learned from, for the package.", DefaultValueFactory = _ => OwnCorpusSource.NoLicence,
    };

    public static Option<bool> Commercial { get; } = new("--corpus-commercial") { Description = "Those terms let the model be used commercially." };

    public static Option<string?> Init { get; } = new("--init") { Description = "The published version to start from, under --packages, instead of the recipe's." };

    public static void AddTo(Command command)
    {
        foreach (var option in (Option[])[Corpus, Name, Licence, Commercial, Init])
        {
            command.Add(option);
        }
    }

    public static DataRoot Given(DataRoot data, ParseResult result) => result.GetValue(Corpus) is { } path
        ? data with { Own = new OwnCorpusSource(path, result.GetValue(Name) ?? OwnCorpus.Name(path), result.GetValue(Licence) ?? OwnCorpusSource.NoLicence, result.GetValue(Commercial)) }
        : data;

    public static AudioRecipe From(AudioRecipe recipe, ParseResult result) => result.GetValue(Init) is { } version ? recipe with { Init = version } : recipe;
}

using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Features.Words;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Recipes;
using Emotion.Training.Words;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Commands;

/// <summary>The network that tells emotions by words: a vocabulary of the training parts, then the network, selected on the dev parts.</summary>
public static class TrainText
{
    /// <summary>The network's shape, in the folder of its run.</summary>
    public const string NetworkFile = "network.json";

    /// <summary>Which word vectors were given, in the folder of a run and in a manifest.</summary>
    public const string VectorsFile = "vectors.json", VectorsMember = "wordVectors";

    /// <summary>The labels that a text corpus has: all but calm.</summary>
    public static readonly bool[] Covered = EmotionLabels.Mask(CorpusLabels.GoEmotions.Covered);

    public static void Run(DataRoot data, TextRecipe recipe, RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        var parts = recipe.Corpora.Select(corpus => (Corpus: corpus, Texts: Read(data, corpus, "train").ToList())).ToList();
        var vocabulary = TextVocabulary.Of([.. parts.SelectMany(part => part.Texts).Select(text => text.Text)], recipe);
        var training = parts.SelectMany(part => Enumerable.Repeat(part.Texts, recipe.Repeats.GetValueOrDefault(part.Corpus, 1)).SelectMany(texts => texts)).ToList();
        if (VectorsOf(recipe) is { } given)
        {
            run.WriteJson(VectorsFile, given);
        }

        report($"{parts.Sum(part => part.Texts.Count)} texts train, {training.Count} are shown in an epoch; the vocabulary has {vocabulary.Pieces.Count} pieces");
        // What is not learned from selects nothing either.
        Fit(training, [.. recipe.Corpora.SelectMany(corpus => Read(data, corpus, "dev"))], vocabulary, recipe, run, report, cancellationToken);
    }

    /// <param name="training">Of GoEmotions, and of MELD or not.</param>
    /// <param name="selection">Of the same; an epoch is as good as the mean of macro-F1 on GoEmotions' part and weighted F1 on MELD's.</param>
    public static void Fit(
        IReadOnlyList<LabelledText> training, IReadOnlyList<LabelledText> selection, TextVocabulary words,
        TextRecipe recipe, RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        run.Begin(recipe);
        File.WriteAllText(run.FilePath(WordPieces.FileName), string.Join('\n', words.Pieces) + "\n");
        var vocabulary = new WordPieces(words.Pieces);
        manual_seed(recipe.Training.Seed);
        using var network = NetworkOf(recipe, words);
        run.WriteJson(NetworkFile, network.Spec);
        using var twin = recipe.Training.Averaging > 0 ? NetworkOf(recipe, words) : null;
        using var mask = CoveredMask.Of(Covered);
        var trainee = TraineeOf(network, mask, recipe, twin is null ? null : TraineeOf(twin, mask, recipe, null));
        var selected = new TextSelection(EncodedText.Of(selection, vocabulary, recipe.MaximumPieces), recipe.Training.BatchSize, mask);
        var figure = 0.0;
        new TrainingLoop(trainee, recipe.Training, run, report).Fit(
            new LabelledTexts(EncodedText.Of(training, vocabulary, recipe.MaximumPieces), recipe),
            _ =>
            {
                (figure, var scores) = selected.Judge(twin ?? network, report);
                return scores;
            },
            _ => figure,
            cancellationToken);
    }

    /// <summary>The word vectors that a run was given; of one that did not write them down, those of the same name that are installed. Null for none.</summary>
    public static JsonObject? GivenVectors(TextRecipe recipe, RunFolder run) => run.Has(VectorsFile) ? run.ReadJson<JsonObject>(VectorsFile) : VectorsOf(recipe);

    private static JsonObject? VectorsOf(TextRecipe recipe) => recipe.Vectors.Length == 0
        ? null : new JsonObject { ["package"] = recipe.Vectors, ["sha256"] = WordVectors.Digest(recipe.Vectors) };

    private static Trainee TraineeOf(TextNetwork network, Tensor mask, TextRecipe recipe, Trainee? average) =>
        new(network, inputs => network.call(inputs[0]).One + mask, average)
        {
            // Each branch learns by itself, so that one is not the other's excuse.
            Loss = (inputs, targets) => network.Branches(inputs[0])
                .Select(answer => LabelledTexts.Loss(answer with { One = answer.One + mask }, targets, recipe.OneWeight, recipe.FineWeight))
                .Aggregate((sum, loss) => sum + loss),
        };

    /// <summary>A network that knows what is given of the vocabulary.</summary>
    private static TextNetwork NetworkOf(TextRecipe recipe, TextVocabulary words)
    {
        var network = new TextNetwork(new TextNetworkSpec(
            words.Pieces.Count, words.Given.Length / words.Pieces.Count, recipe.Width, recipe.Readers, recipe.Recurrent, recipe.Embedding, recipe.BagWidth, recipe.Pairs, recipe.Dropout));
        foreach (var given in network.Sequences.Select(sequence => sequence.Given).OfType<Tensor>())
        {
            using var values = tensor(words.Given, given.shape);
            given.copy_(values);
        }

        return network;
    }

    /// <summary>A part of a corpus in our labels.</summary>
    /// <param name="corpus"><c>goemotions</c> or <c>meld</c>.</param>
    /// <param name="part">train, dev or test.</param>
    public static IEnumerable<LabelledText> Read(DataRoot data, string corpus, string part) => corpus switch
    {
        "goemotions" => GoEmotions.Read(data, part),
        "meld" => Meld.Read(data, part).Select(utterance =>
            new LabelledText(utterance.Text, [CorpusLabels.Meld.IndexOf(utterance.Emotion)!.Value], CorpusLabels.Meld) { Group = utterance.Dialogue }),
        _ => throw new ArgumentException($"'{corpus}' is no corpus of texts: say goemotions or meld."),
    };
}

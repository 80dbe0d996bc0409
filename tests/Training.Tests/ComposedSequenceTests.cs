using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Training.Augmentation;
using Emotion.Training.Datasets;
using Emotion.Training.Recipes;

namespace Emotion.Training.Tests;

/// <summary>Sequences of stills that are numbers: their label, or minus that with shut eyes.</summary>
public sealed class ComposedSequenceTests
{
    private const int Frames = 10, Draws = 2000;

    private static readonly CompositionSpec Plain = RecipeFile.Read<SequenceRecipe>("sequence").Composition with
    {
        MinimumFrames = 4, MaximumFrames = 20, NeutralOnset = 0, Interruptions = null,
    };

    private static readonly int[] Labels = [.. CorpusLabels.Fer2013.Covered.Select(EmotionLabels.IndexOf)];

    [Fact]
    public void Compose_WithoutInterruptions_ShowsOpenEyesAndEveryFrame()
    {
        var fixedLength = Plain with { MinimumFrames = Frames, MaximumPictures = 1, MaximumFrames = Frames };

        Assert.All(Composed(fixedLength), sequence =>
        {
            Assert.Equal(Frames, sequence.Count);
            Assert.DoesNotContain(sequence, item => item < 0);
        });
    }

    [Fact]
    public void Compose_Blinks_ShutAsManyFramesAsTheRecipeSays()
    {
        var items = Composed(Plain with { Interruptions = Interrupted(0.06, 0) }).SelectMany(sequence => sequence).ToList();

        Assert.InRange(items.Count(item => item < 0) / (double)items.Count, 0.05, 0.07);
    }

    [Fact]
    public void Compose_DropOuts_MissARunAndKeepTheFewest()
    {
        var fixedLength = Plain with { MinimumFrames = Frames, MaximumFrames = Frames, MaximumPictures = 1 };
        var none = Composed(fixedLength with { Interruptions = Interrupted(0, 1) });
        var missed = Composed(Plain with { MaximumPictures = 1, Interruptions = Interrupted(0, 1) });

        Assert.All(none, sequence => Assert.Equal(Frames, sequence.Count)); // As few as may be, so none may go.
        Assert.All(missed, sequence => Assert.InRange(sequence.Count, Plain.MinimumFrames, Plain.MaximumFrames - 1));
        Assert.Equal(Plain.MaximumFrames - 1, missed.Max(sequence => sequence.Count));
    }

    [Fact]
    public void Recipe_Shipped_HasOnsetsBlinksAndDropOuts()
    {
        foreach (var name in (string[])["sequence", "sequence-videos"])
        {
            var spec = RecipeFile.Read<SequenceRecipe>(name).Composition;

            Assert.InRange(spec.NeutralOnset, 0.01, 1);
            Assert.InRange(spec.Interruptions!.ShutEyes, 0.01, 0.2);
            Assert.InRange(spec.Interruptions.DropOut, 0.01, 1);
        }
    }

    [Fact]
    public void Eyelids_DarkEyes_AreGoneAndNothingElseIs()
    {
        const int Side = FacePicture.Side, Mouth = 38 * Side + 24;
        var template = RecipeFile.Read<VideoRecipe>("video").FaceFrame.Template;
        var face = Enumerable.Repeat((byte)150, Side * Side).ToArray();
        int Eye(FacePoint eye) => (int)(eye.Y * Side) * Side + (int)(eye.X * Side);
        (face[Eye(template[0])], face[Eye(template[1])], face[Mouth]) = (10, 10, 20);

        Eyelids.Paint(face, Side, template);

        Assert.Equal(Mouth, Assert.Single(Enumerable.Range(0, face.Length), at => face[at] != 150));
    }

    private static InterruptionSpec Interrupted(double shutEyes, double dropOut) => new() { ShutEyes = shutEyes, DropOut = dropOut, DropOutShare = 0.4 };

    private static List<IReadOnlyList<int>> Composed(CompositionSpec spec)
    {
        var stills = new StillPool<int>(Labels.Select(label => new Still<int>(label, [label + 1], [-label - 1])), spec);
        var random = new Random(1);
        return [.. Enumerable.Range(0, Draws).Select(i => stills.Compose(Labels[i % Labels.Length], random))];
    }
}

using Emotion.Training.Recipes;
using Emotion.Training.Splits;

namespace Emotion.Training.Datasets;

/// <summary>One performance: its sound, what the frozen encoder hears in it, what the face does.</summary>
/// <param name="Fold">EmoBox's fold that tests its actor, 1 to 6.</param>
/// <param name="Spoken">Of the sound itself, and behind it of changed copies.</param>
/// <param name="ActionUnits">Square roots of them: most muscles hardly move most of the time, and what counts is whether.</param>
public sealed record PairedRecording(SpeechRecording Sound, int Fold, IReadOnlyList<float[]> Spoken, float[] ActionUnits)
{
    /// <summary>What the frozen face network says of the faces in its film, in order of time; null where there is no film, or no face in it.</summary>
    public IReadOnlyList<float[]>? Faces { get; init; }
}

/// <summary>Films as what the frozen face network says of their faces, in order of time.</summary>
/// <param name="Digests">Of the files, by corpus.</param>
/// <param name="Performances">Of RAVDESS, by the film's name.</param>
/// <param name="Others">Of other corpora: only to learn from.</param>
public sealed record FaceFilms(
    IReadOnlyDictionary<string, string> Digests, IReadOnlyDictionary<string, IReadOnlyList<float[]>> Performances,
    IReadOnlyList<(int Label, IReadOnlyList<float[]> Faces)> Others);

/// <summary>RAVDESS's 1440 performances with sound and face.</summary>
/// <param name="Digests">Of what was read, by name.</param>
/// <param name="Taught">What the speech network's auxiliary loss asks for.</param>
public sealed record PairedCorpus(
    IReadOnlyList<PairedRecording> Recordings, IReadOnlyDictionary<string, string> Digests, EncoderFeatures? Taught)
{
    /// <summary>Faces of other corpora, which only train.</summary>
    public IReadOnlyList<(int Label, IReadOnlyList<float[]> Faces)> OtherFaces { get; init; } = [];

    /// <param name="speech">Of the network of MFCC; its augmentation makes the encoder's copies, too.</param>
    /// <param name="encoder">How the frozen encoder hears.</param>
    /// <param name="films">Reads films; null without.</param>
    /// <param name="cancellationToken">What was read is kept.</param>
    public static async Task<PairedCorpus> ReadAsync(
        DataRoot data, AudioRecipe speech, SecondBranchRecipe encoder, Func<CancellationToken, Task<FaceFilms>>? films, CancellationToken cancellationToken)
    {
        var sounds = await Ravdess.ReadAsync(data, cancellationToken);
        var faces = Datasets.ActionUnits.Read(data);
        var heard = await EncoderFeatures.ReadAsync(data, sounds, speech with { SecondBranch = encoder }, cancellationToken);
        var taught = speech.Teacher is null ? null : await EncoderFeatures.ReadAsync(data, sounds, cancellationToken);
        var folds = Enumerable.Range(1, SpeechSplitSpec.Folds).SelectMany(fold => Ravdess.TestActors(data, fold).Select(actor => (actor, fold)))
            .ToDictionary(pair => pair.actor, pair => pair.fold);
        var filmed = films is null ? null : await films(cancellationToken);
        var digests = new SortedDictionary<string, string>(filmed?.Digests.ToDictionary() ?? [], StringComparer.Ordinal)
        {
            ["RAVDESS action units"] = faces.Digest, ["RAVDESS speech"] = sounds.Digest,
        };
        return new PairedCorpus(
            [.. sounds.Recordings.Select(sound => new PairedRecording(
                sound, folds[sound.Subject], heard.Versions(sound.Name), Array.ConvertAll(faces.Of(sound.Name), MathF.Sqrt))
            {
                Faces = filmed?.Performances.GetValueOrDefault(Datasets.ActionUnits.FilmOf(sound.Name)),
            })],
            digests, taught)
        {
            OtherFaces = filmed?.Others ?? [],
        };
    }
}

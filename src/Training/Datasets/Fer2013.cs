using Emotion.Features;

namespace Emotion.Training.Datasets;

/// <summary>FER2013 in its original split, read from <c>fer2013.zip</c>: <c>{train,validation,test}/CLASS/*.jpg</c>, 48x48 gray.</summary>
public sealed record Fer2013(
    string Digest, IReadOnlyList<FacePicture> Training, IReadOnlyList<FacePicture> PublicTest, IReadOnlyList<FacePicture> PrivateTest)
{
    public static async Task<Fer2013> ReadAsync(DataRoot data, CancellationToken cancellationToken)
    {
        var archive = await PictureArchive.OpenAsync(data.Corpus("fer2013.zip"), cancellationToken);
        var pictures = await archive.GrayAsync(FacePicture.Side, FacePicture.Side, data, cancellationToken);
        var parts = pictures.ToLookup(entry => entry.Name.Split('/')[0], Labelled);
        return new Fer2013(archive.Digest, [.. parts["train"]], [.. parts["validation"]], [.. parts["test"]]);
    }

    private static FacePicture Labelled(PictureCache.Entry entry)
    {
        var folder = entry.Name.Split('/')[1];
        var label = CorpusLabels.Fer2013.IndexOf(folder) ?? throw new CorpusException($"FER2013: '{folder}' is none of our labels.");
        return new FacePicture(entry.Name, label, entry.Sha256, entry.Gray);
    }
}

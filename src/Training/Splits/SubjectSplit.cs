using Emotion.Training.Datasets;

namespace Emotion.Training.Splits;

/// <summary>CK+ and CK+48 by subject: no person is in two parts. Where a subject goes follows from its name alone.</summary>
public sealed record SubjectSplit(
    IReadOnlyList<FaceSequence> Training, IReadOnlyList<FaceSequence> Validation, IReadOnlyList<FaceSequence> Test)
{
    public const string Description = "by subject, from SHA-256 of its name modulo 10: 0 to 2 test, 3 validation, others train";

    public static SubjectSplit Of(IEnumerable<FaceSequence> sequences)
    {
        var parts = sequences.ToLookup(sequence => PartOf(sequence.Subject));
        return new SubjectSplit([.. parts[SubjectPart.Training]], [.. parts[SubjectPart.Validation]], [.. parts[SubjectPart.Test]]);
    }

    public static SubjectPart PartOf(string subject) =>
        (Convert.ToInt32(DataDigest.Of(System.Text.Encoding.UTF8.GetBytes(subject))[..4], 16) % 10) switch
        {
            <= 2 => SubjectPart.Test,
            3 => SubjectPart.Validation,
            _ => SubjectPart.Training,
        };
}

/// <summary>What a person is for.</summary>
public enum SubjectPart
{
    Training,
    Validation,
    Test,
}

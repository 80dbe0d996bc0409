using System.Globalization;

namespace Emotion.Client;

/// <summary>What may be asked of an analysis beyond the clip.</summary>
public sealed record SubmitOptions
{
    /// <summary>Pins the release of models; null for the one that the channels choose.</summary>
    public string? Release { get; init; }

    /// <summary>BCP 47 tag of what is spoken, where it is known.</summary>
    public string? Language { get; init; }

    /// <summary>Whether the result has the words that were heard.</summary>
    public bool IncludeTranscript { get; init; }

    /// <summary>Which of <c>audio</c>, <c>video</c> and <c>text</c> are looked at; null for all.</summary>
    public IReadOnlyCollection<string>? Modalities { get; init; }

    /// <summary>Whether the result has the answers over time.</summary>
    public bool Windows { get; init; } = true;

    /// <summary>How many faces the result has at most; null for all.</summary>
    public int? Faces { get; init; }

    /// <summary>Whether the result says where faces are.</summary>
    public bool Boxes { get; init; } = true;

    /// <summary>Whether the answer is drawn on the clip, too, for <see cref="AnalysisForm.Overlay"/>.</summary>
    public bool Overlay { get; init; }

    /// <summary>Is told the outcome by a signed POST; null for nobody.</summary>
    public Uri? Callback { get; init; }

    /// <summary>
    /// By which the gateway knows the request again, so that one that broke off and is sent again makes no second analysis; by default a new one for each call.
    /// </summary>
    public string IdempotencyKey { get; init; } = Guid.NewGuid().ToString("N");

    /// <summary>
    /// Path of a file that names the upload of a large clip while it is under way: another process that is given the same clip and the same path goes on
    /// where this one was stopped. It must be this clip's alone, and is deleted once the clip is accepted. Null: a clip that is stopped is sent anew.
    /// </summary>
    public string? UploadNote { get; init; }

    internal string Query(bool wait, string? upload)
    {
        List<string> said = [];
        void Say(string name, string? value)
        {
            if (value is not null)
            {
                said.Add($"{name}={Uri.EscapeDataString(value)}");
            }
        }

        Say("wait", wait ? "true" : null);
        Say("upload", upload);
        Say("release", Release);
        Say("language", Language);
        Say("includeTranscript", IncludeTranscript ? "true" : null);
        Say("modalities", Modalities is null ? null : string.Join(',', Modalities));
        Say("windows", Windows ? null : "false");
        Say("faces", Faces?.ToString(CultureInfo.InvariantCulture));
        Say("boxes", Boxes ? null : "false");
        Say("overlay", Overlay ? "true" : null);
        Say("callback", Callback?.OriginalString);
        return said.Count == 0 ? "" : "?" + string.Join('&', said);
    }
}

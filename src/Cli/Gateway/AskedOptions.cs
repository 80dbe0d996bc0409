using System.CommandLine;
using Emotion.Client;

namespace Emotion.Cli.Gateway;

/// <summary>What can be asked of an analysis, for each command that sends clips.</summary>
internal sealed class AskedOptions
{
    private static readonly string[] Known = ["audio", "video", "text"];

    private readonly Option<string?> _modalities = new("--modalities") { Description = "What is looked at: audio, video, text, with commas between them; all by default." };
    private readonly Option<string?> _release = new("--release") { Description = "The release of models that must answer." };
    private readonly Option<string?> _language = new("--language") { Description = "What is spoken, as a BCP 47 tag such as en-GB." };
    private readonly Option<bool> _transcript = new("--transcript") { Description = "The answer is to have the words." };
    private readonly Option<int?> _faces = new("--faces") { Description = "How many faces the answer has at most." };
    private readonly Option<bool> _overlay = new("--overlay") { Description = "The answer is to be drawn on the clip, too: --save FILE.mp4, here or of jobs show, fetches it. The gateway keeps it as long as the answer." };
    private readonly Option<string?> _callback = new("--callback") { Description = "Address that the gateway tells the outcome by a signed POST." };

    public AskedOptions()
    {
        _modalities.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } names && names.Split(',').Except(Known).Any())
            {
                result.AddError($"--modalities is one or more of {string.Join(", ", Known)}, with commas between them.");
            }
        });
        _callback.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } address && !(Uri.TryCreate(address, UriKind.Absolute, out var parsed) && parsed.Scheme is ("http" or "https")))
            {
                result.AddError($"'{address}' is no http address.");
            }
        });
    }

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_modalities, _release, _language, _transcript, _faces, _overlay, _callback])
        {
            command.Options.Add(option);
        }
    }

    public SubmitOptions Of(ParseResult parsed) => new()
    {
        Modalities = parsed.GetValue(_modalities)?.Split(','),
        Release = parsed.GetValue(_release),
        Language = parsed.GetValue(_language),
        IncludeTranscript = parsed.GetValue(_transcript),
        Faces = parsed.GetValue(_faces),
        Overlay = parsed.GetValue(_overlay),
        Callback = parsed.GetValue(_callback) is { } address ? new Uri(address) : null,
    };
}

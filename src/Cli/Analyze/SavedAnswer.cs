using System.CommandLine;
using System.CommandLine.Parsing;
using Emotion.Client;

namespace Emotion.Cli.Analyze;

/// <summary>An answer as a file, in the form that the file's name asks for.</summary>
internal static class SavedAnswer
{
    private static readonly Dictionary<string, AnalysisForm?> Forms = new(StringComparer.OrdinalIgnoreCase)
    {
        [".json"] = null,
        [".csv"] = AnalysisForm.Csv,
        [".srt"] = AnalysisForm.SubRip,
        [".vtt"] = AnalysisForm.WebVtt,
        [".svg"] = AnalysisForm.Svg,
        [".mp4"] = AnalysisForm.Overlay,
    };

    private static string Endings => string.Join(", ", Forms.Keys);

    public static Option<FileInfo[]> Option()
    {
        var save = new Option<FileInfo[]>("--save")
        {
            Description = $"File to write the answer to; its ending says as what: {Endings}. May be given more than once.",
        };
        save.Validators.Add(Check);
        return save;
    }

    /// <summary>It has to be asked for with the clip.</summary>
    public static bool NeedsOverlay(IEnumerable<FileInfo> files) =>
        files.Any(file => Forms.TryGetValue(file.Extension, out var form) && form == AnalysisForm.Overlay);

    /// <summary>Before anything is uploaded: nobody wants to hear afterwards that a name was wrong.</summary>
    private static void Check(OptionResult result)
    {
        foreach (var file in result.GetValueOrDefault<FileInfo[]>() ?? [])
        {
            if (!Forms.ContainsKey(file.Extension))
            {
                result.AddError($"'{file.Name}' must end in one of {Endings}.");
            }
            else if (file.Directory is { Exists: false } missing)
            {
                result.AddError($"There is no folder {missing.FullName}.");
            }
        }
    }

    /// <summary>Aside, and then moved: a file of that name is whole, or the one that was there before.</summary>
    public static async Task WriteAsync(EmotionClient client, AnalysisResponse answer, FileInfo file, CancellationToken cancellationToken)
    {
        var part = new FileInfo(file.FullName + ".part");
        try
        {
            await FillAsync(client, answer, file, part, cancellationToken);
            part.MoveTo(file.FullName, overwrite: true);
        }
        finally
        {
            File.Delete(file.FullName + ".part");
        }
    }

    private static async Task FillAsync(EmotionClient client, AnalysisResponse answer, FileInfo file, FileInfo part, CancellationToken cancellationToken)
    {
        await using var content = part.Create();
        if (Forms[file.Extension] is { } form)
        {
            await client.WriteAsync(answer.Analysis.Id, form, content, cancellationToken);
        }
        else
        {
            await using var text = new StreamWriter(content);
            await text.WriteLineAsync(answer.Raw.AsMemory(), cancellationToken);
        }
    }
}

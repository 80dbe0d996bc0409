using Spectre.Console;

namespace Emotion.Cli;

/// <summary>Colours, cursor moves and the terminal's width where there is a terminal; plain lines of a fixed width in a file or pipe.</summary>
internal static class Terminal
{
    private const int PlainWidth = 100;

    public static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (redirected)
        {
            console.Profile.Width = PlainWidth;
        }

        return console;
    }
}

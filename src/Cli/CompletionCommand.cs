using System.CommandLine;

namespace Emotion.Cli;

/// <summary><c>completion SHELL</c>: what a shell reads to complete <c>./emotion</c>'s verbs and options, asking this program for those it has.</summary>
internal static class CompletionCommand
{
    /// <summary>Verbs of the script that are none of this program's.</summary>
    private const string ScriptVerbs = "up down test bench prove training publish help";

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Prints a script that completes ./emotion in a shell: eval \"$(./emotion completion bash)\".") { shell };
        command.SetAction(parsed =>
        {
            var program = $"dotnet '{Path.Combine(AppContext.BaseDirectory, "Emotion.Cli.dll").Replace("'", "'\\''", StringComparison.Ordinal)}'";
            Console.Out.Write((parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish })
                .Replace("PROGRAM", program, StringComparison.Ordinal).Replace("VERBS", ScriptVerbs, StringComparison.Ordinal));
        });
        return command;
    }

    // "[suggest:N] LINE" is System.CommandLine's own directive: what could stand at character N, a line each.
    private const string Bash = """
        _emotion() {
          local line="${COMP_WORDS[*]:1}" word="${COMP_WORDS[COMP_CWORD]}"
          local words; words=$(PROGRAM "[suggest:${#line}]" "$line" 2>/dev/null)
          [ "$COMP_CWORD" -gt 1 ] || words="$words VERBS"
          COMPREPLY=($(compgen -W "$words" -- "$word"))
          [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$word"))
        }
        complete -o filenames -F _emotion ./emotion emotion

        """;

    private const string Zsh = """
        _emotion() {
          local line="${words[2,-1]}"
          local -a said; said=(${(f)"$(PROGRAM "[suggest:${#line}]" "$line" 2>/dev/null)"})
          (( CURRENT > 2 )) || said+=(VERBS)
          compadd -a said
          _files
        }
        compdef _emotion ./emotion emotion

        """;

    private const string Fish = """
        function __emotion
          set -l words (commandline -opc) (commandline -ct)
          set -l line (string join ' ' $words[2..-1])
          PROGRAM "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
          test (count $words) -gt 2; or string split ' ' -- 'VERBS'
        end
        complete -c emotion -a '(__emotion)'

        """;
}

using System.Text;

namespace FFMpegCore;

/// <summary>
/// Splits argument text into the list that a process is started with, by the rules of <c>ProcessStartInfo.Arguments</c>: white
/// space separates, double quotes keep it, a backslash escapes a double quote. No shell is ever involved.
/// </summary>
internal static class CommandLine
{
    public static List<string> Split(string text)
    {
        var arguments = new List<string>();
        var current = new StringBuilder();
        var started = false;
        var quoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\' && i + 1 < text.Length && text[i + 1] == '"')
            {
                current.Append('"');
                started = true;
                i++;
            }
            else if (c == '"')
            {
                quoted = !quoted;
                started = true;
            }
            else if (char.IsWhiteSpace(c) && !quoted)
            {
                if (started)
                {
                    arguments.Add(current.ToString());
                }

                current.Clear();
                started = false;
            }
            else
            {
                current.Append(c);
                started = true;
            }
        }

        if (quoted)
        {
            throw new FormatException("A double quote is not closed in the arguments: " + text);
        }

        if (started)
        {
            arguments.Add(current.ToString());
        }

        return arguments;
    }
}

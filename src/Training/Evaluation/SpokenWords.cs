using System.Globalization;
using System.Text;

namespace Emotion.Training.Evaluation;

/// <summary>
/// Text as the words that one would hear, so that a transcript is compared with a text and not with its spelling. The rule: small letters;
/// apostrophes go (<c>don't</c> is <c>dont</c>); digits are read (<c>1,027</c> is <c>one thousand twenty seven</c>, more than six of them one by one); whatever
/// else is no letter parts words.
/// </summary>
public static class SpokenWords
{
    private const int Thousand = 1000, Hundred = 100, LongestNumber = 6;

    private static readonly string[] Small =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
        "sixteen", "seventeen", "eighteen", "nineteen",
    ];

    private static readonly string[] Tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

    public static IReadOnlyList<string> Of(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var normal = text.Normalize(NormalizationForm.FormKC);
        for (var i = 0; i < normal.Length; i++)
        {
            var character = normal[i];
            var groups = character == ',' && i > 0 && i + 1 < normal.Length && char.IsAsciiDigit(normal[i - 1]) && char.IsAsciiDigit(normal[i + 1]);
            if (groups || character is '\'' or '\u2019' or '\u2018')
            {
                continue;
            }

            // A digit beside a letter begins a word: "19th" is said as two.
            if (!char.IsLetterOrDigit(character) || (word.Length > 0 && char.IsDigit(character) != char.IsDigit(word[^1])))
            {
                End(word, words);
            }

            if (char.IsLetterOrDigit(character))
            {
                word.Append(char.ToLowerInvariant(character));
            }
        }

        End(word, words);
        return words;
    }

    private static void End(StringBuilder word, List<string> words)
    {
        if (word.Length > 0 && char.IsAsciiDigit(word[0]))
        {
            var digits = word.ToString();
            words.AddRange(digits.Length <= LongestNumber ? Read(int.Parse(digits, CultureInfo.InvariantCulture)) : digits.SelectMany(digit => Read(digit - '0')));
        }
        else if (word.Length > 0)
        {
            words.Add(word.ToString());
        }

        word.Clear();
    }

    private static IEnumerable<string> Read(int number) => number switch
    {
        >= Thousand => [.. Read(number / Thousand), "thousand", .. Rest(number % Thousand)],
        >= Hundred => [Small[number / Hundred], "hundred", .. Rest(number % Hundred)],
        >= 20 => [Tens[number / 10], .. Rest(number % 10)],
        _ => [Small[number]],
    };

    private static IEnumerable<string> Rest(int number) => number == 0 ? [] : Read(number);
}

using System.Collections.Frozen;
using System.Text;

namespace Emotion.Features.Words;

/// <summary>Tells a text that is clearly not English by its letters and its commonest words. No model: what it is not sure of is English.</summary>
public static class EnglishWords
{
    /// <summary>A text of fewer words in Latin letters is not judged.</summary>
    public const int FewestWords = 8;

    private const int FewestLetters = 2, FewestOtherWords = 2, TimesAsMany = 3, ManyDifferentWords = 30;

    // Of running English text about two words in five are in the list; of French or German about one in fifty.
    private const double LeastOther = 0.15, HardlyEnglish = 0.03;

    // Function words that are no common words of the other languages: "in", "was", "an", "a", "i", "no", "me", "of" and "is" are some of theirs.
    private static readonly FrozenSet<string> English = Set(
        "the and you that it it's its for not with this but his from they she or my would there there's their what what's up out if about who "
        + "get which go when can like just know take into your yours some could them see other than then now look only think after use how our well way even "
        + "want because any these those give are were been has have did does don't i'm i've i'll i'd that's let's he's she's her him had here where why all one "
        + "very really been being each such own same should may might must never always every yes okay oh hey got going say said tell let right good");

    // German, French, Spanish, Portuguese, Italian, Dutch, Scandinavian; none that is an English word, name or sound too, such as "die", "pour", "los", "ha" and "um".
    private static readonly FrozenSet<string> Other = Set(
        "der das und ich ist nicht ein eine einen wir sie mit auf f\u00FCr von zu dem dass wie aber auch noch nur wenn oder sich mein dein wei\u00DF bist sind habe "
        + "haben kann wird es du vom zum zur schon mehr sehr warum immer jetzt mich dich "
        + "je tu il elle nous vous ils ne pas que qui est et les des une dans sur avec pas c'est j'ai qu'il n'est d'un d'une mais ce cette mon mes sans ont sont "
        + "suis au aux du tr\u00E8s bien pourquoi quand parce moi toi lui leur "
        + "el y es por qu\u00E9 una del se para m\u00E1s pero est\u00E1 esto eso c\u00F3mo muy yo ella nosotros fue cuando porque ya s\u00ED todo "
        + "uma n\u00E3o em eu voc\u00EA isso ele ela mas meu minha est\u00E1 s\u00E3o foi muito "
        + "il gli che \u00E8 si per\u00F2 sono questo quello perch\u00E9 anche pi\u00F9 della nel molto mio cosa "
        + "het een ik niet en voor zijn maar ook nog wij jij hij naar dit deze heb heeft geen "
        + "og det jeg ikke av p\u00E5 som h\u00E4r jag inte att och \u00E4r f\u00F6r vi du kan skal meg mig");

    /// <summary>
    /// True where more than half of the letters are not Latin; or where, of at least <see cref="FewestWords"/> words, more than three times as many
    /// are among the commonest of other languages as among those of English, two different ones and a seventh of all at the least; or where of thirty
    /// different words next to none is among the commonest of English, whatever else they are.
    /// </summary>
    /// <param name="texts">Of one transcript.</param>
    public static bool AreClearlyMissing(IEnumerable<string> texts)
    {
        var counts = new Counts();
        foreach (var text in texts)
        {
            counts.Add(text);
        }

        return counts.AreNotLatin || counts.AreOfAnotherLanguage;
    }

    private static FrozenSet<string> Set(string words) => words.Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private sealed class Counts
    {
        private readonly HashSet<string> _different = new(StringComparer.Ordinal);
        private int _latin, _otherLetters, _words, _english, _otherWords, _differentOther;

        public bool AreNotLatin => _latin + _otherLetters >= FewestLetters && _otherLetters > _latin;

        public bool AreOfAnotherLanguage => _words >= FewestWords
            && ((_otherWords > TimesAsMany * _english && _otherWords >= LeastOther * _words && _differentOther >= FewestOtherWords)
                || (_english < HardlyEnglish * _words && _different.Count >= ManyDifferentWords));

        public void Add(ReadOnlySpan<char> text)
        {
            foreach (var rune in text.EnumerateRunes())
            {
                if (Rune.IsLetter(rune))
                {
                    _ = IsLatin(rune.Value) ? _latin++ : _otherLetters++;
                }
            }

            Span<char> buffer = stackalloc char[WordReader.Longest];
            var reader = new WordReader(text, buffer);
            while (reader.Next(out var word))
            {
                if (char.IsLetter(word[1]))
                {
                    AddWord(word[1..]);
                }
            }
        }

        private void AddWord(ReadOnlySpan<char> word)
        {
            _words++;
            var isNew = _different.GetAlternateLookup<ReadOnlySpan<char>>().Add(word);
            if (English.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word))
            {
                _english++;
            }
            else if (Other.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word))
            {
                _otherWords++;
                _differentOther += isNew ? 1 : 0;
            }
        }

        // Basic Latin to Latin Extended-B, Latin Extended Additional, and the full-width letters.
        private static bool IsLatin(int letter) => letter is < 0x250 or (>= 0x1E00 and < 0x1F00) or (>= 0xFF21 and <= 0xFF5A);
    }
}

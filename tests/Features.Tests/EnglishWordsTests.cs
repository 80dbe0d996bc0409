using Emotion.Features.Words;

namespace Emotion.Features.Tests;

public sealed class EnglishWordsTests
{
    [Theory]
    [InlineData("Ich weiß nicht, warum er ohne ein Wort gegangen ist.")]
    [InlineData("Ich will das nicht mehr, ich will nach Hause.")]
    [InlineData("Je ne comprends pas pourquoi il est parti sans dire un mot.")]
    [InlineData("No entiendo por qué se fue sin decir una palabra.")]
    [InlineData("Não sei por que ele foi embora sem dizer uma palavra.")]
    [InlineData("Non capisco perché sono andati via, che cosa è successo?")]
    [InlineData("Ik begrijp niet waarom hij zonder een woord is weggegaan.")]
    [InlineData("Jeg vet ikke hva jeg skal gjøre for deg.")]
    [InlineData("Я не понимаю")]
    [InlineData("我不明白他为什么走了")]
    [InlineData("Δεν καταλαβαίνω, OK?")]
    [InlineData("Nie rozumiem dlaczego wyszedł bez słowa. Przecież wczoraj jeszcze rozmawialiśmy spokojnie przy kolacji i obiecał, że wróci. "
        + "Teraz siedzę sama, patrzę przez okno, słucham deszczu, czekam, płaczę, znowu czekam, chociaż dobrze wiem, że nigdy już nie przyjdzie")]
    public void OtherLanguages_AreTold(string text) => Assert.True(EnglishWords.AreClearlyMissing([text]));

    [Theory]
    [InlineData("")]
    [InlineData("...")]
    [InlineData("π")]
    [InlineData("C'est la vie!")]
    [InlineData("I don't know why he left without saying a word.")]
    [InlineData("Die, die, die, my darling! Die, die, die!")]
    [InlineData("Faster, faster, faster! Run, Forrest, run, run, run, run!")]
    [InlineData("Ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha")]
    [InlineData("Er, um, er, um, oh, um, er, oh, um, er, hm")]
    [InlineData("Holy moly guacamole, mamma mia, Los Angeles, Las Vegas, San Francisco, baby!")]
    [InlineData("Que sera, sera, whatever will be, will be. The future's not ours to see.")]
    [InlineData("Bread, butter, milk, eggs, sugar, coffee, tea, salt, pepper, rice, cheese.")]
    [InlineData("gonna wanna lemme dunno cuz u r l8 lol omg wtf bro")]
    [InlineData("Moscow is Москва, Peking is 北京, Athens is Αθήνα in their own words.")]
    public void English_EvenOddOrShort_IsNotTakenForAnother(string text) => Assert.False(EnglishWords.AreClearlyMissing([text]));

    [Fact]
    public void ManySegments_AreJudgedTogether()
    {
        Assert.True(EnglishWords.AreClearlyMissing(["Ich weiß es", "nicht.", "Das ist", "mir auch", "egal."]));
        Assert.False(EnglishWords.AreClearlyMissing(["Ich weiß es nicht", "means that he does not know it,", "and she knows what you think."]));
    }

    [Theory]
    [InlineData("... ?! \u266A", false)]
    [InlineData("\U0001F600", false)]
    [InlineData("¿Sí?", true)]
    [InlineData("5", true)]
    [InlineData("\U00020000", true)]
    public void HasWord_NeedsALetterOrADigit(string text, bool has) => Assert.Equal(has, WordReader.HasWord(text));
}

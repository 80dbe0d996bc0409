using System.Text;
using Emotion.Inference.Text;
using Emotion.Training.Datasets;

namespace Emotion.Training.Packaging;

/// <summary>
/// The tokens of Moonshine's decoder are LLaMA's; npm <c>llama-tokenizer-js</c> carries them inside its source, as base64 of a token a line in
/// UTF-8, which is the form of <see cref="SubwordVocabulary"/>. The decoder has 768 more, which say nothing.
/// </summary>
public static class LlamaVocabulary
{
    public static string FileName { get; } = Path.Combine("llama-tokenizer-js", "llama-tokenizer.js");

    /// <exception cref="CorpusException">The source is another than was expected.</exception>
    public static byte[] Read()
    {
        var source = Encoding.UTF8.GetString(NpmGraph.Bytes(FileName));
        const string Name = "llama_vocab_base64";
        for (var at = source.IndexOf(Name, StringComparison.Ordinal); at >= 0; at = source.IndexOf(Name, at + 1, StringComparison.Ordinal))
        {
            var begin = at + Name.Length;
            var value = source.AsSpan(begin).TrimStart(" =");
            var quote = value.IsEmpty ? ' ' : value[0];
            if (quote is '"' or '\'' or '`' && value[1..].IndexOf(quote) is var length and > 0)
            {
                return Convert.FromBase64String(value.Slice(1, length).ToString());
            }
        }

        throw new CorpusException($"'{FileName}' holds no vocabulary where version 1.2.2 has it.");
    }
}

using System.Globalization;
using Aspire.Dashboard.Otlp.Wire;

namespace Aspire.Dashboard.Otlp;

/// <summary>Attributes as text.</summary>
internal static class Attributes
{
    private const int MostCharacters = 2000;

    public static SortedDictionary<string, string> Of(IEnumerable<KeyValue> pairs)
    {
        var attributes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in pairs)
            attributes[pair.Key] = Text(pair.Value);
        return attributes;
    }

    /// <summary>Empty where it does not say.</summary>
    public static string ServiceOf(Resource? resource) => Text(resource?.Attributes.FirstOrDefault(pair => pair.Key == "service.name")?.Value);

    public static string Text(AnyValue? value)
    {
        var text = value?.ValueCase switch
        {
            AnyValue.ValueOneofCase.StringValue => value.StringValue,
            AnyValue.ValueOneofCase.BoolValue => value.BoolValue ? "true" : "false",
            AnyValue.ValueOneofCase.IntValue => value.IntValue.ToString(CultureInfo.InvariantCulture),
            AnyValue.ValueOneofCase.DoubleValue => value.DoubleValue.ToString(CultureInfo.InvariantCulture),
            AnyValue.ValueOneofCase.ArrayValue => string.Join(", ", value.ArrayValue.Values.Select(Text)),
            AnyValue.ValueOneofCase.KvlistValue => string.Join(", ", value.KvlistValue.Values.Select(pair => $"{pair.Key}={Text(pair.Value)}")),
            AnyValue.ValueOneofCase.BytesValue => $"{value.BytesValue.Length} bytes",
            _ => "",
        };
        return text.Length > MostCharacters ? text[..MostCharacters] + " ..." : text;
    }
}

using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Has a value that is known when a process starts, not when the application is described.</summary>
public interface IValueProvider
{
    /// <summary>The value now; null where there is none.</summary>
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);
}

/// <summary>Can be written into a deployment manifest as a placeholder.</summary>
public interface IManifestExpressionProvider
{
    /// <summary>The placeholder, such as <c>{video-1.bindings.http.url}</c>.</summary>
    string ValueExpression { get; }
}

/// <summary>Text with values in it that are filled in when a process starts: <c>ReferenceExpression.Create($"{endpoint}/v1")</c>.</summary>
public class ReferenceExpression : IManifestExpressionProvider, IValueProvider
{
    private readonly IValueProvider[] _valueProviders;

    private ReferenceExpression(string format, IValueProvider[] valueProviders, string[] manifestExpressions)
    {
        Format = format;
        _valueProviders = valueProviders;
        ManifestExpressions = manifestExpressions;
    }

    /// <summary>A composite format string: <c>{0}/v1</c>.</summary>
    public string Format { get; }

    /// <summary>What fills the placeholders of <see cref="Format" />.</summary>
    public IReadOnlyList<IValueProvider> ValueProviders => _valueProviders;

    /// <summary>The same as placeholders of a manifest.</summary>
    public IReadOnlyList<string> ManifestExpressions { get; }

    /// <inheritdoc />
    public string ValueExpression => string.Format(CultureInfo.InvariantCulture, Format, [.. ManifestExpressions]);

    /// <summary>Makes an expression of an interpolated string.</summary>
    public static ReferenceExpression Create(in ExpressionInterpolatedStringHandler handler) => handler.GetExpression();

    /// <inheritdoc />
    public async ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default)
    {
        var values = new object?[_valueProviders.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = await _valueProviders[i].GetValueAsync(cancellationToken);
        return string.Format(CultureInfo.InvariantCulture, Format, values);
    }

    /// <summary>What the compiler makes of an interpolated string given as a <see cref="ReferenceExpression" />.</summary>
    [InterpolatedStringHandler]
    public ref struct ExpressionInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        private readonly StringBuilder _format = new(literalLength * 2);
        private readonly List<IValueProvider> _valueProviders = new(formattedCount);
        private readonly List<string> _manifestExpressions = new(formattedCount);

        /// <summary>Text between values.</summary>
        public readonly void AppendLiteral(string value) => _format.Append(value.Replace("{", "{{").Replace("}", "}}"));

        /// <summary>A value that is known already.</summary>
        public readonly void AppendFormatted(string? value) => AppendLiteral(value ?? "");

        /// <summary>A value that is known later.</summary>
        public readonly void AppendFormatted<T>(T valueProvider)
            where T : IValueProvider, IManifestExpressionProvider
        {
            _format.Append(CultureInfo.InvariantCulture, $"{{{_valueProviders.Count}}}");
            _valueProviders.Add(valueProvider);
            _manifestExpressions.Add(valueProvider.ValueExpression);
        }

        /// <inheritdoc cref="AppendFormatted{T}(T)" />
        public readonly void AppendFormatted<T>(IResourceBuilder<T> valueProvider)
            where T : IResource, IValueProvider, IManifestExpressionProvider => AppendFormatted(valueProvider.Resource);

        internal readonly ReferenceExpression GetExpression() =>
            new(_format.ToString(), [.. _valueProviders], [.. _manifestExpressions]);
    }
}

using System.Globalization;
using Aspire.Hosting.Kubernetes.Resources;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Aspire.Hosting.Kubernetes.Yaml;

/// <summary>Writes <c>8080</c> or <c>http</c>.</summary>
public class IntOrStringYamlConverter : IYamlTypeConverter
{
    /// <inheritdoc />
    public bool Accepts(Type type) => type == typeof(Int32OrStringV1);

    /// <inheritdoc />
    public object? ReadYaml(IParser parser, Type type, ObjectDeserializer rootDeserializer) =>
        throw new NotSupportedException("Manifests are only written here.");

    /// <inheritdoc />
    public void WriteYaml(IEmitter emitter, object? value, Type type, ObjectSerializer serializer)
    {
        var (number, text) = (Int32OrStringV1)value!;
        emitter.Emit(new Scalar(number?.ToString(CultureInfo.InvariantCulture) ?? text!));
    }
}

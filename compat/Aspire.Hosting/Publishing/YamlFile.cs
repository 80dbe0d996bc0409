using System.Collections;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.EventEmitters;
using YamlDotNet.Serialization.NamingConventions;
using YamlDotNet.Serialization.ObjectGraphVisitors;

namespace Aspire.Hosting.Publishing;

/// <summary>YAML as the published packages write it: no nulls, no empty collections, text that looks like something else in quotes.</summary>
internal static partial class YamlFile
{
    private static readonly ISerializer Kubernetes = Serializer(CamelCaseNamingConvention.Instance);

    private static readonly ISerializer Compose = Serializer(UnderscoredNamingConvention.Instance);

    public static string KubernetesText(object graph) => Kubernetes.Serialize(graph);

    public static string ComposeText(object graph) => Compose.Serialize(graph);

    /// <summary>Numbers, times (00:00:30 is 30 to YAML 1.1) and words that stand for true, false and nothing.</summary>
    [GeneratedRegex("^([0-9+.~-].*|y|n|yes|no|on|off|true|false|null|)$", RegexOptions.IgnoreCase)]
    private static partial Regex LooksLikeSomethingElse();

    private static ISerializer Serializer(INamingConvention names) => new SerializerBuilder()
        .WithNamingConvention(names)
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull)
        .WithEmissionPhaseObjectGraphVisitor(arguments => new NoEmptyCollections(arguments.InnerVisitor))
        .WithTypeConverter(new Aspire.Hosting.Kubernetes.Yaml.IntOrStringYamlConverter())
        .WithEventEmitter(next => new QuotingEmitter(next))
        .WithIndentedSequences()
        .DisableAliases()
        .WithNewLine("\n")
        .Build();

    private sealed class NoEmptyCollections(IObjectGraphVisitor<IEmitter> next) : ChainedObjectGraphVisitor(next)
    {
        public override bool EnterMapping(IPropertyDescriptor key, IObjectDescriptor value, IEmitter context, ObjectSerializer serializer) =>
            !IsEmpty(value.Value) && base.EnterMapping(key, value, context, serializer);

        private static bool IsEmpty(object? value) => value is not string and IEnumerable items && !items.Cast<object>().Any();
    }

    private sealed class QuotingEmitter(IEventEmitter next) : ChainedEventEmitter(next)
    {
        public override void Emit(ScalarEventInfo eventInfo, IEmitter emitter)
        {
            if (eventInfo.Source.Value is string text && LooksLikeSomethingElse().IsMatch(text))
                eventInfo.Style = ScalarStyle.DoubleQuoted;
            base.Emit(eventInfo, emitter);
        }
    }
}

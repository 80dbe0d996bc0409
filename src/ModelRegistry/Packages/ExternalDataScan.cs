namespace Emotion.ModelRegistry.Packages;

/// <summary>
/// Finds tensors of an ONNX file whose values lie in another file. Such a path is resolved by whoever loads the graph and may
/// lead out of the package, past every hash, so graphs with one are refused. Reads only the protobuf wire format (tags and lengths, as in
/// onnx.proto): values are stepped over, nothing is held in memory.
/// </summary>
/// <example><code>ModelProto 7:GraphProto 5:TensorProto { 13: "location" = "weights.bin", 14: EXTERNAL }</code></example>
internal static class ExternalDataScan
{
    /// <summary>What protobuf's own parser allows: a file that nests deeper loads nowhere.</summary>
    private const int MaximumDepth = 100;

    private const int ExternalDataField = 13;
    private const int DataLocationField = 14;

    private enum Message
    {
        Model,
        Graph,
        Node,
        Attribute,
        Tensor,
        SparseTensor,
        Function,
        TrainingRun,
    }

    /// <summary>Why a graph is refused: a tensor anywhere in it (subgraphs, functions, attributes too) names or announces external data.</summary>
    /// <remarks>Bytes that are no protobuf hold no such tensor that any parser would find: what stands before them counts.</remarks>
    /// <param name="onnx">Seekable, from its start.</param>
    /// <returns>The reason; null where there is none.</returns>
    public static string? Objection(Stream onnx) => Visit(new WireReader(onnx), Message.Model, onnx.Length, MaximumDepth) switch
    {
        Outcome.External => "keeps values in another file (external data), where no hash of the package covers them",
        Outcome.TooDeep => $"nests deeper than {MaximumDepth} messages",
        _ => null,
    };

    private enum Outcome
    {
        Clean,
        External,
        NoProtobuf,
        TooDeep,
    }

    private static Outcome Visit(WireReader reader, Message message, long end, int depth)
    {
        while (reader.Position < end)
        {
            if (!reader.TryTag(end, out var field, out var type))
            {
                return Outcome.NoProtobuf;
            }

            if (message == Message.Tensor && field == ExternalDataField && type == WireType.Length)
            {
                return Outcome.External;
            }

            if (message == Message.Tensor && field == DataLocationField && type == WireType.Varint)
            {
                if (!reader.TryVarint(end, out var location))
                {
                    return Outcome.NoProtobuf;
                }

                // Enums are read as 32 bits; whatever is not the default place is another place.
                if ((uint)location != 0)
                {
                    return Outcome.External;
                }

                continue;
            }

            if (type == WireType.Length && Child(message, field) is { } child)
            {
                if (!reader.TryLength(end, out var childEnd))
                {
                    return Outcome.NoProtobuf;
                }

                if (depth == 0)
                {
                    return Outcome.TooDeep;
                }

                if (Visit(reader, child, childEnd, depth - 1) is var inner and not Outcome.Clean)
                {
                    return inner;
                }

                continue;
            }

            if (!reader.TrySkip(end, field, type, depth))
            {
                return Outcome.NoProtobuf;
            }
        }

        return Outcome.Clean;
    }

    private static Message? Child(Message message, uint field) => (message, field) switch
    {
        (Message.Model, 7) => Message.Graph,
        (Message.Model, 20) => Message.TrainingRun,
        (Message.Model, 25) => Message.Function,
        (Message.Graph, 1) => Message.Node,
        (Message.Graph, 5) => Message.Tensor,
        (Message.Graph, 15) => Message.SparseTensor,
        (Message.Node, 5) => Message.Attribute,
        (Message.Attribute, 5) => Message.Tensor,
        (Message.Attribute, 6) => Message.Graph,
        (Message.Attribute, 10) => Message.Tensor,
        (Message.Attribute, 11) => Message.Graph,
        (Message.Attribute, 22 or 23) => Message.SparseTensor,
        (Message.SparseTensor, 1 or 2) => Message.Tensor,
        (Message.Function, 7) => Message.Node,
        (Message.Function, 11) => Message.Attribute,
        (Message.TrainingRun, 1 or 2) => Message.Graph,
        _ => null,
    };
}

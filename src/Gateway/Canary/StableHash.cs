using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Emotion.Gateway.Canary;

/// <summary>Numbers that depend on nothing but the text, on every machine.</summary>
public static class StableHash
{
    /// <summary>Evenly spread over [0, 1). Another release sends other clients first.</summary>
    public static double Share(string release, string key) => (Of($"{release}\n{key}") >> 11) / (double)(1UL << 53);

    public static ulong Of(string text) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

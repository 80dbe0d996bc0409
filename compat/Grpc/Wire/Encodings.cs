using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;

namespace Grpc.Wire;

/// <summary>The encodings that one side knows.</summary>
internal sealed class Encodings
{
    public const string Identity = "identity";

    private readonly IReadOnlyList<ICompressionProvider> _providers;

    public Encodings(IEnumerable<ICompressionProvider>? providers)
    {
        _providers = [.. providers ?? [new GzipCompressionProvider(CompressionLevel.Fastest)]];
        Accepted = string.Join(',', _providers.Select(provider => provider.EncodingName).Prepend(Identity));
    }

    public static Encodings Default { get; } = new(null);

    /// <summary>The value of <c>grpc-accept-encoding</c>.</summary>
    public string Accepted { get; }

    /// <summary>Null for identity or where nothing is named.</summary>
    /// <exception cref="RpcException">Unimplemented: a name that this side does not know.</exception>
    public ICompressionProvider? Find(string? name)
    {
        if (string.IsNullOrEmpty(name) || name == Identity)
        {
            return null;
        }

        foreach (var provider in _providers)
        {
            if (provider.EncodingName == name)
            {
                return provider;
            }
        }

        throw new RpcException(new Status(
            StatusCode.Unimplemented, $"grpc-encoding \"{name}\" is not supported here. Supported: {Accepted}."));
    }
}

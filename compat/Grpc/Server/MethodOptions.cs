using System.IO.Compression;
using Grpc.Net.Compression;
using Grpc.Wire;

namespace Grpc.AspNetCore.Server;

/// <summary>The options of all services and of one, put together once.</summary>
internal sealed record MethodOptions(
    int? MaxReceiveMessageSize,
    int? MaxSendMessageSize,
    bool EnableDetailedErrors,
    Encodings Encodings,
    ICompressionProvider? ResponseCompression,
    CompressionLevel ResponseCompressionLevel,
    IReadOnlyList<InterceptorRegistration> Interceptors)
{
    public static MethodOptions Create(GrpcServiceOptions all, GrpcServiceOptions one)
    {
        var providers = one.CompressionProviders.Concat(all.CompressionProviders).ToList();
        var encodings = providers.Count == 0 ? Encodings.Default : new Encodings(providers);
        return new MethodOptions(
            one.MaxReceiveMessageSizeSpecified ? one.MaxReceiveMessageSize : all.MaxReceiveMessageSize,
            one.MaxSendMessageSizeSpecified ? one.MaxSendMessageSize : all.MaxSendMessageSize,
            one.EnableDetailedErrors ?? all.EnableDetailedErrors ?? false,
            encodings,
            encodings.Find(one.ResponseCompressionAlgorithm ?? all.ResponseCompressionAlgorithm),
            one.ResponseCompressionLevel ?? all.ResponseCompressionLevel ?? CompressionLevel.Fastest,
            [.. all.Interceptors, .. one.Interceptors]);
    }
}

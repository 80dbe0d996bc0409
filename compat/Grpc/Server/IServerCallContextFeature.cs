using Grpc.Core;

namespace Grpc.AspNetCore.Server.Features;

/// <summary>The gRPC call behind an HTTP request, while it is served.</summary>
public interface IServerCallContextFeature
{
    ServerCallContext ServerCallContext { get; }
}

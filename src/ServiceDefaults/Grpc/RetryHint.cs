using System.Globalization;
using Grpc.Core;

namespace Emotion.ServiceDefaults;

/// <summary>
/// Tells a bound that another replica may not have reached, a full queue, from one that every replica has, a message that is too large:
/// both are RESOURCE_EXHAUSTED, the first with the trailer by which gRPC servers say when to try again (gRFC A6).
/// </summary>
public static class RetryHint
{
    private const string Trailer = "grpc-retry-pushback-ms";

    public static Metadata After(TimeSpan pause) => new() { { Trailer, ((long)pause.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) } };

    /// <summary>Whether the service said that it is worth trying again.</summary>
    public static bool IsGiven(RpcException failure) => failure.Trailers.GetValue(Trailer) is not null;
}

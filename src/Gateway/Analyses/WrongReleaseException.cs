using Grpc.Core;

namespace Emotion.Gateway.Analyses;

/// <summary>A service answered from another release than it was asked for. Another replica may do better: it counts as an aborted call.</summary>
public sealed class WrongReleaseException(string service, string asked, string answered)
    : RpcException(new Status(StatusCode.Aborted, $"The {service} service was asked for release '{asked}' and answered from '{answered}'."))
{
    /// <exception cref="WrongReleaseException">The answer names another release, or none.</exception>
    public static void ThrowIfOther(string service, string asked, string answered)
    {
        if (answered != asked)
        {
            throw new WrongReleaseException(service, asked, answered);
        }
    }
}

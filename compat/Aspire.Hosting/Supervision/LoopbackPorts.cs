using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Supervision;

/// <summary>
/// Settles every endpoint's port before anything starts, so that references can be filled in, and keeps it over restarts.
/// </summary>
/// <remarks>
/// Free ports are taken from below the kernel's range for outgoing connections (from 32768): a client that calls a dead replica at a
/// port of that range may be given the same port and be connected to itself.
/// </remarks>
internal static class LoopbackPorts
{
    private const int First = 20_000;
    private const int Last = 32_000;

    /// <exception cref="DistributedApplicationException">A fixed port is taken.</exception>
    public static void Allocate(IEnumerable<IResource> resources)
    {
        var endpoints = resources.SelectMany(
            resource => resource.Annotations.OfType<EndpointAnnotation>().Select(endpoint => (resource, endpoint))).ToArray();
        HashSet<int> taken = [.. IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port)];

        foreach (var (resource, endpoint) in endpoints)
        {
            if ((endpoint.TargetPort ?? endpoint.Port) is not { } port)
                continue;
            if (!taken.Add(port))
                throw new DistributedApplicationException(
                    $"Port {port} of endpoint '{endpoint.Name}' of '{resource.Name}' is taken: free it, or leave the port out to get a free one.");
            endpoint.AllocatedPort = port;
        }

        foreach (var (_, endpoint) in endpoints.Where(each => each.endpoint.AllocatedPort == 0))
            endpoint.AllocatedPort = FindFree(taken);
    }

    private static int FindFree(HashSet<int> taken)
    {
        // Somewhere at random, so that two systems that start at the same time seldom meet.
        var start = Random.Shared.Next(First, Last);
        for (var i = 0; i < Last - First; i++)
        {
            var port = First + ((start - First + i) % (Last - First));
            if (taken.Add(port) && CanBind(port))
                return port;
        }

        throw new DistributedApplicationException($"No port between {First} and {Last} is free on loopback.");
    }

    private static bool CanBind(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

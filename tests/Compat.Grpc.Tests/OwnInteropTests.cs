namespace Emotion.Compat.Grpc.Tests;

/// <summary>Our client against our server, by the interop suite.</summary>
public class OwnInteropTests
{
    public static TheoryData<string> Cases => [.. InteropCases.All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task OurClient_AgainstOurServer_PassesCase(string name)
    {
        await using var server = await TestServer.StartAsync<InteropService>();
        using var channel = server.Connect();
        await InteropCases.All[name](channel);
    }
}

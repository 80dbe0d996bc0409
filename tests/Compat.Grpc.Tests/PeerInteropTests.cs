using Grpc.Net.Client;

namespace Emotion.Compat.Grpc.Tests;

/// <summary>Our client against a server of theirs.</summary>
public abstract class PeerServerTests(PeerServerTests.Server server)
{
    public static TheoryData<string> Cases => [.. InteropCases.All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task OurClient_AgainstTheirServer_PassesCase(string name)
    {
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{server.Port}");
        await InteropCases.All[name](channel);
    }

    public abstract class Server(string script) : IAsyncLifetime
    {
        private Peer? _peer;

        public int Port => _peer!.Port;

        public async ValueTask InitializeAsync() => _peer = await Peer.StartServerAsync(script);

        public ValueTask DisposeAsync() => _peer?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}

/// <summary>A client of theirs against our server, all its cases in one run.</summary>
public abstract class PeerClientTests(PeerClientTests.Run run)
{
    public static TheoryData<string> Cases => [.. InteropCases.All.Keys, "gzip_response"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheirClient_AgainstOurServer_PassesCase(string name) => Assert.Equal("ok", run.Results[name]);

    public abstract class Run(string script) : IAsyncLifetime
    {
        public IReadOnlyDictionary<string, string> Results { get; private set; } = new Dictionary<string, string>();

        public async ValueTask InitializeAsync()
        {
            await using var server = await TestServer.StartAsync<InteropService>(
                options => options.ResponseCompressionAlgorithm = "gzip");
            Results = await Peer.RunClientAsync(script, server.Port);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

public class NodeServerTests(NodeServerTests.Fixture server) : PeerServerTests(server), IClassFixture<NodeServerTests.Fixture>
{
    public sealed class Fixture() : Server("node_server.js");
}

public class NodeClientTests(NodeClientTests.Fixture run) : PeerClientTests(run), IClassFixture<NodeClientTests.Fixture>
{
    public sealed class Fixture() : Run("node_client.js");
}

[Trait("needs", "python3-grpcio")]
public class PythonServerTests(PythonServerTests.Fixture server) :
    PeerServerTests(server), IClassFixture<PythonServerTests.Fixture>
{
    public sealed class Fixture() : Server("python_server.py");
}

[Trait("needs", "python3-grpcio")]
public class PythonClientTests(PythonClientTests.Fixture run) : PeerClientTests(run), IClassFixture<PythonClientTests.Fixture>
{
    public sealed class Fixture() : Run("python_client.py");
}

using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Compat.Grpc.Tests;

public class CompressionTests
{
    private const int Size = 500_000;

    [Fact]
    public async Task Response_OfCompressingServer_IsSmallOnTheWireAndWholeForTheCaller()
    {
        await using var server = await TestServer.StartAsync<InteropService>(
            options => options.ResponseCompressionAlgorithm = "gzip");
        var wire = new WireCounter();
        using var channel = server.Connect(options => options.HttpHandler = wire);
        var response = await new TestService.TestServiceClient(channel).UnaryCallAsync(
            new SimpleRequest { ResponseSize = Size }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(new byte[Size], response.Payload.Body.ToByteArray());
        Assert.Equal("gzip", wire.ResponseEncoding);
    }

    [Fact]
    public async Task Request_OfCompressingCaller_IsSmallOnTheWireAndWholeForTheServer()
    {
        var handlers = new Handlers();
        long? wireBytes = null;
        handlers.Unary = (request, context) =>
        {
            Assert.Equal("gzip", context.GetHttpContext().Request.Headers.GrpcEncoding);
            return Task.FromResult(new SimpleResponse { Payload = request.Payload });
        };
        await using var server = await TestServer.StartAsync<FuncService>(
            configure: builder => builder.Services.AddSingleton(handlers),
            map: app => app.Use(async (http, next) =>
            {
                var counter = new CountingStream(http.Request.Body);
                http.Request.Body = counter;
                await next(http);
                wireBytes = counter.Count;
            }));
        using var channel = server.Connect();
        var response = await new TestService.TestServiceClient(channel).UnaryCallAsync(
            new SimpleRequest { Payload = new Payload { Body = ByteString.CopyFrom(new byte[Size]) } },
            new Metadata { { "grpc-internal-encoding-request", "gzip" } },
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(new byte[Size], response.Payload.Body.ToByteArray());
        Assert.InRange(wireBytes!.Value, 10, Size / 50);
    }

    [Fact]
    public async Task Request_ThatUnpacksBeyondTheLimit_IsRefusedWithoutUnpackingIt()
    {
        await using var server = await TestServer.StartAsync<InteropService>();
        var packed = new MemoryStream();
        packed.Write(new byte[5]);
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var i = 0; i < 300; i++)
            {
                gzip.Write(new byte[1 << 20]);
            }
        }

        var bytes = packed.ToArray();
        bytes[0] = 1;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), bytes.Length - 5);
        var before = GC.GetTotalAllocatedBytes();
        Assert.Equal("8", await PostAsync(server, bytes, "gzip"));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 150_000_000);
    }

    [Theory]
    [InlineData("snappy", 0, "12")]
    [InlineData("identity", 1, "13")]
    public async Task Request_InAnEncodingNotAgreedOn_IsRefused(string encoding, byte flag, string status)
    {
        await using var server = await TestServer.StartAsync<InteropService>();
        Assert.Equal(status, await PostAsync(server, [flag, 0, 0, 0, 0], encoding));
    }

    private static async Task<string> PostAsync(TestServer server, byte[] body, string encoding)
    {
        using var http = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        content.Headers.Add("grpc-encoding", encoding);
        using var response = await http.PostAsync(
            server.Address + "/grpc.testing.TestService/UnaryCall", content, TestContext.Current.CancellationToken);
        return (response.Headers.TryGetValues("grpc-status", out var early)
            ? early
            : response.TrailingHeaders.GetValues("grpc-status")).Single();
    }

    private sealed class WireCounter : DelegatingHandler
    {
        public WireCounter() : base(new SocketsHttpHandler()) { }

        public string? ResponseEncoding { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            ResponseEncoding = response.Headers.GetValues("grpc-encoding").Single();
            return response;
        }
    }

    private sealed class CountingStream(Stream inner) : Stream
    {
        public long Count { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            Count += read;
            return read;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

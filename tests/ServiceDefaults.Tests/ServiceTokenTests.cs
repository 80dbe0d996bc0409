using System.Net;
using Emotion.ServiceDefaults.Tests.Wire;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Emotion.ServiceDefaults.Tests;

/// <summary>A real service that asks for the token of its system, called by who has it and by who has not.</summary>
public sealed class ServiceTokenTests
{
    private const string Value = "Grpc:Token:Value", Previous = "Grpc:Token:Previous";

    private static readonly string Token = new('t', 32), Other = new('o', 32);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_WithTheToken_IsAnswered()
    {
        await using var service = await StartAsync([], (Value, Token));

        Assert.Equal(StatusCode.OK, await AskAsync(service, (Value, Token)));
    }

    [Fact]
    public async Task Call_WithoutTheTokenOrWithAnother_IsUnauthenticated()
    {
        await using var service = await StartAsync([], (Value, Token));

        Assert.Equal(StatusCode.Unauthenticated, await AskAsync(service));
        Assert.Equal(StatusCode.Unauthenticated, await AskAsync(service, (Value, Other)));
        Assert.Equal(StatusCode.Unauthenticated, await AskAsync(service, (Value, Token + "t")));
    }

    [Fact]
    public async Task Token_OfACallerWhereNoneIsAskedFor_IsNotLookedAt()
    {
        await using var service = await StartAsync([]);

        Assert.Equal(StatusCode.OK, await AskAsync(service, (Value, Token)));
    }

    [Fact]
    public async Task Token_ThatIsChanged_IsTakenBesideTheNewOne()
    {
        await using var service = await StartAsync([], (Value, Token), (Previous, Other));

        Assert.Equal(StatusCode.OK, await AskAsync(service, (Value, Other)));
        Assert.Equal(StatusCode.OK, await AskAsync(service, (Value, Token)));
    }

    [Fact]
    public async Task Token_InAFile_IsThatOfTheFile()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, Token + "\n", Cancelled);
            await using var service = await StartAsync([], ("Grpc:Token:File", file));

            Assert.Equal(StatusCode.OK, await AskAsync(service, (Value, Token)));
            Assert.Equal(StatusCode.Unauthenticated, await AskAsync(service));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Token_InAFileThatIsEmpty_KeepsTheServiceFromStarting()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "\n", Cancelled);

            var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync([], ("Grpc:Token:File", file)));

            Assert.Contains("Grpc:Token:File", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Health_OfAServiceThatAsksForAToken_IsToldToEverybody()
    {
        await using var service = await StartAsync([], (Value, Token));
        using var channel = GrpcChannel.ForAddress(service.Urls.Single());
        using var http = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        var answer = await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest(), cancellationToken: Cancelled);

        Assert.NotEqual(HealthCheckResponse.Types.ServingStatus.ServiceUnknown, answer.Status);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"{service.Urls.Single()}/health", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task Token_IsInNoLog()
    {
        var log = new List<string>();
        await using var service = await StartAsync(log, (Value, Token), ("Logging:LogLevel:Default", "Trace"), ("Logging:LogLevel:Microsoft.AspNetCore", "Trace"));

        await AskAsync(service, (Value, Token));
        await AskAsync(service, (Value, Other));

        lock (log)
        {
            Assert.NotEmpty(log);
            Assert.DoesNotContain(log, line => line.Contains(Token, StringComparison.Ordinal) || line.Contains(Other, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(Value, "short")]
    [InlineData(Value, "")] // As of a secret that nobody has filled.
    [InlineData(Previous, "tttttttttttttttttttttttttttttttt")] // Without the one that it came before.
    public async Task Token_ThatIsNone_KeepsTheServiceFromStarting(string key, string value) =>
        await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync([], (key, value)));

    private static async Task<StatusCode> AskAsync(WebApplication service, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration["services:oracle-1:http:0"] = service.Urls.Single();
        foreach (var (key, value) in settings)
        {
            builder.Configuration[key] = value;
        }

        builder.AddReplicas<Oracle.OracleClient>("oracle");
        using var caller = builder.Build();
        return await StatusOfAsync(caller.Services.GetRequiredService<Replicas<Oracle.OracleClient>>().Next([]).Client);
    }

    private static async Task<StatusCode> StatusOfAsync(Oracle.OracleClient client)
    {
        try
        {
            await client.AskAsync(new Question(), cancellationToken: Cancelled);
            return StatusCode.OK;
        }
        catch (RpcException refused)
        {
            return refused.StatusCode;
        }
    }

    private static async Task<WebApplication> StartAsync(List<string> log, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        foreach (var (key, value) in settings)
        {
            builder.Configuration[key] = value;
        }

        builder.Logging.ClearProviders().AddProvider(new Lines(log));
        builder.AddServiceDefaults();
        builder.AddGrpcServiceDefaults();
        builder.Services.AddSingleton<OracleService>();
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGrpcService<OracleService>();
        await app.StartAsync(Cancelled);
        return app;
    }

    private sealed class OracleService : Oracle.OracleBase
    {
        public override Task<Answer> Ask(Question request, ServerCallContext context) => Task.FromResult(new Answer());
    }

    private sealed class Lines(List<string> log) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (log)
            {
                log.Add($"{formatter(state, exception)} {exception}");
            }
        }

        public void Dispose()
        {
        }
    }
}

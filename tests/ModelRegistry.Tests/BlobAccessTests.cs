using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Emotion.ModelRegistry.Tests;

/// <summary>Connection strings, addresses with a SAS, addresses alone.</summary>
public sealed class BlobAccessTests
{
    [Fact]
    public async Task Registry_AddressWithASas_SendsItWithEveryRequest()
    {
        using var network = new Asked();
        var registry = FaultyNetwork.Connect(
            new ModelRegistryOptions { ConnectionString = "https://account.example/?sv=2024-01-01&sig=abc", MaxRetries = 0 }, network);

        Assert.Null(await registry.ChannelAsync("stable", TestContext.Current.CancellationToken));

        Assert.Equal("https://account.example/models/channels/stable.json?sv=2024-01-01&sig=abc", Assert.Single(network.Addresses));
        Assert.Equal("https://account.example/models", registry.Address);
    }

    [Theory]
    [InlineData("http://account.example", false)]
    [InlineData("http://account.example/?sv=1&sig=abc", true)]
    [InlineData("https://account.example", true)]
    [InlineData("DefaultEndpointsProtocol=http;AccountName=a;AccountKey=AAAA;BlobEndpoint=http://127.0.0.1:1/a;", true)]
    public void Options_AddressAlone_MustBeHttps(string connectionString, bool valid)
    {
        var options = new ModelRegistryOptions { ConnectionString = connectionString };
        var problems = new List<ValidationResult>();

        Assert.Equal(valid, Validator.TryValidateObject(options, new ValidationContext(options), problems, validateAllProperties: true));
        Assert.All(problems, problem => Assert.Contains("only sent over https", problem.ErrorMessage));
    }

    [Fact]
    public void Registry_ConnectionStringThatIsNone_SaysSoWithoutRepeatingIt()
    {
        var refused = Assert.Throws<ArgumentException>(
            () => FaultyNetwork.Connect(new ModelRegistryOptions { ConnectionString = "AccountKey:secret" }, new SocketsHttpHandler()));

        Assert.Contains("neither a connection string nor https://", refused.Message);
        Assert.DoesNotContain("secret", refused.Message);
    }

    /// <summary>Has nothing, and remembers what it was asked for.</summary>
    private sealed class Asked : HttpMessageHandler
    {
        public List<string> Addresses { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Addresses.Add(request.RequestUri!.AbsoluteUri);
            var response = new HttpResponseMessage(HttpStatusCode.NotFound) { RequestMessage = request, Content = new ByteArrayContent([]) };
            response.Headers.Add("x-ms-client-request-id", request.Headers.GetValues("x-ms-client-request-id"));
            return Task.FromResult(response);
        }
    }
}

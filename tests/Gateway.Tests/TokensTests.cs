using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Emotion.Gateway.Keys;
using Emotion.Gateway.Keys.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Emotion.Gateway.Tests;

/// <summary>JSON web tokens of an identity provider, beside keys.</summary>
public sealed class TokensTests(TestClips clips) : IDisposable
{
    private const string Issuer = "https://login.example", Audience = "emotion";

    private readonly ShiftedClock _clock = new();
    private readonly RSA _key = RSA.Create(2048);
    private readonly string _keysFile = Path.GetTempFileName();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _key.Dispose();
        File.Delete(_keysFile);
    }

    [Fact]
    public async Task Token_OfTheProvider_DoesWhatItsScopesSayAndOwnsWhatItSent()
    {
        await using var system = await StartAsync();
        using var own = system.As(Token("anna", "openid emotion:analyse emotion:read"));
        using var other = system.As(Token("ben", "emotion:read"));
        using var key = await system.AsAsync(KeyScope.Read, KeyScope.Analyse);

        var id = (await own.PostRawAsync(clips.SoundOnly()).AnswerAsync()).Text("id");

        Assert.Equal(HttpStatusCode.OK, (await own.AskAsync($"/v1/analyses/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await other.AskAsync($"/v1/analyses/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await key.AskAsync($"/v1/analyses/{id}")).StatusCode);
        Assert.Equal("missing-scope", (await other.PostRawAsync(clips.SoundOnly()).ProblemAsync()).Reason);
        // The same person by another token, whose scopes come as a list.
        using var again = system.As(Token("anna", null, ("scp", new[] { "emotion:read", "emotion:admin" })));
        Assert.Equal(HttpStatusCode.OK, (await again.AskAsync($"/v1/analyses/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await again.AskAsync("/v1/keys")).StatusCode);
        Assert.Contains("jwt_", await (await again.AskAsync("/v1/audit")).Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        Assert.DoesNotContain(system.Log.Lines, line => line.Contains("anna", StringComparison.Ordinal) || line.Contains("eyJ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Token_ThatIsNotGood_Is401AndToldWhyWhoeverSignedIt()
    {
        await using var system = await StartAsync();
        using var stranger = RSA.Create(2048);
        var publicKey = new SymmetricSecurityKey(_key.ExportSubjectPublicKeyInfo());
        async Task<string> RefusedAsync(string token)
        {
            using var http = system.As(token);
            using var response = await http.AskAsync("/v1/analyses");
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal("Bearer realm=\"emotion\", error=\"invalid_token\"", response.Headers.WwwAuthenticate.ToString());
            return (await response.JsonAsync()).Text("detail");
        }

        Assert.Contains("signature", await RefusedAsync(Token("anna", "emotion:read", signer: new SigningCredentials(new RsaSecurityKey(stranger) { KeyId = "k1" }, "RS256"))), StringComparison.Ordinal);
        // The provider's public key is known to everybody: as a secret it signs nothing.
        Assert.Contains("signature", await RefusedAsync(Token("anna", "emotion:read", signer: new SigningCredentials(publicKey, "HS256"))), StringComparison.Ordinal);
        Assert.Contains("signature", await RefusedAsync(Unsigned()), StringComparison.Ordinal);
        Assert.Contains("audience", await RefusedAsync(Token("anna", "emotion:read", audience: "another")), StringComparison.Ordinal);
        Assert.Contains("issuer", await RefusedAsync(Token("anna", "emotion:read", issuer: "https://elsewhere.example")), StringComparison.Ordinal);
        Assert.Contains("subject", await RefusedAsync(Token(null, "emotion:read")), StringComparison.Ordinal);
        Assert.Contains("never expires", await RefusedAsync(Token("anna", "emotion:read", lifetime: null)), StringComparison.Ordinal);
        Assert.Contains("longer", await RefusedAsync(Token("anna", new string('x', 9000))), StringComparison.Ordinal);
        Assert.Contains("JSON web token", await RefusedAsync("a.b.c"), StringComparison.Ordinal);

        var token = Token("anna", "emotion:read");
        using var http = system.As(token);
        Assert.Equal(HttpStatusCode.OK, (await http.AskAsync("/v1/analyses")).StatusCode);
        _clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal("expired-token", (await http.AskAsync("/v1/analyses").ProblemAsync()).Reason);
    }

    [Fact]
    public async Task Keys_ChangedInTheFile_CountAtOnceAndOneThatCannotBeReadChangesNothing()
    {
        await using var system = await StartAsync();
        using var next = RSA.Create(2048);
        using var before = system.As(Token("anna", "emotion:read"));
        using var after = system.As(Token("anna", "emotion:read", signer: Signer(next, "k2")));
        Assert.Equal(HttpStatusCode.Unauthorized, (await after.AskAsync("/v1/analyses")).StatusCode);

        WriteKeys(DateTime.UtcNow.AddSeconds(5), (next, "k2"));

        Assert.Equal(HttpStatusCode.OK, (await after.AskAsync("/v1/analyses")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await before.AskAsync("/v1/analyses")).StatusCode);
        File.WriteAllText(_keysFile, "{ nothing");
        Assert.Equal(HttpStatusCode.OK, (await after.AskAsync("/v1/analyses")).StatusCode);
        Assert.Contains(system.Log.Lines, line => line.Contains("No public keys could be read", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Authority_IsAskedForItsKeys_AndWhereItDoesNotAnswerKeysAreLetInAllTheSame()
    {
        await using var provider = await ProviderAsync();
        var authority = FakeSystem.AddressOf(provider).ToString().TrimEnd('/');
        await using var system = await FakeSystem.StartWithKeysAsync(
            _clock, [.. Common, ("Gateway:Jwt:Authority", authority), ("Gateway:Jwt:RequireHttps", "false"), ("Gateway:Jwt:AuthorityTimeout", "00:01:00")]);
        await using var lost = await FakeSystem.StartWithKeysAsync(_clock, [.. Common, ("Gateway:Jwt:Authority", "http://127.0.0.1:1"), ("Gateway:Jwt:RequireHttps", "false")]);
        using var good = system.As(Token("anna", "emotion:read", issuer: authority));
        using var waiting = lost.As(Token("anna", "emotion:read", issuer: "http://127.0.0.1:1"));
        using var key = await lost.AsAsync(KeyScope.Read);

        Assert.Equal(HttpStatusCode.OK, (await good.AskAsync("/v1/analyses")).StatusCode);
        var (response, reason) = await waiting.AskAsync("/v1/analyses").ProblemAsync();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "issuer-unreachable"), (response.StatusCode, reason));
        Assert.Equal(HttpStatusCode.OK, (await key.AskAsync("/v1/analyses")).StatusCode);
    }

    [Fact]
    public async Task Session_WithAToken_IsRefusedSinceAPageSignsInWithAKey()
    {
        await using var system = await StartAsync();
        using var http = system.As(Token("anna", "emotion:read"));

        Assert.Equal("no-key", (await http.PostAsync("/v1/session", null, Cancelled).ProblemAsync()).Reason);
    }

    [Theory]
    [InlineData("Audience", "", "Audience is missing")]
    [InlineData("Issuer", "", "Issuer is missing")]
    [InlineData("Authority", "https://login.example", "one or the other")]
    [InlineData("Algorithms:0", "HS256", "private keys")]
    [InlineData("IntendedUse:Area", "Workplace", "prohibited")]
    [InlineData("IntendedUse:Description", "", "intendedUse.description")]
    public async Task Options_ThatCannotBe_StopTheGatewayAndSayWhy(string name, string value, string said)
    {
        WriteKeys(DateTime.UtcNow, (_key, "k1"));

        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => FakeSystem.StartWithKeysAsync(
            _clock, [.. Common, ("Gateway:Jwt:KeysFile", _keysFile), ("Gateway:Jwt:Issuer", Issuer), ("Gateway:Jwt:" + name, value)]));

        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Name_OfASubject_TellsNothingOfIt() =>
        Assert.Matches("^jwt_[0-9a-f]{32}$", TokenCheck.NameOf("https://login.example", "anna@example.org"));

    private static (string, string)[] Common { get; } =
    [
        ("Gateway:Jwt:Audience", Audience), ("Gateway:Jwt:IntendedUse:Area", "Research"), ("Gateway:Jwt:IntendedUse:Description", "Tests."),
    ];

    private Task<FakeSystem> StartAsync()
    {
        WriteKeys(DateTime.UtcNow, (_key, "k1"));
        return FakeSystem.StartWithKeysAsync(_clock, [.. Common, ("Gateway:Jwt:KeysFile", _keysFile), ("Gateway:Jwt:Issuer", Issuer)]);
    }

    private void WriteKeys(DateTime changed, params (RSA Key, string Id)[] keys)
    {
        File.WriteAllText(_keysFile, SetOf(keys));
        File.SetLastWriteTimeUtc(_keysFile, changed);
    }

    private static string SetOf(params (RSA Key, string Id)[] keys) => JsonSerializer.Serialize(new
    {
        keys = keys.Select(one =>
        {
            var numbers = one.Key.ExportParameters(includePrivateParameters: false);
            return new { kty = "RSA", use = "sig", kid = one.Id, n = Base64UrlEncoder.Encode(numbers.Modulus), e = Base64UrlEncoder.Encode(numbers.Exponent) };
        }),
    });

    private static SigningCredentials Signer(RSA key, string id) => new(new RsaSecurityKey(key) { KeyId = id }, "RS256");

    private string Token(
        string? subject, string? scope, (string Name, object Value)? more = null, SigningCredentials? signer = null, string audience = Audience, string issuer = Issuer)
        => Token(subject, scope, TimeSpan.FromMinutes(10), more, signer, audience, issuer);

    private string Token(
        string? subject, string? scope, TimeSpan? lifetime, (string Name, object Value)? more = null, SigningCredentials? signer = null, string audience = Audience,
        string issuer = Issuer)
    {
        var claims = new Dictionary<string, object>();
        if (subject is not null)
        {
            claims["sub"] = subject;
        }

        if (scope is not null)
        {
            claims["scope"] = scope;
        }

        if (more is { } another)
        {
            claims[another.Name] = another.Value;
        }

        var now = _clock.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer, Audience = audience, Claims = claims, NotBefore = now, IssuedAt = now, Expires = lifetime is { } time ? now + time : null,
            SigningCredentials = signer ?? Signer(_key, "k1"),
        });
    }

    private static string Unsigned()
    {
        var body = JsonSerializer.Serialize(new { iss = Issuer, aud = Audience, sub = "anna", scope = "emotion:read", exp = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds() });
        return $"{Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""")}.{Base64UrlEncoder.Encode(body)}.";
    }

    private async Task<WebApplication> ProviderAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/.well-known/openid-configuration", (HttpRequest request) => Results.Json(
            new { issuer = $"http://{request.Host}", jwks_uri = $"http://{request.Host}/keys" }));
        app.MapGet("/keys", () => Results.Text(SetOf((_key, "k1")), "application/json"));
        await app.StartAsync(Cancelled);
        return app;
    }
}

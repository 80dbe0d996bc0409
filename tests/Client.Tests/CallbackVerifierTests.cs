using System.Text;

namespace Emotion.Client.Tests;

/// <summary>A callback is believed where its signature is the gateway's, its time is now, and nothing of it was changed.</summary>
public sealed class CallbackVerifierTests
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    /// <summary>The example of the standard's own libraries: tests of standard-webhooks.</summary>
    private const string StandardId = "msg_p5jXN8AQM9LWM0D4loKWxJek", StandardTime = "1614265330", StandardBody = """{"test": 2432232314}""",
        StandardSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    private const string Body =
        """{"type":"analysis.failed","timestamp":"2026-11-29T19:00:00+00:00","data":{"id":"a1","status":"failed","batch":"b1","name":"one.wav","location":"/v1/analyses/a1","analysis":null,"problem":{"title":"t","status":422,"detail":"No.","reason":"damaged"}}}""";

    [Fact]
    public void Signature_OfTheStandardsOwnExample_IsKnown()
    {
        // Signed as it should be, and of no gateway: it is the body that cannot be read.
        var refused = Assert.Throws<CallbackRefusedException>(() => Verifier(Secret).Verify(Headers(StandardSignature), Encoding.UTF8.GetBytes(StandardBody)));

        Assert.Contains("cannot be read", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Secret)]
    [InlineData(Other, Secret)]
    public void Callback_SignedByOneOfTheSecrets_IsRead(params string[] secrets)
    {
        var told = Verifier(secrets).Verify(Headers($"v1a,abc {Sign(Other, "else")} {Sign(Secret, Body)}"), Encoding.UTF8.GetBytes(Body));

        Assert.Equal((StandardId, "a1", AnalysisState.Failed, "b1", "one.wav"), (told.DeliveryId, told.Id, told.Status, told.Batch, told.Name));
        Assert.Equal(new CallbackProblem(422, "damaged", "No."), told.Problem);
        Assert.Equal(new DateTimeOffset(2026, 11, 29, 19, 0, 0, TimeSpan.Zero), told.At);
    }

    [Fact]
    public void Callback_Changed_IsRefused()
    {
        var headers = Headers(Sign(Secret, Body));

        Assert.Throws<CallbackRefusedException>(() => Verifier(Secret).Verify(headers, Encoding.UTF8.GetBytes(Body.Replace("a1", "a2", StringComparison.Ordinal))));
        Assert.Throws<CallbackRefusedException>(() => Verifier(Secret).Verify(name => name == "webhook-id" ? "msg_other" : headers(name), Encoding.UTF8.GetBytes(Body)));
        Assert.Throws<CallbackRefusedException>(() => Verifier(Other).Verify(headers, Encoding.UTF8.GetBytes(Body)));
    }

    [Theory]
    [InlineData(-301, false)]
    [InlineData(-299, true)]
    [InlineData(299, true)]
    [InlineData(301, false)]
    public void Callback_OfAnotherTime_IsRefused(int seconds, bool isTaken)
    {
        var verifier = new CallbackVerifier(Secret) { Clock = new At(long.Parse(StandardTime, null) + seconds) };

        var failure = Record.Exception(() => verifier.Verify(Headers(Sign(Secret, Body)), Encoding.UTF8.GetBytes(Body)));

        Assert.Equal(isTaken, failure is null);
    }

    [Theory]
    [InlineData("webhook-id")]
    [InlineData("webhook-timestamp")]
    [InlineData("webhook-signature")]
    public void Callback_WithoutAHeader_IsRefused(string missing)
    {
        var headers = Headers(Sign(Secret, Body));

        var refused = Assert.Throws<CallbackRefusedException>(() => Verifier(Secret).Verify(name => name == missing ? null : headers(name), Encoding.UTF8.GetBytes(Body)));

        Assert.Contains(missing, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData()]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [InlineData("whsec_!")]
    public void Secret_ThatIsNone_IsRefused(params string[] secrets) => Assert.ThrowsAny<ArgumentException>(() => new CallbackVerifier(secrets));

    private static CallbackVerifier Verifier(params string[] secrets) => new(secrets) { Clock = new At(long.Parse(StandardTime, null)) };

    private static Func<string, string?> Headers(string signatures) => name => name switch
    {
        "webhook-id" => StandardId,
        "webhook-timestamp" => StandardTime,
        "webhook-signature" => signatures,
        _ => null,
    };

    private static string Sign(string secret, string body) => "v1," + Convert.ToBase64String(System.Security.Cryptography.HMACSHA256.HashData(
        Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{StandardId}.{StandardTime}.{body}")));

    private sealed class At(long seconds) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(seconds);
    }
}

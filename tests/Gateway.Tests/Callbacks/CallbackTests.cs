using System.Net;
using System.Text.Json.Nodes;
using Emotion.Gateway.Callbacks;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Emotion.Gateway.Tests.Callbacks;

/// <summary>Who gave an address is told how it ended: once the outcome is there, at least once, signed, and until it is heard.</summary>
public sealed class CallbackTests(TestClips clips)
{
    private const string Other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Done_IsToldWithTheAnswer_SignedBySecretAndTheOneBefore()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        await using var system = await StartAsync(("Gateway:Callbacks:PreviousSecret", Other));

        var answer = await system.Http.PostRawAsync(clips.SoundOnly(), "?wait=true&callback=" + Uri.EscapeDataString(receiver.Address)).AnswerAsync();

        var call = await receiver.FirstAsync();
        Assert.Equal("POST /told?token=secret", call.Line);
        Assert.Equal("application/json", call.Headers["Content-Type"]);
        Assert.Equal($"{call.SignatureBy(CallbackReceiver.Secret)} {call.SignatureBy(Other)}", call.Headers["webhook-signature"]);
        Assert.DoesNotContain("traceparent", call.Headers.Keys);
        Assert.Equal(("analysis.done", "done"), (call.Json.Text("type"), call.Json.Text("data", "status")));
        Assert.Equal((answer.Text("id"), "/v1/analyses/" + answer.Text("id")), (call.Json.Text("data", "id"), call.Json.Text("data", "location")));
        Assert.True(JsonNode.DeepEquals(answer, call.Json["data"]!["analysis"]));
        Assert.Null(call.Json["data"]!["problem"]);
        var delivery = await EndedAsync(system, answer.Text("id"));
        Assert.Equal((call.Id, "delivered", 1, 200), (delivery.Text("id"), delivery.Text("status"), delivery["attempts"]!.GetValue<int>(), delivery["lastStatus"]!.GetValue<int>()));
        Assert.Equal($"http://127.0.0.1:{receiver.Port}", delivery.Text("to"));
        Assert.DoesNotContain(system.Log.Lines, line => line.Contains("/told", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Failed_IsToldWithTheProblem_AndWhatIsBegunAnewIsToldAnew()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        await using var system = await StartAsync(("Gateway:Jobs:Attempts", "1"));
        system.Fusion.Before = _ => throw new RpcException(new Status(StatusCode.FailedPrecondition, "no sense"));

        var problem = await system.Http.PostFormAsync(clips.SoundOnly(), "?wait=true", ("callback", receiver.Address)).ProblemAsync();

        var call = await receiver.FirstAsync();
        Assert.Equal(("analysis.failed", "failed", problem.Reason), (call.Json.Text("type"), call.Json.Text("data", "status"), call.Json.Text("data", "problem", "reason")));
        var id = call.Json.Text("data", "id");
        Assert.Equal(id, call.Json.Text("data", "problem", "id"));
        await EndedAsync(system, id);
        system.Fusion.Before = _ => Task.CompletedTask;
        using var retried = await system.Http.PostAsync($"/v1/analyses/{id}/retry", null, Cancelled);
        await FakeSystem.WaitUntilAsync(() => receiver.Calls.Count == 2);
        Assert.Equal("analysis.done", receiver.Calls.Last().Json.Text("type"));
        Assert.NotEqual(call.Id, receiver.Calls.Last().Id);
        Assert.Single(await DeliveriesAsync(system, id));
    }

    [Fact]
    public async Task Cancelled_WhileItWaits_IsTold()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        await using var system = await StartAsync(("Gateway:ConcurrentAnalyses", "1"));
        system.Audio.Before = context => Task.Delay(Timeout.Infinite, context.CancellationToken);
        using var running = await system.Http.PostRawAsync(clips.SoundOnly(), "");
        using var waiting = await system.Http.PostRawAsync(clips.SoundOnly(), "?callback=" + Uri.EscapeDataString(receiver.Address));
        var id = (await waiting.JsonAsync()).Text("id");

        using var cancelled = await system.Http.PostAsync($"/v1/analyses/{id}/cancel", null, Cancelled);

        Assert.Equal((id, "cancelled"), ((await receiver.FirstAsync()).Json.Text("data", "id"), receiver.Calls.First().Json.Text("data", "problem", "reason")));
        await EndedAsync(system, id);
        using var deleted = await system.Http.DeleteAsync("/v1/analyses/" + (await running.JsonAsync()).Text("id"), Cancelled);
    }

    [Fact]
    public async Task Receiver_FailsAtFirst_IsToldAgainUnderTheSameId()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        receiver.Answer = (context, before) =>
        {
            context.Response.StatusCode = before switch { 0 => 500, 1 => 302, _ => 204 };
            context.Response.Headers.Location = before == 1 ? "/elsewhere" : "";
            return Task.CompletedTask;
        };
        await using var system = await StartAsync();

        var id = await AnalyseAsync(system, receiver);

        var delivery = await EndedAsync(system, id);
        Assert.Equal(("delivered", 3, 204), (delivery.Text("status"), delivery["attempts"]!.GetValue<int>(), delivery["lastStatus"]!.GetValue<int>()));
        Assert.Equal(3, receiver.Calls.Count);
        Assert.Single(receiver.Calls.Select(call => call.Id).Distinct());
        Assert.All(receiver.Calls, call => Assert.Equal("POST /told?token=secret", call.Line));
    }

    [Fact]
    public async Task Receiver_NeverHears_IsGivenUpAndToldByHand()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        receiver.Answer = async (context, before) =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "0";
            if (before == 1)
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        };
        await using var system = await StartAsync(("Gateway:Callbacks:Attempts", "3"), ("Gateway:Callbacks:Deadline", "00:00:05"));
        var id = await AnalyseAsync(system, receiver);

        var dead = await EndedAsync(system, id);

        Assert.Equal(("dead", 3, "refused"), (dead.Text("status"), dead["attempts"]!.GetValue<int>(), dead.Text("lastError")));
        receiver.Answer = (_, _) => Task.CompletedTask;
        using var again = await system.Http.PostAsync($"/v1/analyses/{id}/deliveries/{dead.Text("id")}/redeliver", null, Cancelled);
        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
        Assert.Equal("delivered", (await EndedAsync(system, id)).Text("status"));
        Assert.Equal(4, receiver.Calls.Count);
        Assert.Single(receiver.Calls.Select(call => call.Id).Distinct());
        var unknown = await system.Http.PostAsync($"/v1/analyses/{id}/deliveries/msg_0/redeliver", null, Cancelled).ProblemAsync();
        Assert.Equal((HttpStatusCode.NotFound, "unknown-delivery"), (unknown.Response.StatusCode, unknown.Reason));
        Assert.Equal("unknown-analysis", (await system.Http.AskAsync("/v1/analyses/0123/deliveries").ProblemAsync()).Reason);
    }

    [Fact]
    public async Task Gateway_StopsWhileItTells_TheNextOneTells()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        receiver.Answer = (context, before) => before > 0
            ? Task.CompletedTask
            : Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        await using var system = await StartAsync();
        var id = await AnalyseAsync(system, receiver);
        await receiver.FirstAsync();
        await system.Gateway.StopAsync(Cancelled);

        await system.RestartGatewayAsync();

        var delivery = await EndedAsync(system, id);
        Assert.Equal(("delivered", 1), (delivery.Text("status"), delivery["attempts"]!.GetValue<int>()));
        Assert.Single(receiver.Calls.Select(call => call.Id).Distinct());
    }

    [Fact]
    public async Task Answer_TooLarge_IsToldByItsAddressAlone()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        await using var system = await StartAsync(("Gateway:Callbacks:MaximumBytes", "1024"));

        await AnalyseAsync(system, receiver);

        var data = (await receiver.FirstAsync()).Json["data"]!;
        Assert.Equal(("done", null), (data.Text("status"), data["analysis"]));
        Assert.StartsWith("/v1/analyses/", data.Text("location"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_OfAPrivateAddress_IsNeverConnectedTo()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        await using var system = await StartAsync(("Gateway:Callbacks:AllowPrivate", "false"));

        using var accepted = await system.Http.PostRawAsync(clips.SoundOnly(), $"?wait=true&callback=http://localhost:{receiver.Port}/");

        var delivery = await EndedAsync(system, (await accepted.JsonAsync()).Text("id"));
        Assert.Equal(("dead", "forbidden-address", 1), (delivery.Text("status"), delivery.Text("lastError"), delivery["attempts"]!.GetValue<int>()));
        Assert.Empty(receiver.Calls);
    }

    [Theory]
    [InlineData("ftp://example.com/", "https://")]
    [InlineData("/told", "https://")]
    [InlineData("http://user:word@example.com/", "password")]
    [InlineData("https://example.com/#part", "fragment")]
    [InlineData("http://127.0.0.1/", "public")]
    [InlineData("http://[::ffff:10.0.0.1]/", "public")]
    [InlineData("http://2130706433/", "public")]
    [InlineData("", "https://")]
    [InlineData("long", "1,024")]
    public async Task Post_CallbackThatIsNone_400(string callback, string detail)
    {
        await using var system = await StartAsync(("Gateway:Callbacks:AllowPrivate", "false"));
        callback = callback == "long" ? "https://example.com/" + new string('a', 1024) : callback;

        using var response = await system.Http.PostRawAsync(clips.SoundOnly(), "?callback=" + Uri.EscapeDataString(callback));

        var problem = await response.JsonAsync();
        Assert.Equal((HttpStatusCode.BadRequest, "bad-callback"), (response.StatusCode, problem.Text("reason")));
        Assert.Contains(detail, problem.Text("detail"), StringComparison.Ordinal);
        Assert.Empty(system.LeftOnDisk);
    }

    [Fact]
    public async Task Post_CallbackWithoutASecret_400()
    {
        await using var system = await FakeSystem.StartAsync();

        var query = await system.Http.PostRawAsync(clips.SoundOnly(), "?callback=https://example.com/").ProblemAsync();
        var field = await system.Http.PostFormAsync(clips.SoundOnly(), "", ("callback", "https://example.com/")).ProblemAsync();

        Assert.Equal((HttpStatusCode.BadRequest, "callbacks-off"), (query.Response.StatusCode, query.Reason));
        Assert.Equal((HttpStatusCode.BadRequest, "callbacks-off"), (field.Response.StatusCode, field.Reason));
        Assert.Empty(system.LeftOnDisk);
    }

    [Fact]
    public async Task Start_SecretThatIsNone_IsRefused()
    {
        await using var system = await FakeSystem.StartServicesAsync();
        var refused = Assert.Throws<Microsoft.Extensions.Options.OptionsValidationException>(() => Validated(new CallbackOptions { Secret = "whsec_c2hvcnQ=" }));

        Assert.Contains("whsec_", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, Validated(new CallbackOptions { Secret = CallbackReceiver.Secret, PreviousSecret = Other }).Keys.Count());
    }

    [Fact]
    public void BackOff_ByTry_IsLongerEachTimeWithinBounds()
    {
        var options = new CallbackOptions();

        Assert.Equal([4, 16, 64], new[] { 1, 2, 3 }.Select(attempt => CallbackSender.BackOff(options, attempt, 0).TotalSeconds));
        Assert.Equal(6, CallbackSender.BackOff(options, 1, 1).TotalSeconds, 1e-9);
        Assert.Equal(options.LongestRetry * 1.2, CallbackSender.BackOff(options, 50, 1));
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1111", true)]
    [InlineData("172.32.0.1", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("127.8.8.8", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.168.0.1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:8.8.8.8", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("2001::1", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fd12:3456::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fe80::1%1", false)]
    [InlineData("ff02::1", false)]
    public void PublicAddresses_Contain_WhatAnybodyMayReach(string address, bool isPublic) =>
        Assert.Equal(isPublic, PublicAddresses.Contain(IPAddress.Parse(address)));

    private static CallbackOptions Validated(CallbackOptions options)
    {
        var results = new List<System.ComponentModel.DataAnnotations.ValidationResult>();
        return System.ComponentModel.DataAnnotations.Validator.TryValidateObject(options, new(options), results, validateAllProperties: true)
            ? options
            : throw new Microsoft.Extensions.Options.OptionsValidationException("", typeof(CallbackOptions), results.Select(result => result.ErrorMessage!));
    }

    private static Task<FakeSystem> StartAsync(params (string Key, string Value)[] settings) => FakeSystem.StartAsync(
    [
        ("Gateway:Callbacks:Secret", CallbackReceiver.Secret), ("Gateway:Callbacks:AllowPrivate", "true"), ("Gateway:Callbacks:FirstRetry", "00:00:00.010"),
        ("Gateway:Callbacks:LongestRetry", "00:00:00.100"), .. settings,
    ]);

    private async Task<string> AnalyseAsync(FakeSystem system, CallbackReceiver receiver) =>
        (await system.Http.PostRawAsync(clips.SoundOnly(), "?wait=true&callback=" + Uri.EscapeDataString(receiver.Address)).AnswerAsync()).Text("id");

    private static async Task<JsonArray> DeliveriesAsync(FakeSystem system, string id) =>
        (await system.Http.AskAsync($"/v1/analyses/{id}/deliveries").AnswerAsync())["items"]!.AsArray();

    /// <summary>The only delivery, delivered or dead.</summary>
    private static async Task<JsonNode> EndedAsync(FakeSystem system, string id)
    {
        while (true)
        {
            var delivery = Assert.Single(await DeliveriesAsync(system, id))!;
            if (delivery.Text("status") is "delivered" or "dead")
            {
                return delivery;
            }

            await Task.Delay(20, Cancelled);
        }
    }
}

using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Emotion.Gateway.Tests;

public static class GatewayRequests
{
    /// <summary>The clip as the whole body.</summary>
    public static Task<HttpResponseMessage> PostRawAsync(this HttpClient http, string clip, string query = "?wait=true") =>
        http.PostAsync("/v1/analyses" + query, new StreamContent(File.OpenRead(clip)) { Headers = { ContentType = new("application/octet-stream") } });

    /// <summary>The clip as part <c>clip</c>, as a browser's form sends it.</summary>
    public static Task<HttpResponseMessage> PostFormAsync(
        this HttpClient http, string clip, string query = "?wait=true", params (string Name, string Value)[] fields)
    {
        var form = new MultipartFormDataContent { { new StreamContent(File.OpenRead(clip)), "clip", Path.GetFileName(clip) } };
        foreach (var (name, value) in fields)
        {
            form.Add(new StringContent(value), name);
        }

        return http.PostAsync("/v1/analyses" + query, form);
    }

    public static Task<HttpResponseMessage> PostAsync(this HttpClient http, HttpContent content) =>
        http.PostAsync("/v1/analyses", content, TestContext.Current.CancellationToken);

    public static Task<HttpResponseMessage> AskAsync(this HttpClient http, string address) =>
        http.GetAsync(address, TestContext.Current.CancellationToken);

    /// <summary>Ends a test that would hang.</summary>
    public static Task WithinAMinute(this Task task) => task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

    /// <summary>Ends a test that would hang.</summary>
    public static Task<T> WithinMinutes<T>(this Task<T> task, int minutes) =>
        task.WaitAsync(TimeSpan.FromMinutes(minutes), TestContext.Current.CancellationToken);

    public static async Task<JsonObject> JsonAsync(this HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonObject>())!;

    /// <summary>The result of a request that must have one.</summary>
    public static async Task<JsonObject> AnswerAsync(this Task<HttpResponseMessage> request)
    {
        using var response = await request;
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == System.Net.HttpStatusCode.OK, $"{response.StatusCode}: {body}");
        return JsonNode.Parse(body)!.AsObject();
    }

    /// <summary>The problem of a request that must be refused.</summary>
    public static async Task<(HttpResponseMessage Response, string Reason)> ProblemAsync(this Task<HttpResponseMessage> request)
    {
        var response = await request;
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.JsonAsync();
        Assert.Equal((int)response.StatusCode, problem["status"]!.GetValue<int>());
        Assert.NotEmpty(problem["detail"]!.GetValue<string>());
        return (response, problem["reason"]!.GetValue<string>());
    }

    public static string Text(this JsonNode node, params string[] path) => path.Aggregate(node, (inner, name) => inner[name]!).GetValue<string>();

}

using Emotion.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.Services.AddHttpClient();

var app = builder.Build();
app.MapDefaultEndpoints();

// Null asks the service behind this one, if there is one, and passes its answer on.
app.MapGet("/null", async (IHttpClientFactory clients, IConfiguration configuration, CancellationToken cancellationToken) =>
    configuration["services:back:http:0"] is { } back
        ? await clients.CreateClient().GetStringAsync($"{back}/null", cancellationToken)
        : "nothing");
app.Run();

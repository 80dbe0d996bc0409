using Emotion.Gateway;
using Emotion.Gateway.Api;
using Emotion.Gateway.Keys;
using Emotion.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddServiceClients();
builder.AddAnalyses();
builder.AddApi();

var app = builder.Build();

app.UseExceptionHandler();
app.UseStatusCodePages();
app.UseKeys();
app.MapDefaultEndpoints();
app.MapApi();

app.Run();

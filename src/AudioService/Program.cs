using Emotion.AudioService;
using Emotion.Inference.Audio;
using Emotion.Serving;

var builder = WebApplication.CreateBuilder(args);

builder.AddModelService<AudioModel>();
builder.AddCallLimits<CallLimits>();
builder.Services.AddOptions<AudioServiceOptions>()
    .BindConfiguration(AudioServiceOptions.Section).ValidateDataAnnotations().ValidateOnStart();

var app = builder.Build();

app.MapModelService<AudioModel, AudioClassifierService>();

app.Run();

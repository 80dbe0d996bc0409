using Emotion.FusionService;
using Emotion.Inference.Fusion;
using Emotion.Serving;

var builder = WebApplication.CreateBuilder(args);

builder.AddModelService<FusionModel>();
builder.AddCallLimits<CallLimits>();
builder.Services.AddOptions<FusionServiceOptions>()
    .BindConfiguration(FusionServiceOptions.Section).ValidateDataAnnotations().ValidateOnStart();

var app = builder.Build();

app.MapModelService<FusionModel, FusionClassifierService>();

app.Run();

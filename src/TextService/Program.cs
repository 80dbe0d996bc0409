using Emotion.Inference.Text;
using Emotion.Serving;
using Emotion.TextService;

var builder = WebApplication.CreateBuilder(args);

builder.AddModelService<TextModel>();
builder.AddTextServices();

var app = builder.Build();

app.MapTextServices();

app.Run();

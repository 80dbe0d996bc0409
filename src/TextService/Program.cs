using Emotion.Inference.Text;
using Emotion.Serving;
using Emotion.TextService;

var builder = WebApplication.CreateBuilder(args);

builder.AddModelService<TextModel>();
builder.AddTranscription();

var app = builder.Build();

app.MapModelService<TextModel, TranscriberService>();

app.Run();

using Emotion.Inference.Video;
using Emotion.Media;
using Emotion.Serving;
using Emotion.VideoService;

var builder = WebApplication.CreateBuilder(args);

builder.AddModelService<VideoModel>();
builder.Services.AddMedia();
builder.Services.AddSingleton<SegmentAnalyzer>();
builder.AddCallLimits<CallLimits>();
builder.Services.AddOptions<SegmentOptions>()
    .BindConfiguration(SegmentOptions.SectionName).ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddOptions<TrackOptions>()
    .BindConfiguration(TrackOptions.SectionName).ValidateDataAnnotations().ValidateOnStart();
builder.Services.AddOptions<VideoServiceOptions>()
    .BindConfiguration(VideoServiceOptions.Section).ValidateDataAnnotations().ValidateOnStart();

var app = builder.Build();

app.MapModelService<VideoModel, VideoClassifierService>();

app.Run();

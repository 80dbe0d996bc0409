using System.Diagnostics;
using OpenTelemetry;

namespace Emotion.ServiceDefaults;

/// <summary>
/// Names the client's span of a call by what is called, <c>emotion.video.v1.VideoClassifier/AnalyzeSegment</c>: Grpc.Net.Client calls all of them alike, and has the method in a
/// tag, so that a trace would not tell what waits for what.
/// </summary>
internal sealed class GrpcCallNames : BaseProcessor<Activity>
{
    /// <summary>Of the spans.</summary>
    public const string Source = "Grpc.Net.Client";

    private const string MethodTag = "grpc.method";

    public override void OnEnd(Activity data)
    {
        if (data.Source.Name == Source && data.GetTagItem(MethodTag) is string method)
            data.DisplayName = method.TrimStart('/');
    }
}

using System.Text.Json;
using Emotion.Features.Faces;
using Emotion.Features.Mfcc;

namespace Emotion.Features.Tests;

/// <summary>Specs as a recipe would write them, and golden files.</summary>
internal static class Specs
{
    public static readonly MfccSpec Mfcc = Read<MfccSpec>("mfcc-spec.json");
    public static readonly FaceFrameSpec Face = Read<FaceFrameSpec>("face-frame-spec.json");
    public static readonly ClipWindowSpec Windows = new() { LengthSeconds = 4, MinimumTailSeconds = 1.5 };

    public static T Read<T>(string name)
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Golden", name));
        return JsonSerializer.Deserialize<T>(file, JsonSerializerOptions.Web)!;
    }
}

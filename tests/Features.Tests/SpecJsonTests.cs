using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.Features.Faces;
using Emotion.Features.Mfcc;

namespace Emotion.Features.Tests;

/// <summary>Specs travel in manifests: what a recipe wrote is read back, and nothing is filled in that it did not write.</summary>
public class SpecJsonTests
{
    [Theory]
    [InlineData("mfcc-spec.json", typeof(MfccSpec))]
    [InlineData("face-frame-spec.json", typeof(FaceFrameSpec))]
    public void Spec_ThroughJson_StaysWhatItWas(string file, Type type)
    {
        var written = Json(file);
        var spec = written.Deserialize(type, JsonSerializerOptions.Web);
        Assert.True(JsonNode.DeepEquals(written, JsonSerializer.SerializeToNode(spec, type, JsonSerializerOptions.Web)));
    }

    [Theory]
    [InlineData("mfcc-spec.json", typeof(MfccSpec))]
    [InlineData("face-frame-spec.json", typeof(FaceFrameSpec))]
    public void Spec_AnyPropertyMissing_IsRefused(string file, Type type)
    {
        var names = Json(file).Select(property => property.Key).ToArray();
        Assert.NotEmpty(names);
        Assert.All(names, name =>
        {
            var lacking = Json(file);
            lacking.Remove(name);
            Assert.Contains(name, Assert.Throws<JsonException>(
                () => lacking.Deserialize(type, JsonSerializerOptions.Web)).Message, StringComparison.Ordinal);
        });
    }

    private static JsonObject Json(string file) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", file)))!.AsObject();
}

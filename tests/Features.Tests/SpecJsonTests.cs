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

    [Theory]
    [InlineData(null, null)]
    [InlineData(1, 1)]
    [InlineData(FaceTracker.Revision, FaceFollower.Revision)]
    public void Revisions_ThatTheCodeKnows_AreTakenAndKept(int? tracks, int? follow)
    {
        var json = Revisions(tracks, follow);
        var spec = json.Deserialize<FaceFrameSpec>(JsonSerializerOptions.Web)!.Validated();

        Assert.Equal((tracks, follow), (spec.Tracks.Revision, spec.Detector.Follow!.Revision));
        Assert.True(JsonNode.DeepEquals(json, JsonSerializer.SerializeToNode(spec, JsonSerializerOptions.Web)));
    }

    [Theory]
    [InlineData(FaceTracker.Revision + 1, 1, "tracks.revision is 1 to 2, not 3")]
    [InlineData(0, 1, "tracks.revision is 1 to 2, not 0")]
    [InlineData(1, FaceFollower.Revision + 1, "follow.revision is 1, not 2")]
    public void Revisions_OfAnotherTime_AreRefusedByName(int tracks, int follow, string why) => Assert.Contains(
        why,
        Assert.Throws<ArgumentException>(() => Revisions(tracks, follow).Deserialize<FaceFrameSpec>(JsonSerializerOptions.Web)!.Validated()).Message,
        StringComparison.Ordinal);

    private static JsonObject Revisions(int? tracks, int? follow)
    {
        var spec = Json("face-frame-spec.json");
        spec["detector"]!["follow"] = new JsonObject { ["minimumCorrelation"] = 0.8, ["reach"] = 0.4 };
        foreach (var (of, revision) in new[] { (spec["tracks"]!, tracks), (spec["detector"]!["follow"]!, follow) })
        {
            if (revision is not null)
            {
                of["revision"] = revision;
            }
        }

        return spec;
    }

    private static JsonObject Json(string file) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", file)))!.AsObject();
}

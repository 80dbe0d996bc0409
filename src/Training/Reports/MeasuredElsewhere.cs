using System.Globalization;
using System.Text.Json.Nodes;

namespace Emotion.Training.Reports;

/// <summary>
/// A figure that another command measured and left in a JSON file beside the report, such as
/// <c>{"command":"./emotion bench face","commit":"1a2b3c4","machine":"...","package":"video/20261122-1315-33b84c09","video_p50_s":0.21,"video_n":40}</c>,
/// with the record's own circumstances: it may be older than the report.
/// </summary>
public sealed record MeasuredElsewhere
{
    /// <summary>The figure's name in face.json and in its file; the file; how often it was measured there; how it is measured.</summary>
    private static readonly (string Name, string File, string Count, string What)[] Figures =
    [
        ("idf1", "face-tracks.json", "n", "the lower of two generated clips of two faces (`./emotion prove face-tracks`)"),
        ("video_p50_s", "face-speed.json", "video_n", "seconds of the video service for 4 s of 720p at 5 pictures/s, median (`./emotion bench face`)"),
        ("clips_per_s", "face-speed.json", "clips_n", "such clips a second, at saturation"),
        ("pictures_per_s", "face-speed.json", "pictures_n", "pictures a second, each searched and read"),
        ("human_pictures_per_s", "face-speed.json", "human_n", "the same by npm @vladmandic/human"),
        ("human_wa", "face-human.json", "n", "WA of the emotion network of npm @vladmandic/human on PrivateTest"),
        ("rss_ratio_60min", "long-video.json", "n", "peak memory of a long clip over that of a minute (`./emotion prove long-video`)"),
    ];

    public required string Name { get; init; }
    public required string What { get; init; }

    /// <summary>Null where it was not measured.</summary>
    public JsonNode? Value { get; init; }
    public JsonNode? Interval { get; init; }
    public int? Count { get; init; }
    public string? Commit { get; init; }
    public string? Machine { get; init; }

    /// <summary>The version of the video package that it was measured with; null where the record does not say.</summary>
    public string? Package { get; init; }

    /// <param name="folder">Of the report.</param>
    public static IReadOnlyList<MeasuredElsewhere> Read(string folder) =>
        [.. Figures.Select(figure => Of(figure.Name, figure.What, figure.Count, Path.Combine(folder, figure.File)))];

    /// <summary>How the record's package is to the one that is reported on, for people; a network's weights change neither speed nor memory.</summary>
    public string PackageBeside(string version) => Package switch
    {
        null => "not said",
        _ when Package == version => "this one",
        _ => $"ANOTHER: {Package}",
    };

    public JsonObject ToJson(string version) => new()
    {
        ["value"] = Value?.DeepClone(),
        ["n"] = Count,
        ["interval95"] = Interval?.DeepClone(),
        ["commit"] = Commit,
        ["machine"] = Machine,
        ["package"] = Package,
        ["samePackage"] = Package is null ? null : Package == version,
    };

    public IReadOnlyList<string> Row(string version) => Value is null
        ? [Name, What, "not measured", "", "", "", ""]
        : [
            Name, What, Interval is null ? Value.ToJsonString() : $"{Value.ToJsonString()} ({Interval.ToJsonString()})",
            Count?.ToString(CultureInfo.InvariantCulture) ?? "not said", Commit ?? "not said", Machine ?? "not said", PackageBeside(version),
        ];

    private static MeasuredElsewhere Of(string name, string what, string count, string path)
    {
        var record = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path)) as JsonObject : null;
        string? Text(string key) => (record?[key] as JsonValue)?.ToString();
        return new MeasuredElsewhere
        {
            Name = name,
            What = what,
            Value = record?[name]?.DeepClone(),
            Interval = record?[name + "_interval95"]?.DeepClone(),
            Count = (int?)(record?[count] ?? record?["n"]),
            Commit = Text("commit"),
            Machine = Text("machine"),
            Package = Version(Text("package") ?? (record?["models"] as JsonObject)?["video"]?.ToString()),
        };
    }

    // video/20261122-1315-33b84c09
    private static string? Version(string? package) => package?[(package.LastIndexOf('/') + 1)..];
}

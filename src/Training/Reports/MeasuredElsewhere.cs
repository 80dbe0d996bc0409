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
    /// <summary>The figure's name in face.json and in its file; the file; how often it was measured there; how it is measured; what is asked of it.</summary>
    private static readonly (string Name, string File, string Count, string What, Asked? Asked)[] Figures =
    [
        ("idf1", "face-tracks.json", "n", "the lower of two generated clips of two faces (`./emotion prove face-tracks`)", Asked.AtLeast(0.9)),
        ("video_p50_s", "face-speed.json", "video_n", "seconds of the video service for 4 s of 720p at 5 pictures/s, median (`./emotion bench face`)", Asked.AtMost(0.30)),
        ("clips_per_s", "face-speed.json", "clips_n", "such clips a second, at saturation", Asked.AtLeast(5)),
        ("pictures_per_s", "face-speed.json", "pictures_n", "pictures a second, each searched and read", Asked.AtLeast(36, goal: 150)),
        ("human_pictures_per_s", "face-speed.json", "human_n", "the same by npm @vladmandic/human", null),
        ("human_wa", "face-human.json", "n", "WA of the emotion network of npm @vladmandic/human on PrivateTest", null),
        ("rss_ratio_60min", "long-video.json", "n", "peak memory of a clip of 60 minutes over that of a minute, of the service that grew most (`./emotion prove long-video`)", Asked.AtMost(1.2)),
    ];

    public required string Name { get; init; }
    public required string What { get; init; }

    /// <summary>Null where it is only to compare with.</summary>
    public Asked? Asked { get; init; }

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
        [.. Figures.Select(figure => Of(figure.Name, figure.What, figure.Count, figure.Asked, Path.Combine(folder, figure.File)))];

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
        ? [Name, What, "not measured", Asked?.ToString() ?? "", "", "", "", "", ""]
        : [
            Name, What, Interval is null ? Value.ToJsonString() : $"{Value.ToJsonString()} ({Interval.ToJsonString()})",
            Asked?.ToString() ?? "", Asked?.Reached(Value.GetValue<double>()) ?? "", Count?.ToString(CultureInfo.InvariantCulture) ?? "not said", Commit ?? "not said", Machine ?? "not said", PackageBeside(version),
        ];

    private static MeasuredElsewhere Of(string name, string what, string count, Asked? asked, string path)
    {
        var record = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path)) as JsonObject : null;
        string? Text(string key) => (record?[key] as JsonValue)?.ToString();
        return new MeasuredElsewhere
        {
            Name = name,
            What = what,
            Asked = asked,
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

/// <summary>What a figure is to reach.</summary>
/// <param name="Floor">To be kept.</param>
/// <param name="Goal">Wished for; null where there is nothing beyond the floor.</param>
/// <param name="Less">Whether smaller is better.</param>
public sealed record Asked(double Floor, double? Goal, bool Less)
{
    public static Asked AtLeast(double floor, double? goal = null) => new(floor, goal, Less: false);

    public static Asked AtMost(double floor) => new(floor, null, Less: true);

    public string Reached(double value) => !Holds(value, Floor) ? "MISSED" : Goal is not { } goal ? "yes" : Holds(value, goal) ? "goal" : "floor";

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{(Less ? "at most" : "at least")} {Floor}{(Goal is { } goal ? $", goal {goal}" : "")}");

    private bool Holds(double value, double asked) => Less ? value <= asked : value >= asked;
}

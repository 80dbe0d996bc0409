using System.Globalization;
using System.Text.Json;

namespace FFMpegCore;

public interface IMediaAnalysis
{
    TimeSpan Duration { get; }

    MediaFormat Format { get; }

    AudioStream? PrimaryAudioStream { get; }

    VideoStream? PrimaryVideoStream { get; }

    SubtitleStream? PrimarySubtitleStream { get; }

    List<VideoStream> VideoStreams { get; }

    List<AudioStream> AudioStreams { get; }

    List<SubtitleStream> SubtitleStreams { get; }

    IReadOnlyList<string> ErrorData { get; }
}

public class MediaFormat
{
    public TimeSpan Duration { get; set; }

    public TimeSpan StartTime { get; set; }

    public string FormatName { get; set; } = null!;

    public string FormatLongName { get; set; } = null!;

    public int StreamCount { get; set; }

    public double ProbeScore { get; set; }

    public double BitRate { get; set; }

    public Dictionary<string, string>? Tags { get; set; }
}

public abstract class MediaStream
{
    public int Index { get; set; }

    public string CodecName { get; set; } = null!;

    public string CodecLongName { get; set; } = null!;

    public long BitRate { get; set; }

    public TimeSpan StartTime { get; set; }

    public TimeSpan Duration { get; set; }

    public string? Language { get; set; }

    public Dictionary<string, bool>? Disposition { get; set; }

    public Dictionary<string, string>? Tags { get; set; }
}

public class VideoStream : MediaStream
{
    public double AvgFrameRate { get; set; }

    public (int Width, int Height) DisplayAspectRatio { get; set; }

    public (int Width, int Height) SampleAspectRatio { get; set; }

    public string Profile { get; set; } = null!;

    public int Width { get; set; }

    public int Height { get; set; }

    public double FrameRate { get; set; }

    public string PixelFormat { get; set; } = null!;

    /// <summary>Degrees counter-clockwise, as ffprobe reports the display matrix: -90 is a quarter turn clockwise.</summary>
    public int Rotation { get; set; }
}

public class AudioStream : MediaStream
{
    public int Channels { get; set; }

    public string ChannelLayout { get; set; } = null!;

    public int SampleRateHz { get; set; }

    public string Profile { get; set; } = null!;
}

public class SubtitleStream : MediaStream;

internal sealed class MediaAnalysis : IMediaAnalysis
{
    public MediaAnalysis(JsonElement root, string errors)
    {
        var format = root.TryGetProperty("format", out var found) ? found : default;
        Format = new MediaFormat
        {
            Duration = Time(format, "duration"),
            StartTime = Time(format, "start_time"),
            FormatName = Text(format, "format_name"),
            FormatLongName = Text(format, "format_long_name"),
            StreamCount = (int)Number(format, "nb_streams"),
            ProbeScore = Number(format, "probe_score"),
            BitRate = Number(format, "bit_rate"),
            Tags = Tags(format),
        };
        if (root.TryGetProperty("streams", out var streams))
        {
            foreach (var stream in streams.EnumerateArray())
            {
                Add(stream);
            }
        }

        ErrorData = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public TimeSpan Duration => new[]
    {
        Format.Duration, PrimaryVideoStream?.Duration ?? TimeSpan.Zero, PrimaryAudioStream?.Duration ?? TimeSpan.Zero,
    }.Max();

    public MediaFormat Format { get; }

    public AudioStream? PrimaryAudioStream => AudioStreams.MinBy(stream => stream.Index);

    public VideoStream? PrimaryVideoStream => VideoStreams.MinBy(stream => stream.Index);

    public SubtitleStream? PrimarySubtitleStream => SubtitleStreams.MinBy(stream => stream.Index);

    public List<VideoStream> VideoStreams { get; } = [];

    public List<AudioStream> AudioStreams { get; } = [];

    public List<SubtitleStream> SubtitleStreams { get; } = [];

    public IReadOnlyList<string> ErrorData { get; }

    private void Add(JsonElement stream)
    {
        switch (Text(stream, "codec_type"))
        {
            case "video":
                VideoStreams.Add(Fill(stream, new VideoStream
                {
                    Width = (int)Number(stream, "width"),
                    Height = (int)Number(stream, "height"),
                    Profile = Text(stream, "profile"),
                    PixelFormat = Text(stream, "pix_fmt"),
                    FrameRate = Quotient(stream, "r_frame_rate", '/'),
                    AvgFrameRate = Quotient(stream, "avg_frame_rate", '/'),
                    DisplayAspectRatio = Ratio(stream, "display_aspect_ratio", ':'),
                    SampleAspectRatio = Ratio(stream, "sample_aspect_ratio", ':'),
                    Rotation = Rotation(stream),
                }));
                break;
            case "audio":
                AudioStreams.Add(Fill(stream, new AudioStream
                {
                    Channels = (int)Number(stream, "channels"),
                    ChannelLayout = Text(stream, "channel_layout"),
                    SampleRateHz = (int)Number(stream, "sample_rate"),
                    Profile = Text(stream, "profile"),
                }));
                break;
            case "subtitle":
                SubtitleStreams.Add(Fill(stream, new SubtitleStream()));
                break;
        }
    }

    private static T Fill<T>(JsonElement element, T stream)
        where T : MediaStream
    {
        stream.Index = (int)Number(element, "index");
        stream.CodecName = Text(element, "codec_name");
        stream.CodecLongName = Text(element, "codec_long_name");
        stream.BitRate = (long)Number(element, "bit_rate");
        stream.StartTime = Time(element, "start_time");
        stream.Tags = Tags(element);
        stream.Duration = Time(element, "duration");
        if (stream.Duration == TimeSpan.Zero && stream.Tags?.GetValueOrDefault("DURATION") is { } tagged)
        {
            // Matroska, for one: "00:00:05.338000000"
            stream.Duration = ParseTime(tagged);
        }

        stream.Language = stream.Tags?.GetValueOrDefault("language");
        if (element.TryGetProperty("disposition", out var disposition))
        {
            stream.Disposition = disposition.EnumerateObject().ToDictionary(flag => flag.Name, flag => flag.Value.GetInt32() != 0);
        }

        return stream;
    }

    private static int Rotation(JsonElement stream)
    {
        if (stream.TryGetProperty("side_data_list", out var list))
        {
            foreach (var item in list.EnumerateArray())
            {
                if (item.TryGetProperty("rotation", out var rotation))
                {
                    return (int)rotation.GetDouble();
                }
            }
        }

        return 0;
    }

    private static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value.ToString() : string.Empty;

    private static double Number(JsonElement element, string name) =>
        double.TryParse(Text(element, name), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : 0;

    private static TimeSpan Time(JsonElement element, string name) => ParseTime(Text(element, name));

    // -sexagesimal: "0:00:05.338667", before zero "-0:00:00.023000"
    private static TimeSpan ParseTime(string text)
    {
        var negative = text.StartsWith('-');
        var parts = text.TrimStart('-').Split(':');
        if (parts.Length != 3
            || !long.TryParse(parts[0], CultureInfo.InvariantCulture, out var hours)
            || !int.TryParse(parts[1], CultureInfo.InvariantCulture, out var minutes)
            || !decimal.TryParse(parts[2], NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            || hours > TimeSpan.MaxValue.TotalHours - 1)
        {
            return TimeSpan.Zero;
        }

        var time = new TimeSpan((((hours * 60) + minutes) * TimeSpan.TicksPerMinute) + (long)(seconds * TimeSpan.TicksPerSecond));
        return negative ? -time : time;
    }

    private static (int, int) Ratio(JsonElement element, string name, char separator)
    {
        var parts = Text(element, name).Split(separator);
        return parts.Length == 2
            && int.TryParse(parts[0], CultureInfo.InvariantCulture, out var first)
            && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var second)
            ? (first, second)
            : (0, 0);
    }

    private static double Quotient(JsonElement element, string name, char separator)
    {
        var (first, second) = Ratio(element, name, separator);
        return second == 0 ? 0 : (double)first / second;
    }

    private static Dictionary<string, string>? Tags(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty("tags", out var tags)
            ? tags.EnumerateObject().DistinctBy(tag => tag.Name).ToDictionary(tag => tag.Name, tag => tag.Value.ToString())
            : null;
}

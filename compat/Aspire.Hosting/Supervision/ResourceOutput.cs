using System.Globalization;

namespace Aspire.Hosting.Supervision;

/// <summary>What the resources say, line by line, on the console: prefixed by name, coloured on a terminal.</summary>
internal sealed class ResourceConsole(TextWriter writer, bool colour)
{
    private static readonly int[] Palette = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _colours = [];
    private int _width;

    /// <summary>A person reads it, and nobody keeps it.</summary>
    public bool IsTerminal { get; private init; }

    public static ResourceConsole OfTerminal() => new(
        Console.Out, !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")))
    {
        IsTerminal = !Console.IsOutputRedirected,
    };

    /// <summary>Known names before the first line make a straight margin.</summary>
    public void Register(string name)
    {
        lock (_lock)
        {
            _width = Math.Max(_width, name.Length);
            _colours.TryAdd(name, Palette[_colours.Count % Palette.Length]);
        }
    }

    public void Write(string name, string line)
    {
        lock (_lock)
        {
            var margin = name.PadRight(_width) + " |";
            writer.WriteLine(colour && _colours.TryGetValue(name, out var code) ? $"\e[{code}m{margin}\e[0m {line}" : $"{margin} {line}");
        }
    }
}

/// <summary>The log of one resource: <c>NAME.log</c>, moved to <c>NAME.1.log</c> and so on when it is full.</summary>
internal sealed class ResourceLog : IDisposable
{
    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly SupervisorOptions _options;
    private readonly TimeProvider _time;
    private StreamWriter _writer;
    private bool _disposed;

    public ResourceLog(string path, SupervisorOptions options, TimeProvider time)
    {
        _path = path;
        _options = options;
        _time = time;
        _writer = Open();
    }

    // 2026-11-22T11:30:05.123Z Now listening on: http://127.0.0.1:21034
    public void Write(string line)
    {
        lock (_lock)
        {
            // A grandchild may still write when everything is over.
            if (_disposed)
                return;
            if (_writer.BaseStream.Length >= _options.LogFileBytes)
                Rotate();
            _writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {line}"));
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _writer.Dispose();
        }
    }

    private void Rotate()
    {
        _writer.Dispose();
        for (var number = _options.LogFiles - 1; number > 0; number--)
        {
            var from = number == 1 ? _path : Numbered(number - 1);
            if (File.Exists(from))
                File.Move(from, Numbered(number), overwrite: true);
        }

        if (_options.LogFiles == 1)
            File.Delete(_path);
        _writer = Open();
    }

    private string Numbered(int number) => Path.ChangeExtension(_path, $"{number}.log");

    private StreamWriter Open() => new(new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read)) { AutoFlush = true };
}

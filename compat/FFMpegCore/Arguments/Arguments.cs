namespace FFMpegCore.Arguments;

/// <summary>A piece of the command line, as text: options apart by spaces, values that hold spaces in double quotes.</summary>
public interface IArgument
{
    string Text { get; }
}

/// <summary>An argument that needs something done before, while and after the process runs.</summary>
internal interface IPipeArgument : IArgument
{
    void Open(FFOptions options);

    /// <summary>Moves the data. <paramref name="exited"/> ends waiting for a process that is gone.</summary>
    Task TransferAsync(CancellationToken exited, CancellationToken stop);

    void Close();
}

public class CustomArgument(string argument) : IArgument
{
    public string Text { get; } = argument ?? string.Empty;
}

internal sealed class InputArgument : IArgument
{
    private readonly string _path;
    private readonly bool _verifyExists;

    public InputArgument(string path, bool verifyExists)
    {
        _path = path;
        _verifyExists = verifyExists;
    }

    public string Text => $"-i \"{_path}\"";

    public void Verify()
    {
        if (_verifyExists && !File.Exists(_path))
        {
            throw new FileNotFoundException("Input file not found", _path);
        }
    }
}

internal sealed class OutputArgument : IArgument
{
    private readonly string _path;
    private readonly bool _overwrite;

    public OutputArgument(string path, bool overwrite)
    {
        _path = path;
        _overwrite = overwrite;
    }

    public string Text => _overwrite ? $"\"{_path}\" -y" : $"\"{_path}\"";

    public void Verify()
    {
        if (!_overwrite && File.Exists(_path))
        {
            throw new Exceptions.FFMpegException(Exceptions.FFMpegExceptionType.File, $"Output file {_path} exists and may not be overwritten");
        }
    }
}

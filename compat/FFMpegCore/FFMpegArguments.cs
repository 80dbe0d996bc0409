using FFMpegCore.Arguments;
using FFMpegCore.Pipes;

namespace FFMpegCore;

public sealed class FFMpegArguments
{
    private readonly List<IArgument> _arguments = [];

    private FFMpegArguments()
    {
    }

    internal string Text => string.Join(' ', _arguments.Select(argument => argument.Text).Where(text => text.Length > 0));

    internal IEnumerable<IPipeArgument> Pipes => _arguments.OfType<IPipeArgument>();

    public static FFMpegArguments FromFileInput(
        string filePath, bool verifyExists = true, Action<FFMpegArgumentOptions>? addArguments = null) =>
        new FFMpegArguments().AddFileInput(filePath, verifyExists, addArguments);

    public static FFMpegArguments FromPipeInput(IPipeSource sourcePipe, Action<FFMpegArgumentOptions>? addArguments = null) =>
        new FFMpegArguments().AddPipeInput(sourcePipe, addArguments);

    public FFMpegArguments AddFileInput(
        string filePath, bool verifyExists = true, Action<FFMpegArgumentOptions>? addArguments = null) =>
        Add(new InputArgument(filePath, verifyExists), addArguments);

    public FFMpegArguments AddPipeInput(IPipeSource sourcePipe, Action<FFMpegArgumentOptions>? addArguments = null) =>
        Add(new InputPipeArgument(sourcePipe), addArguments);

    public FFMpegArgumentProcessor OutputToFile(
        string file, bool overwrite = true, Action<FFMpegArgumentOptions>? addArguments = null) =>
        new(Add(new OutputArgument(file, overwrite), addArguments));

    public FFMpegArgumentProcessor OutputToPipe(IPipeSink reader, Action<FFMpegArgumentOptions>? addArguments = null) =>
        new(Add(new OutputPipeArgument(reader), addArguments));

    public FFMpegArgumentProcessor MultiOutput(Action<FFMpegMultiOutputOptions> addOutputs)
    {
        var outputs = new FFMpegMultiOutputOptions();
        addOutputs(outputs);
        _arguments.AddRange(outputs.Arguments);
        return new FFMpegArgumentProcessor(this);
    }

    internal void Verify()
    {
        foreach (var argument in _arguments)
        {
            (argument as InputArgument)?.Verify();
            (argument as OutputArgument)?.Verify();
        }
    }

    private FFMpegArguments Add(IArgument argument, Action<FFMpegArgumentOptions>? addArguments)
    {
        var options = new FFMpegArgumentOptions();
        addArguments?.Invoke(options);
        _arguments.AddRange(options.Arguments);
        _arguments.Add(argument);
        return this;
    }
}

/// <summary>The options that stand before one input or output.</summary>
public class FFMpegArgumentOptions
{
    internal FFMpegArgumentOptions()
    {
    }

    internal List<IArgument> Arguments { get; } = [];

    public FFMpegArgumentOptions ForceFormat(string format) => WithCustomArgument($"-f {format}");

    public FFMpegArgumentOptions ForcePixelFormat(string pixelFormat) => WithCustomArgument($"-pix_fmt {pixelFormat}");

    public FFMpegArgumentOptions WithAudioCodec(string audioCodec) => WithCustomArgument($"-c:a {audioCodec}");

    public FFMpegArgumentOptions WithVideoCodec(string videoCodec) => WithCustomArgument($"-c:v {videoCodec}");

    public FFMpegArgumentOptions WithAudioSamplingRate(int samplingRate = 48000) => WithCustomArgument($"-ar {samplingRate}");

    public FFMpegArgumentOptions WithFrameOutputCount(int frames) => WithCustomArgument($"-vframes {frames}");

    public FFMpegArgumentOptions UsingThreads(int threads) => WithCustomArgument($"-threads {threads}");

    public FFMpegArgumentOptions WithCustomArgument(string argument) => WithArgument(new CustomArgument(argument));

    public FFMpegArgumentOptions WithArgument(IArgument argument)
    {
        Arguments.Add(argument);
        return this;
    }
}

public class FFMpegMultiOutputOptions
{
    internal List<IArgument> Arguments { get; } = [];

    public FFMpegMultiOutputOptions OutputToFile(
        string file, bool overwrite = true, Action<FFMpegArgumentOptions>? addArguments = null) =>
        Add(new OutputArgument(file, overwrite), addArguments);

    public FFMpegMultiOutputOptions OutputToPipe(IPipeSink reader, Action<FFMpegArgumentOptions>? addArguments = null) =>
        Add(new OutputPipeArgument(reader), addArguments);

    private FFMpegMultiOutputOptions Add(IArgument argument, Action<FFMpegArgumentOptions>? addArguments)
    {
        var options = new FFMpegArgumentOptions();
        addArguments?.Invoke(options);
        Arguments.AddRange(options.Arguments);
        Arguments.Add(argument);
        return this;
    }
}

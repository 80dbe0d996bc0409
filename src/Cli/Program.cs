using System.CommandLine;
using Emotion.Cli;
using Emotion.Cli.Analyze;
using Emotion.Cli.Batch;
using Emotion.Cli.Jobs;
using Emotion.Cli.Keys;
using Emotion.Cli.Models;

var root = new RootCommand("Recognises expressed emotion in clips of people talking.")
{
    AnalyzeCommand.Create(),
    BatchCommand.Create(),
    WatchCommand.Create(),
    JobsCommand.Create(),
    KeysCommand.Create(),
    ModelsCommand.Create(),
    CompletionCommand.Create(),
};

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
    {
        await Console.Error.WriteLineAsync(error.Message);
    }

    await Console.Error.WriteLineAsync("See --help.");
    return ExitCode.BadInput;
}

return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });

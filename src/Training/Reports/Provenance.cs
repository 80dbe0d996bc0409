using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Emotion.Training.Datasets;
using Emotion.Training.Packaging;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;

namespace Emotion.Training.Reports;

/// <summary>Where and with what figures were made, so that they can be made again.</summary>
public sealed record Provenance(string Command, string Commit, string Machine, int Cores, string DotNet, string LibTorch, string OnnxRuntime)
{
    public static Provenance OfThisProcess(string command) => new(
        command, GitCommit.Of(DataRoot.RepositoryRoot()), MachineName(), Environment.ProcessorCount, Environment.Version.ToString(),
        torch.__version__, OrtEnv.Instance().GetVersionString());

    public JsonObject ToJson() => new()
    {
        ["command"] = Command,
        ["commit"] = Commit,
        ["machine"] = Machine,
        ["cores"] = Cores,
        ["dotnet"] = DotNet,
        ["libtorch"] = LibTorch,
        ["onnxruntime"] = OnnxRuntime,
    };

    /// <summary>The processor, by the name that the kernel gives it.</summary>
    public static string MachineName()
    {
        const string Kernel = "/proc/cpuinfo";
        var line = File.Exists(Kernel) ? File.ReadLines(Kernel).FirstOrDefault(row => row.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    /// <summary>Processes that wanted to run during the last minute, this one included: much above 1 and timings say little. Null where unknown.</summary>
    public static double? LoadAverage()
    {
        const string Kernel = "/proc/loadavg";
        return File.Exists(Kernel) ? double.Parse(File.ReadAllText(Kernel).Split(' ')[0], CultureInfo.InvariantCulture) : null;
    }
}

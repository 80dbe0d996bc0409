namespace Emotion.Repository.Tests;

/// <summary>The shell functions that the verbs share, beside an ffmpeg that does what is wanted of it.</summary>
public sealed class ScriptTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emotion-scripts-");

    private string Clip => Path.Combine(_folder.FullName, "clip.mp4");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("made \"$2\" -t 4 >/dev/null")]
    [InlineData("clip=$(made \"$2\" -t 4)")]
    public void Made_FfmpegIsInterrupted_LeavesNoClipAndEndsTheScript(string call)
    {
        // Ctrl-C: ffmpeg closes the file it has begun and ends with 255.
        var (exitCode, output) = Run("for part; do :; done; echo half >\"$part\"; exit 255", call);

        Assert.Equal((255, ""), (exitCode, output));
        Assert.False(File.Exists(Clip));
    }

    [Fact]
    public void Made_Twice_IsMadeOnce()
    {
        var (exitCode, output) = Run("for part; do :; done; echo \"$@\" >\"$part\"", "made \"$2\" -t 4; made \"$2\" -t 5");

        Assert.Equal((0, $"{Clip}\n{Clip}\nwent on\n"), (exitCode, output));
        Assert.Contains("-t 4", File.ReadAllText(Clip), StringComparison.Ordinal);
    }

    [Fact]
    public void Clips_OfBenchAndProofs_AreAllMadeInParts()
    {
        string[] scripts = ["build/bench.sh", "build/prove.sh"];
        Assert.All(scripts, script => Assert.DoesNotContain("ffmpeg -", RepositoryFiles.Read(script), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Running", "http://127.0.0.1:20123\n")]
    [InlineData("Stopped", "")] // It has its address from the beginning.
    [InlineData("Starting", "")]
    public void TrainingAddress_OfTheSystemThatRuns_IsSaidWhileItsServiceRuns(string state, string said)
    {
        Directory.CreateDirectory(Path.Combine(_folder.FullName, ".emotion"));
        File.WriteAllText(Path.Combine(_folder.FullName, ".emotion", "state.json"), $$"""
            {"processId":{{Environment.ProcessId}},"resources":[
              {"name":"gateway","state":"Running","endpoints":{"http":"http://127.0.0.1:20001"} },
              {"name":"training","state":"{{state}}","endpoints":{"http":"http://127.0.0.1:20123"} }]}
            """);

        Assert.Equal((0, said), RepositoryFiles.Run("bash", "-euo", "pipefail", "-c", "root=$PWD; . build/system.sh; cd \"$1\"; training_address", "bash", _folder.FullName));
    }

    private (int ExitCode, string Output) Run(string ffmpeg, string call) => RepositoryFiles.Run(
        "bash",
        "-euo", "pipefail", "-c",
        $"root=$PWD; . build/setup.sh; ffmpeg() {{ ( {ffmpeg} ); }}; cd \"$1\"; mkdir -p .emotion; {call}; echo went on",
        "bash", _folder.FullName, Clip);
}

using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Emotion.Gateway.Keys;
using Emotion.Gateway.Tests.Callbacks;
using Grpc.Core;

namespace Emotion.Gateway.Tests;

/// <summary>
/// Every curl of docs/http-api.md as it stands there, by bash, against a gateway: each must be answered as the page says, or the page is wrong. Names that
/// the page leaves to its reader (<c>$ID</c>, <c>clip.mp4</c>) are of things that are there.
/// </summary>
public sealed partial class DocumentedRequestsTests(TestClips clips) : IDisposable
{
    private const string Example = "https://example.com/told", PinnedRelease = "r20261122-1320";

    // Whatever is no 2xx fails; what a reader has and a test has not is left out.
    private const string Preamble =
        """
        set -euo pipefail
        curl() { command curl --fail-with-body --max-time 300 "$@"; }
        ffplay() { :; }
        uuidgen() { cat /proc/sys/kernel/random/uuid; }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emotion-curl-");
    private string? _done;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryCurl_OfThePage_IsAnswered()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        await using var system = await FakeSystem.StartWithKeysAsync(
            TimeProvider.System, ("Gateway:Callbacks:Secret", CallbackReceiver.Secret), ("Gateway:Callbacks:AllowPrivate", "true"), ("Gateway:Jobs:Attempts", "1"),
            ("Gateway:Calls:Attempts", "1"));
        system.Releases = [FakeAnswers.Release, PinnedRelease];
        await FakeSystem.WaitUntilAsync(() => system.Offered.Count == 2);
        var key = await system.MakeKeyAsync([.. KeyScopes.All]);
        using var http = system.As(key.Secret);
        PrepareFolder(key.Secret);
        var shell = new Dictionary<string, string> { ["GATEWAY"] = system.Http.BaseAddress!.ToString().TrimEnd('/') };
        var asked = 0;

        foreach (var command in Commands(await File.ReadAllTextAsync(PageOf("http-api.md"), Cancelled)))
        {
            if (command.Contains("$ID", StringComparison.Ordinal))
            {
                shell["ID"] = await AnalysisAsync(system, http, receiver, command);
            }

            if (command.Contains("$DELIVERY", StringComparison.Ordinal))
            {
                shell["DELIVERY"] = (await http.AskAsync($"/v1/analyses/{shell["ID"]}/deliveries").AnswerAsync())["items"]![0]!.Text("id");
            }

            if (command.Contains("$BATCH", StringComparison.Ordinal))
            {
                shell["BATCH"] = (await http.AskAsync("/v1/batches").AnswerAsync())["items"]![0]!.Text("id");
            }

            if (command.Contains("$KEY_ID", StringComparison.Ordinal))
            {
                shell["KEY_ID"] = (await system.MakeKeyAsync(KeyScope.Read)).Key.Id;
            }

            await RunAsync(shell, command.Replace(Example, receiver.Address, StringComparison.Ordinal));
            asked += command.Contains("curl ", StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.True(asked >= 20, $"Only {asked} examples were found: has the page another form?");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>An example begins at its curl, or at the variable that it sets; lines that begin otherwise go on with it.</summary>
    private static IEnumerable<string> Commands(string page) => Block().Matches(page)
        .Select(block => block.Groups[1].Value)
        .Where(block => block.Contains("curl ", StringComparison.Ordinal))
        .SelectMany(block => Begin().Split(block))
        .Select(command => command.Trim())
        .Where(command => command.Length > 0);

    [GeneratedRegex(@"^```bash\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^(?=curl |[A-Z_]+=)", RegexOptions.Multiline)]
    private static partial Regex Begin();

    private static string PageOf(string name) => Path.Combine(
        typeof(DocumentedRequestsTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == "RepositoryRoot").Value!, "docs", name);

    /// <summary>One to which can be done what the command does: an analysis that runs, one that failed, one that is done.</summary>
    private async Task<string> AnalysisAsync(FakeSystem system, HttpClient http, CallbackReceiver receiver, string command)
    {
        if (command.Contains("/cancel", StringComparison.Ordinal))
        {
            var reached = new TaskCompletionSource();
            system.Audio.Before = context =>
            {
                reached.TrySetResult();
                return Task.Delay(Timeout.Infinite, context.CancellationToken);
            };
            using var running = await http.PostRawAsync(clips.SoundOnly(), "");
            await reached.Task.WithinAMinute(); // Else it may be done before the command is there.
            system.Audio.Before = null;
            return (await running.JsonAsync()).Text("id");
        }

        if (command.Contains("/retry", StringComparison.Ordinal))
        {
            system.Fusion.Before = _ => throw new RpcException(new Status(StatusCode.Unavailable, "Not now."));
            var (failed, _) = await http.PostRawAsync(clips.SoundOnly()).ProblemAsync();
            system.Fusion.Before = null;
            return JsonNode.Parse(await failed.Content.ReadAsStringAsync(Cancelled))!.Text("id");
        }

        return _done ??= (await http.PostRawAsync(clips.Talk(), $"?wait=true&overlay=true&callback={Uri.EscapeDataString(receiver.Address)}").AnswerAsync()).Text("id");
    }

    private void PrepareFolder(string key)
    {
        string PathOf(string name) => Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(PathOf(".emotion"));
        File.WriteAllText(PathOf(".emotion/key"), key);
        foreach (var name in (string[])["clip.mp4", "a.mp4"])
        {
            File.Copy(clips.Talk(), PathOf(name));
        }

        File.Copy(clips.SoundOnly(), PathOf("b.wav"));
        File.WriteAllText(PathOf("clip.srt"), "1\n00:00:00,000 --> 00:00:02,000\nSome words.\n");
        using var zip = ZipFile.Open(PathOf("clips.zip"), ZipArchiveMode.Create);
        zip.CreateEntryFromFile(clips.SoundOnly(), "b.wav");
    }

    /// <summary>What the command sets is there for the next one, as in the reader's shell.</summary>
    private async Task RunAsync(Dictionary<string, string> shell, string command)
    {
        var variables = string.Concat(shell.Select(one => $"{one.Key}='{one.Value}'\n"));
        var start = new ProcessStartInfo("bash", ["-c", $"{Preamble}\n{variables}{command}\nset +u\necho\nprintf '%s\\n' \"AUTH=$AUTH\" \"UPLOAD=$UPLOAD\""])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder.FullName,
        };
        using var bash = Process.Start(start)!;
        var errors = bash.StandardError.ReadToEndAsync(Cancelled);
        var output = await bash.StandardOutput.ReadToEndAsync(Cancelled);
        await bash.WaitForExitAsync(Cancelled);
        Assert.True(bash.ExitCode == 0, $"{command}\n{output}{await errors}");
        foreach (var line in output.Split('\n').TakeLast(3).Where(line => line.Contains('=', StringComparison.Ordinal)))
        {
            shell[line[..line.IndexOf('=', StringComparison.Ordinal)]] = line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..];
        }
    }
}
